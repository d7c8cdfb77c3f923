"""`imagine-bot demo`: the real bot, unchanged, against the project's sandbox."""

import os
import socket
import tempfile

import typer

from bot import logs
from bot.runner import run_until_signal
from bot.settings import load
from sandbox.serve import Sandbox

_MINI_APP = "paint"


async def demo(port: int) -> int:
    """Start sandbox and bot, print the one address, and run until Ctrl-C."""
    logs.configure(os.environ.get("LOG_LEVEL", "WARNING"), os.environ.get("LOG_FORMAT", "console"), ())
    async with Sandbox(port=_free_port(port)) as sandbox:
        with tempfile.TemporaryDirectory(prefix="imagine-bot-demo-") as directory:
            own = _free_port(0)
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
                typer.echo(f"Open {sandbox.url} in your browser. Ctrl-C stops.")

            return await run_until_signal(settings, ready)


def _free_port(wanted: int) -> int:
    """Answer `wanted` where nobody listens there, else a free port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return _free_port(0)
        return int(probe.getsockname()[1])
