"""The command line: `imagine-bot run`, `demo` and `check`."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer

from bot import logs
from bot.app import StartupError, serve
from bot.domain.errors import StorageError
from bot.settings import Settings, SettingsError, load

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="A Telegram bot that paints.", rich_markup_mode=None)


@cli.command()
def run() -> None:
    """Run the bot with the settings of the environment and `.env`."""
    settings = _settings()
    _finish(_until_signal(settings))


@cli.command()
def check() -> None:
    """Check the settings, the bot's token and the image API's key, and say what is wrong."""
    from bot.checkup import checkup  # noqa: PLC0415 - only this command needs it

    settings = _settings()
    _finish(checkup(settings))


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the chat page; another is taken where this one is in use.")] = 8090,
) -> None:
    """Try the bot in a browser: no account, no network, nothing is paid."""
    from bot.demo import demo as run_demo  # noqa: PLC0415 - an operator's process never needs the sandbox

    _finish(run_demo(port))


def main() -> None:
    """Entry point of the console script."""
    cli()


async def _until_signal(settings: Settings) -> int:
    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        await serve(settings, stop)
    except (StartupError, StorageError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - what the operator reads last
        return 1
    return 0


def stop_on_signals(stop: asyncio.Event) -> None:
    """The first SIGINT or SIGTERM stops in order, the second at once."""

    def on_signal() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)


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
    )
    logs.configure(settings.log_level, settings.log_format, secrets)
    return settings


def _finish(work: Coroutine[Any, Any, int]) -> None:
    raise typer.Exit(asyncio.run(work))


if __name__ == "__main__":
    main()
