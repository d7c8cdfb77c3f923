"""Each program imports only the libraries that it needs: they take time at the start, and memory for good."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARIES = {"aiohttp", "aiosqlite", "babel", "httpx", "pydantic", "stamina", "structlog", "telegram"}
PICTURES = {"PIL", "pillow_heif"}
ASIDE = {"handlers", "sandbox", "storage"}
HELP = "from bot.__main__ import main; main(['--help'])"
WRONG = "from bot.__main__ import main; main(['restore'])"
TELL = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"


def _imported(program: str) -> set[str]:
    """Run a program in a process of its own. Return the names of all modules that it has imported at its end."""
    code = f"try:\n {program}\nfinally:\n {TELL}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)  # noqa: S603
    return set(json.loads(done.stdout.splitlines()[-1]))


def _packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("program", [HELP, WRONG])
def test_help_and_wrong_arguments_need_no_library(program: str) -> None:
    """`--help` answers at once: it imports no library, no other module of the bot, and not even asyncio."""
    modules = _imported(program)
    assert {name for name in modules if name.startswith("bot")} == {"bot", "bot.__main__"}
    assert not _packages(modules) & (LIBRARIES | PICTURES | ASIDE | {"asyncio", "core"})


def test_a_running_bot_leaves_pictures_to_its_helper() -> None:
    """The bot's process doesn't import the libraries that decode pictures, as long as no chart is drawn."""
    modules = _imported("import bot.signals")
    assert "bot.imaging.helper" in modules
    assert not _packages(modules) & (PICTURES | {"sandbox"})


def test_the_helper_imports_no_library_but_those_for_pictures() -> None:
    """The helper, which opens untrusted files, has nothing of the bot's network, database or settings in memory."""
    modules = _imported("import bot.imaging.child")
    assert _packages(modules) >= PICTURES
    assert not _packages(modules) & (LIBRARIES | ASIDE | {"asyncio", "socket", "sqlite3", "ssl"})
    assert all(name.startswith(("bot.imaging", "core.")) for name in modules if name.startswith(("bot.", "core.")))
