"""Clients written after the vendor's quickstart, run in their own processes, work with the sandbox's image API."""

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.imageapi.record import Wire
from sandbox.imageapi.server import ImageApiServer
from tests.contract.conftest import KEY

CLIENTS = Path(__file__).parent / "clients"
LANGUAGES = pytest.mark.parametrize("language", ["python", "javascript"])


async def _run(language: str, url: str, prompt: str) -> dict[str, Any]:
    """Run a client that polls every 50 ms, and return the JSON that it prints."""
    if language == "python":
        command = [sys.executable, str(CLIENTS / "quickstart.py")]
        interval = "0.05"
    else:
        node = shutil.which("node")
        if not node:
            pytest.skip("node is not installed")
        command, interval = [node, str(CLIENTS / "quickstart.mjs")], "50"
    process = await asyncio.create_subprocess_exec(
        *command, url, KEY, interval, prompt, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    said: dict[str, Any] = json.loads(out)
    return said


@LANGUAGES
async def test_it_paints_and_edits(service: ImageApiServer, wire: Wire, language: str) -> None:
    """The client gets two pictures with download links, and edits results, in either response style."""
    service.api.duration_s = 0.1
    service.api.limits = False  # the client polls more often than the limits allow
    said = await _run(language, service.url, "a red fox in the snow")
    assert "error" not in said, said
    first, *edits = service.api.tasks.values()
    assert (len(said["painted"]), len(set(said["links"])), len(said["edited"])) == (2, 2, 2)
    assert first.body == {
        "prompt": "a red fox in the snow", "size": "1:1", "nVariants": 2, "isEnhance": True, "enableFallback": True,
    }  # fmt: skip
    assert [edit.body["filesUrl"] for edit in edits] == [[said["painted"][0]], [said["links"][1]]]
    assert all(size > 100 for size in said["sizes"])


@LANGUAGES
async def test_it_hears_of_a_failure(service: ImageApiServer, wire: Wire, language: str) -> None:
    """The client recognizes a failure by the flag and the message, in either response style."""
    service.api.limits = False
    said = await _run(language, service.url, "something nsfw")
    assert said == {"error": "Your content was flagged by OpenAI as violating content policies"}
