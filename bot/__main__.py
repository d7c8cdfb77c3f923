"""The command line: `imagine-bot run`, `check`, `backup`, `restore` and `demo`."""

import asyncio
import os
import time
from collections.abc import Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import logs
from bot.settings import Settings, SettingsError, load
from bot.signals import run_until_signal
from core.errors import StorageError

cli = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"imagine-bot {version('imagine-bot')}")
        raise typer.Exit


@cli.callback()
def options(
    *,
    show: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_tell_version,
            is_eager=True,
            help="Say which version this is.",
        ),
    ] = False,
) -> None:
    """A Telegram bot that paints."""


@cli.command()
def run() -> None:
    """Run the bot with the settings of the environment and `.env`."""
    settings = _settings()
    _finish(run_until_signal(settings))


@cli.command()
def check() -> None:
    """Check the settings, the bot's token and the image API's key, and say what is wrong."""
    from bot.check import checkup  # noqa: PLC0415 - only this command needs it

    settings = _settings()
    _finish(checkup(settings))


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="The tar file to write.")]) -> None:
    """Copy database and pictures into one file, also while the bot runs."""
    from storage.backup import backup as copy  # noqa: PLC0415 - only this command needs it

    settings = _settings()
    try:
        copy(settings.database_url, settings.data_dir, file)
    except StorageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.", exists=True, dir_okay=False)],
    keep_queued: Annotated[
        bool,
        typer.Option("--keep-queued", help="Go on with what waited in the backup: it may have been paid since."),
    ] = False,
) -> None:
    """Put a backup in the place of database and pictures, while the bot is stopped."""
    from storage.restore import restore as bring_back  # noqa: PLC0415 - only this command needs it

    settings = _settings()
    work = bring_back(
        settings.database_url, settings.data_dir, file, keep_queued=keep_queued, now_ms=time.time_ns() // 1_000_000
    )
    try:
        restored = asyncio.run(work)
    except StorageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    for line in restored.told():
        typer.echo(line)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the chat page; another is taken where this one is in use.")] = 8090,
) -> None:
    """Try the bot in a browser: no account, no network, nothing is paid."""
    from bot.demo import demo as run_demo  # noqa: PLC0415 - an operator's process never needs the sandbox

    _finish(run_demo(port))


def main() -> None:
    """Run the command line. Only the operator's user can read the files that the process writes."""
    os.umask(0o077)
    cli()


def _settings() -> Settings:
    try:
        settings = load()
    except SettingsError as error:
        typer.echo("The settings can't be used:", err=True)
        for line in error.lines:
            typer.echo(f"  {line}", err=True)
        typer.echo(".env.example explains each of them.", err=True)
        raise typer.Exit(2) from None
    secrets = (
        settings.telegram_bot_token,
        settings.image_api_key,
        settings.telegram_webhook_secret,
        settings.image_api_webhook_key,
        *settings.proxies.secrets,
    )
    logs.configure(settings.log_level, settings.log_format, secrets)
    return settings


def _finish(work: Coroutine[Any, Any, int]) -> None:
    raise typer.Exit(asyncio.run(work))


if __name__ == "__main__":
    main()
