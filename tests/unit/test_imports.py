"""Each program imports only the libraries that it needs: they take time at the start, and memory for good."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARIES = {"aiohttp", "aiosqlite", "babel", "httpx", "pydantic", "stamina", "structlog", "telegram"}
PICTURES = {"PIL", "pillow_heif"}
ASIDE = {"handlers", "sandbox", "storage"}
TELL = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"


def _imported(program: str) -> set[str]:
    """Run a program in a process of its own. Return the names of all modules that it has imported at its end."""
    code = f"try:\n {program}\nfinally:\n {TELL}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)  # noqa: S603
    return set(json.loads(done.stdout.splitlines()[-1]))


def _packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


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
