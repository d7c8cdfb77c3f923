"""The real bot, unchanged, in a process that can be made to die at a named boundary.

The production code has no hooks. This module wraps, from outside, every commit of the database, every picture put into
the blob store, every request of the bot and every answer it gives. Each passing is written to a ledger. With
TORTURE_BOUNDARY (a name) and TORTURE_PASSING (a number, by default 1), the process kills itself there with SIGKILL. The
file TORTURE_ARMED, if it appears, names a boundary and a signal for the first of several processes that passes it.

The harness runs this module as a nursery. It imports the bot once and forks a process for each start, which reads its
settings from the environment as `python -m bot run` does. It takes commands as JSON lines, tells who was born, stopped
and died, and ends with its standard input.
"""

import json
import os
import re
import select
import signal
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

import bot.__main__
import bot.app
import bot.signals  # the command line imports it only when it runs, and a fork should not have to
from bot.image_api.client import HttpImageApi
from bot.telegram.http_request import AiohttpRequest
from bot.telegram.startup import choose_updates
from core.errors import StorageError
from core.models.job import Job, Task
from core.models.media import Incoming
from core.services.arrival import Arrival
from core.services.gathering import ResultGatherer
from storage.blob_store import FileBlobStore
from storage.database import POSTGRESQL, Row, Transaction, Value, queries
from storage.postgresql import PostgresDatabase
from storage.sqlite import SqliteDatabase
from storage.translation import own

_WRITES = re.compile(r"^ *(INSERT|UPDATE|DELETE)\b", re.MULTILINE)
_TOLD = ("id", "job_id", "origin", "chat_id", "message_id", "update_id", "task_id", "failure", "prompt")
_said: ContextVar[dict[str, Any]] = ContextVar("said", default={})  # noqa: B039 - never changed in place


