"""Bots of other libraries, each in its own environment, answer a command, a button press and a photo."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.serve import Sandbox
from sandbox.telegram.state import ADA
from tests.unit.pictures import encoded, two_halves

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".libraries"
PYTHON, NODE = ("aiogram", "pytelegrambotapi"), ("grammy", "telegraf", "gramio", "node-telegram-bot-api")

pytestmark = [pytest.mark.libraries, pytest.mark.timeout(90)]


def _command(name: str) -> list[str]:
    if name in PYTHON:
        python = ENVIRONMENTS / name / "bin" / "python"
        if not python.exists():
            pytest.skip(f"{name} is not installed: make libraries")
        return [str(python), str(HERE / name / "bot.py")]
    node = shutil.which("node")
    if node is None:
        pytest.skip(f"there is no node on this machine, so {name} was NOT tried")
    if not (ENVIRONMENTS / name / "node_modules").exists():
        pytest.skip(f"{name} is not installed: make libraries")
    return [node, str(ENVIRONMENTS / name / "bot.mjs")]


@asynccontextmanager
async def _running(name: str, sandbox: Sandbox, log: Path) -> AsyncIterator[None]:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(log.parent)}
    environment |= {"API": sandbox.url, "TOKEN": sandbox.token}
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *_command(name), env=environment, cwd=log.parent, stdout=said, stderr=said
        )
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("name", [*PYTHON, *NODE])
async def test_a_bot_of_another_library(name: str, tmp_path: Path) -> None:
    """The bot greets with a button, sees the press, edits its message and sends a photo back."""
    log = tmp_path / "bot.log"
    try:
        async with Sandbox() as sandbox, _running(name, sandbox, log):
            world = sandbox.telegram
            await world.say(ADA, ADA, "/start")
            hello = await world.wait_for(ADA, lambda message: message.get("text") == "Hello", 40)
            data = hello["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
            answer = await world.press(ADA, hello["message_id"], ADA, data)
            assert answer["text"] == "Thanks"
            changed = await world.wait_for(ADA, lambda message: message.get("text") == "You pressed")
            assert changed["message_id"] == hello["message_id"]
            picture = encoded(two_halves(), "PNG")
            await world.say(ADA, ADA, files=[("mine.png", picture, False)])
            back = await world.wait_for(ADA, lambda message: message.get("caption") == "Yours")
            assert back["photo"]
    except BaseException:
        print(log.read_text(errors="replace")[-4000:] if log.exists() else "no output")  # noqa: T201 - shows why the test failed
        raise
