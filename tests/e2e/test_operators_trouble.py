"""Operators' trouble: nothing is paid meanwhile, and they are told once."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from core.errors import StorageError
from core.models.media import Incoming
from sandbox.faults import Fault
from sandbox.serve import Sandbox
from storage.blob_store import FileBlobStore
from tests.e2e.kit import ADA, FAST, Studio, picture, until, words_of
from tests.e2e.test_command_line import _right, _run
from tests.promises.test_operating import _get
from tests.unit.servers import serving

OPERATOR = 9001


@asynccontextmanager
async def _answering(answer: web.Response) -> AsyncIterator[str]:
    """Run a server that gives the same answer to every request, and yield its URL."""

    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=answer.body, status=answer.status, content_type=answer.content_type)

    async with serving(handle) as port:
        yield f"http://127.0.0.1:{port}"


NO_API = {
    "a page": web.Response(text="<html>welcome</html>", content_type="text/html"),
    "no result": web.json_response({"ok": True}),
    "an array": web.json_response([1, 2]),
    "a bot without a name": web.json_response({"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "x"}}),
    "no bot": web.json_response({"ok": True, "result": {}}),
    "a page that is not there": web.Response(text="<html>404</html>", content_type="text/html", status=404),
}


@pytest.mark.parametrize("name", NO_API)
@pytest.mark.parametrize("command", ["run", "check"])
async def test_what_is_no_bot_api_is_said(tmp_path: Path, sandbox: Sandbox, command: str, name: str) -> None:
    """A server that isn't a Bot API leads to one line about TELEGRAM_API_URL and exit code 1, without a traceback."""
    async with _answering(NO_API[name]) as url:
        code, out, errors = await _run(tmp_path, command, **_right(sandbox) | {"TELEGRAM_API_URL": url})
    assert code == 1
    assert "TELEGRAM_API_URL" in out + errors
    assert len((out + errors).splitlines()) <= 8


@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_proxy_that_can_not_be_used_is_named(tmp_path: Path, sandbox: Sandbox, command: str) -> None:
    """An unusable proxy is reported only where it would be used."""
    outside = {"IMAGE_API_URL": "https://api.outside.example", "ALL_PROXY": "socks5://127.0.0.1:1"}
    code, out, errors = await _run(tmp_path, command, **_right(sandbox) | outside)
    assert code == 1
    assert "socks5 proxies are not supported" in out + errors
    if command == "check":
        assert "@imagine_sandbox_bot" in out


@pytest.mark.parametrize("place", ["incoming", "pictures"])
@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_directory_that_takes_nothing_is_found(
    tmp_path: Path, sandbox: Sandbox, command: str, place: str
) -> None:
    """`check` and the start try to write, and report a data directory that refuses it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / place).write_bytes(b"")
    code, out, errors = await _run(tmp_path, command, **_right(sandbox))
    assert code == 1
    assert "picture" in out + errors


@pytest.mark.embedded
async def test_nothing_is_paid_while_nothing_can_be_kept(
    idle: Studio, hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk stops submissions, is reported once, and ends when there is room again."""
    full = False
    keep, probe = FileBlobStore._keep, FileBlobStore.probe

    def careful(self: FileBlobStore, file: Incoming, target: Path) -> None:
        if full:
            raise OSError(28, os.strerror(28))
        keep(self, file, target)

    async def probing(self: FileBlobStore) -> None:
        if full:
            raise StorageError("cannot write pictures: no space left on device")
        await probe(self)

    monkeypatch.setattr(FileBlobStore, "_keep", careful)
    monkeypatch.setattr(FileBlobStore, "probe", probing)
    idle.timing = replace(idle.timing, cool_down_s=0.1)
    idle.world.add_person(OPERATOR, "Olga")
    await idle.start(admin_chat_id=OPERATOR)
    full = True
    first = await idle.say("a red fox")
    await idle.world.wait_for(OPERATOR, lambda message: "can't write" in words_of(message))
    second = await idle.say("a hare", idle.person())
    await idle.answer(second, "No pictures are painted just now")
    assert "a hare" not in [order["prompt"] for order in idle.images.generated]
    full = False
    await idle.picture(first)
    await idle.picture(second)
    assert [words_of(message)[0] for message in idle.from_bot(OPERATOR)] == ["💾", "✅"]


async def test_a_refused_webhook_is_told_once(idle: Studio, hurried: None) -> None:
    """A refused webhook is reported once and retried; the bot answers 503 on /readyz until it succeeds."""
    idle.world.add_person(OPERATOR, "Olga")
    fault = Fault("telegram", "setWebhook", "code", "400:Bad Request: bad webhook: failed to resolve host", times=None)
    idle.faults.add(fault)
    await idle.start(admin_chat_id=OPERATOR)
    status, said = await _get(f"{idle.url}/readyz")
    assert (status, said["webhook"]) == (503, False)
    told = await idle.world.wait_for(OPERATOR, lambda message: "PUBLIC_URL" in words_of(message))
    assert "failed to resolve host" in words_of(told)
    idle.faults.clear()
    await idle.picture(await idle.say("a red fox"))
    assert len(idle.from_bot(OPERATOR)) == 1


async def test_a_token_that_was_refused_for_a_while_is_told(idle: Studio, hurried: None) -> None:
    """A token that was refused for a while is reported once Telegram accepts it again."""
    idle.world.add_person(OPERATOR, "Olga")
    await idle.start(admin_chat_id=OPERATOR)
    idle.faults.add(Fault("telegram", "editMessageMedia", "code", 401, times=2))
    await idle.picture(await idle.say("a red fox"))
    await idle.world.wait_for(OPERATOR, lambda message: "refused my token" in words_of(message))
    await idle.in_state("delivered")
    assert len(idle.from_bot(OPERATOR)) == 1


@pytest.mark.embedded
async def test_what_is_written_is_private(studio: Studio) -> None:
    """Only the operator can read the database files."""
    await studio.picture(await studio.say("a red fox"))
    for path in studio.directory.glob("bot.db*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize("timing", [replace(FAST, source_fetches=0)])
async def test_a_local_bot_api_server(studio: Studio, tmp_path: Path) -> None:
    """With a local Bot API server, files are read from the disk, and a missing one is reported."""
    file = tmp_path / "server" / "photo.png"
    file.parent.mkdir()
    file.write_bytes(picture())
    answer = f'{{"file_id": "A", "file_unique_id": "a", "file_path": "{file}"}}'
    studio.faults.add(Fault("telegram", "getFile", "odd", answer))
    await studio.picture(await studio.say("make it night", files=[("a.png", picture(), True)]))
    gone = f'{{"file_id": "A", "file_unique_id": "b", "file_path": "{file}.gone"}}'
    studio.faults.add(Fault("telegram", "getFile", "odd", gone, times=None))
    other = picture(color="red")
    await studio.answer(await studio.say("make it day", files=[("b.png", other, True)]), "didn't give me your picture")


async def test_a_maintenance_page_at_start_is_waited_for(idle: Studio) -> None:
    """A maintenance page at the start is waited for."""
    idle.faults.add(Fault("telegram", "getMe", "html", 503, times=2))
    async with asyncio.timeout(30):
        await idle.start()
    await idle.picture(await idle.say("a red fox", ADA))
    await until(lambda: idle.rows("jobs WHERE state = 'delivered'"))
