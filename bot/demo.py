"""The `imagine-bot demo` command: the real bot, unchanged, against the project's sandbox."""

import os
import socket
import tempfile
from contextlib import AsyncExitStack

from bot import logs
from bot.settings import load
from bot.signals import run_until_signal
from sandbox.serve import Sandbox

_MINI_APP = "paint"


async def demo(port: int) -> int:
    """Start the sandbox and the bot, print the address to open, and run until Ctrl-C. Return the exit code."""
    logs.configure(os.environ.get("LOG_LEVEL", "WARNING"), os.environ.get("LOG_FORMAT", "console"), ())
    async with AsyncExitStack() as stack:
        sandbox = await _sandbox(port)
        stack.push_async_callback(sandbox.stop)
        with tempfile.TemporaryDirectory(prefix="imagine-bot-demo-") as directory:
            listener = socket.create_server(("127.0.0.1", 0))
            stack.callback(listener.close)
            own = listener.getsockname()[1]
            sandbox.telegram.mini_apps[_MINI_APP] = f"http://127.0.0.1:{own}/painter"
            settings = load(
                _env_file=None,
                telegram_bot_token=sandbox.token,
                telegram_api_url=sandbox.url,
                telegram_webhook_secret=None,
                telegram_mode="auto",
                image_api="kie",
                image_api_key=sandbox.api_key,
                image_api_url=sandbox.url,
                upload_api_url=sandbox.url,
                image_api_webhook_key=None,
                public_url=f"http://127.0.0.1:{own}",
                mini_app_name=_MINI_APP,
                trusted_hosts=[sandbox.url.removeprefix("http://")],
                host="127.0.0.1",
                port=own,
                database_url=f"sqlite:///{directory}/imagine-bot.db",
                data_dir=directory,
                poll_interval_s=1,
            )

            def ready(_: int) -> None:
                print(f"Open {sandbox.url} in your browser. Ctrl-C stops.")

            return await run_until_signal(settings, ready, listener)


async def _sandbox(port: int) -> Sandbox:
    """Start the sandbox on `port`, or on another port if that one is in use."""
    try:
        sandbox = Sandbox(port=port)
        await sandbox.start()
    except OSError:
        sandbox = Sandbox()
        await sandbox.start()
    return sandbox
