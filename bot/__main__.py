"""The command line: `imagine-bot run`, `check`, `models`, `backup`, `restore` and `demo`."""

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
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """A Telegram bot that turns messages into pictures."""


@cli.command()
def run() -> None:
    """Run the bot with the settings from the environment and `.env`."""
    settings = _settings()
    _finish(run_until_signal(settings))


@cli.command()
def check() -> None:
    """Check the settings, Telegram, the image API and the storage, and report problems."""
    from bot.check import checkup  # noqa: PLC0415 - only this command needs it

    settings = _settings()
    _finish(checkup(settings))


@cli.command()
def models() -> None:
    """Print the models: what each can do, what it costs, and which are offered."""
    from bot.model_list import listed  # noqa: PLC0415 - only this command needs it

    settings = _settings()
    for line in listed(settings.table):
        typer.echo(line)


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="The tar file to write.")]) -> None:
    """Copy the database and the pictures into one file. The bot may be running."""
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
        typer.Option("--keep-queued", help="Continue queued orders of the backup, even if they were paid since."),
    ] = False,
) -> None:
    """Replace the database and the pictures with a backup. Stop the bot first."""
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
    port: Annotated[int, typer.Option(help="Port of the chat page; if it is in use, the demo takes another.")] = 8090,
) -> None:
    """Try the bot in a browser, without an account, a network or costs."""
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
        typer.echo("Fix these settings:", err=True)
        for line in error.lines:
            typer.echo(f"  {line}", err=True)
        typer.echo(".env.example explains every setting.", err=True)
        raise typer.Exit(2) from None
    secrets = (
        settings.telegram_bot_token,
        *settings.keys,
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