class Ledger:
    """A ledger of passings, which ends the process at the boundary that it was given."""

    def __init__(self) -> None:
        self._file = os.open(os.environ["TORTURE_LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._target = os.environ.get("TORTURE_BOUNDARY")
        self._passing = int(os.environ.get("TORTURE_PASSING", "1"))
        self._passed: Counter[str] = Counter()
        armed = os.environ.get("TORTURE_ARMED")
        self._armed = Path(armed) if armed else None

    def note(self, name: str, **details: Any) -> None:
        """Write a line. The kernel has it when this returns, so that it outlives the process."""
        line = {"time": time.time(), "pid": os.getpid(), "at": name, **details}
        os.write(self._file, (json.dumps(line, default=str) + "\n").encode())

    def passing(self, name: str, details: dict[str, Any]) -> None:
        """Pass a boundary, or die or stop at it."""
        self._passed[name] += 1
        dies = name == self._target and self._passed[name] == self._passing
        number = signal.SIGKILL if dies else self._ordered(name)
        told = {} if number is None else {"dies" if number == signal.SIGKILL else "stops": True}
        self.note(name, **details, **told)
        if number is not None:
            os.kill(os.getpid(), number)

    def _ordered(self, name: str) -> int | None:
        """Return the signal that is ordered for the first process at this boundary, if this is the one."""
        if self._armed is None:
            return None
        try:
            order = json.loads(self._armed.read_text(encoding="utf-8"))
            if order["boundary"] == name:
                self._armed.unlink()  # only one process succeeds
                return int(order["signal"])
        except FileNotFoundError:
            pass
        return None


def install(ledger: Ledger) -> None:
    """Wrap the bot's two stores and its wires with the boundaries.

    With TORTURE_SLOW, every outcome counts as late, and so comes as a new message.
    """
    shared = os.environ["DATABASE_URL"].startswith(POSTGRESQL)
    _wrap_database(ledger, PostgresDatabase if shared else SqliteDatabase)
    _wrap_gallery(ledger)
    _wrap_requests(ledger)
    _wrap_answers(ledger)
    _hurry()
    if os.environ.get("TORTURE_SLOW"):
        Arrival._is_quick = lambda *_: False  # type: ignore[method-assign]


def _hurry() -> None:
    """Let an order wait three seconds for the pictures after its first one, instead of 90."""
    gather = ResultGatherer.gather

    async def hurried(self: ResultGatherer, order: Job) -> None:
        self._patience_ms = 3_000
        await gather(self, order)

    ResultGatherer.gather = hurried  # type: ignore[method-assign]


def _wrap_database(ledger: Ledger, kind: type[SqliteDatabase] | type[PostgresDatabase]) -> None:
    transaction, together = kind.transaction, kind.together
    full = _full_disk()

    def counted(fetch: Callable[..., Awaitable[list[Row]]]) -> Callable[..., Awaitable[list[Row]]]:
        async def run(self: Any, name: str, /, **values: Value) -> list[Row]:
            if not _writes(name):
                return await fetch(self, name, **values)
            full(name)
            ledger.passing(f"before commit:{name}", _details(values))
            rows = await fetch(self, name, **values)
            ledger.passing(f"after commit:{name}", {**_details(values), "rows": len(rows)})
            return rows

        return run

    @asynccontextmanager
    async def counted_transaction(self: Any, *, durable: bool = True) -> AsyncIterator[Transaction]:
        written = _Written(ledger)
        full("a transaction")
        async with transaction(self, durable=durable) as tx:
            written.watch(tx)
            yield tx
            written.passing("before")
        written.passing("after")

    async def counted_together(
        self: Any, work: Callable[[Transaction], Awaitable[Any]], *, durable: bool = True
    ) -> Any:
        written = _Written(ledger)
        full("a transaction")

        async def watched(tx: Transaction) -> Any:
            written.watch(tx)
            result = await work(tx)
            written.passing("before")
            return result

        result = await together(self, watched, durable=durable)
        written.passing("after")
        return result

    kind.fetch = counted(kind.fetch)  # type: ignore[method-assign,assignment]
    kind.transaction = counted_transaction  # type: ignore[method-assign]
    if kind is SqliteDatabase:  # the other one's `drop` and `together` use `transaction`
        kind.drop = counted(kind.drop)  # type: ignore[method-assign, assignment]
        kind.together = counted_together  # type: ignore[method-assign]


class _Written:
    """The statements that wrote in one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._names: dict[str, None] = {}
        self._details: dict[str, Any] = {}

    def watch(self, tx: Transaction) -> None:
        """Note each statement of a transaction that writes."""
        run = tx.fetch

        async def noted(name: str, /, **values: Value) -> list[Row]:
            rows = await run(name, **values)
            if _writes(name):
                self._names[name] = None
                self._details.update(_details(values), rows=len(rows))
            return rows

        tx.fetch = noted  # type: ignore[method-assign]

    def passing(self, when: str) -> None:
        """Pass the boundary before or after the commit, if anything was written."""
        if self._names:
            self._ledger.passing(f"{when} commit:{'+'.join(self._names)}", self._details)


def _full_disk() -> Callable[[str], None]:
    """Return a check that raises StorageError for a while, as a full disk does.

    The time counts from when the bot is ready, as a start on a full disk only ends with a message.
    """
    since, until = map(float, os.environ.get("TORTURE_FULL", "-1 -1").split())
    ready: list[float] = []

    async def heard(*given: Any) -> None:
        ready.append(time.monotonic())
        await choose_updates(*given)

    def full(name: str) -> None:
        if ready and since <= time.monotonic() - ready[0] < until:
            raise StorageError(f"{name}: database or disk is full")

    vars(bot.app)["choose_updates"] = heard  # bot.app imports the name without exporting it
    return full


def _wrap_gallery(ledger: Ledger) -> None:
    keep = FileBlobStore._keep

    def counted(self: FileBlobStore, file: Incoming, target: Path) -> None:
        ledger.passing("before file:keep", {})
        keep(self, file, target)
        ledger.passing("after file:keep", {})

    FileBlobStore._keep = counted  # type: ignore[method-assign]


def _wrap_requests(ledger: Ledger) -> None:
    request, do_request, generate = aiohttp.ClientSession._request, AiohttpRequest.do_request, HttpImageApi.generate

    async def counted(self: aiohttp.ClientSession, method: str, url: Any, **kwargs: Any) -> aiohttp.ClientResponse:
        name, details = _call_name(URL(str(url))), _details((kwargs.get("json") or {}) | _said.get())
        ledger.passing(f"before call:{name}", details)
        answer = await request(self, method, url, **kwargs)
        ledger.passing(f"after call:{name}", {**details, "status": answer.status})
        return answer

    async def telling(self: AiohttpRequest, url: str, method: str, request_data: Any = None, **more: Any) -> Any:
        token = _said.set(request_data.json_parameters if request_data else {})
        try:
            return await do_request(self, url, method, request_data, **more)
        finally:
            _said.reset(token)

    async def judged(self: HttpImageApi, asked: Any, *rest: Any) -> Task:
        try:
            task = await generate(self, asked, *rest)
        except Exception as error:
            ledger.note("generate", prompt=asked.prompt, outcome=type(error).__name__)
            raise
        ledger.note("generate", prompt=asked.prompt, outcome="taken", task_id=task.id)
        return task

    aiohttp.ClientSession._request = counted  # type: ignore[method-assign,assignment]
    AiohttpRequest.do_request = telling  # type: ignore[method-assign,assignment]
    HttpImageApi.generate = judged  # type: ignore[method-assign,assignment]


def _wrap_answers(ledger: Ledger) -> None:
    write_eof = web.Response.write_eof

    async def counted(self: web.Response, data: bytes = b"") -> None:
        place = self._req.path.split("/")[1] if self._req is not None else ""
        if place not in {"telegram", "callbacks"}:
            await write_eof(self, data)
            return
        ledger.passing(f"before answer:{place}", {"status": self.status})
        await write_eof(self, data)
        ledger.passing(f"after answer:{place}", {"status": self.status})

    web.Response.write_eof = counted  # type: ignore[method-assign]


@cache
def _writes(name: str) -> bool:
    return bool(_WRITES.search(queries().get(name) or own()[name]))


def _details(values: dict[str, Any]) -> dict[str, Any]:
    told = {key: values[key] for key in _TOLD if values.get(key) is not None}
    if "request" in values:
        told["prompt"] = json.loads(str(values["request"])).get("prompt")
    return told


def _call_name(url: URL) -> str:
    parts = url.path.strip("/").split("/")
    if parts[0].startswith("bot"):
        return f"telegram:{parts[-1]}"
    if parts[0] == "file":
        return "telegram:file"
    return f"image:{parts[0] if parts[0] in {'results', 'direct'} else parts[-1]}"


def live(environment: dict[str, str]) -> None:
    """Run the bot in a process that was just forked."""
    os.environ.update(environment)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(environment["TORTURE_OUTPUT"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    null = os.open(os.devnull, os.O_RDWR)
    for mine, standard in ((null, 0), (output, 1), (output, 2)):
        os.dup2(mine, standard)
    os.chdir(environment["DATA_DIR"])  # away from any `.env`
    ledger = Ledger()
    ledger.note("born")
    install(ledger)
    code = 70
    try:
        code = bot.__main__.run()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - any error is printed and ends this process
        traceback.print_exc()
    finally:
        ledger.note("ended by itself", code=code)
        os._exit(code)


def nurse() -> None:
    """Fork and send signals on command, report each death with its status, and leave no child behind."""
    alive: set[int] = set()
    wake_up, rung = os.pipe()
    os.set_blocking(rung, False)
    signal.set_wakeup_fd(rung)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    heard = b""
    while True:
        ready, _, _ = select.select([0, wake_up], [], [])
        if wake_up in ready:
            os.read(wake_up, 4096)
            _bury(alive)
        if 0 in ready:
            said = os.read(0, 65_536)
            if not said:
                break
            *lines, heard = (heard + said).split(b"\n")
            for line in lines:
                _obey(json.loads(line), alive)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _bury(alive: set[int]) -> None:
    for pid in list(alive):
        found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if found and os.WIFSTOPPED(status):
            _tell({"stopped": pid})
        elif found:
            alive.discard(pid)
            _tell({"died": pid, "status": os.waitstatus_to_exitcode(status)})


def _obey(command: dict[str, Any], alive: set[int]) -> None:
    if "kill" in command:
        if command["kill"] in alive:  # not reaped yet, so the process id is still its own
            os.kill(command["kill"], command.get("signal", signal.SIGKILL))
        return
    pid = os.fork()
    if pid == 0:
        live(command["environment"])
    alive.add(pid)
    _tell({"born": pid, "name": command.get("name")})


def _tell(news: dict[str, Any]) -> None:
    os.write(1, (json.dumps(news) + "\n").encode())


if __name__ == "__main__":
    nurse()
