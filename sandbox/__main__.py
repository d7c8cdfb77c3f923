"""Run the sandbox alone. Start `python -m sandbox --port 8089` and point a bot at it."""

import argparse
import asyncio
import signal
import sys

from sandbox.serve import Sandbox


def main() -> None:
    """Parse the command line and serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8089, help="port to listen on; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws other pictures")
    parser.add_argument("--strict", action="store_true", help="refuse parameters that the Bot API does not know")
    wanted = parser.parse_args()
    asyncio.run(_serve(wanted.host, wanted.port, wanted.seed, strict=wanted.strict))


async def _serve(host: str, port: int, seed: int, *, strict: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with Sandbox(host=host, port=port, seed=seed, strict=strict) as sandbox:
        sys.stdout.write(
            f"The sandbox is open at {sandbox.url}\n"
            f"  TELEGRAM_API_URL={sandbox.url} TELEGRAM_BOT_TOKEN={sandbox.token}\n"
            f"  IMAGE_API_URL={sandbox.url} UPLOAD_API_URL={sandbox.url} IMAGE_API_KEY={sandbox.api_key}\n"
        )
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    main()
