"""Run the bot until a signal stops it, and report why it ended."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable

from bot.app import serve
from bot.settings import Settings
from bot.telegram.startup import StartupError
from core.errors import StorageError

INTERRUPTED = 130


async def run_until_signal(
    settings: Settings, ready: Callable[[int], None] = lambda _: None, listener: socket.socket | None = None
) -> int:
    """Run the bot. Return the exit code. `listener` is a socket to use instead of the settings' host and port.

    The first SIGINT or SIGTERM stops the bot in order, even while it still waits for Telegram at the start. The second
    one stops it at once.
    """
    stop = asyncio.Event()
    started = False
    main = asyncio.current_task()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()
        if not started and main:
            main.cancel()

    def on_ready(port: int) -> None:
        nonlocal started
        started = True
        ready(port)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    try:
        await serve(settings, stop, on_ready, listener)
    except (StartupError, StorageError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the last line that the operator reads
        return 1
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    return 0
