"""Several bots on one PostgreSQL database, behind one public address."""

import asyncio
import json
import signal
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import asyncpg
from typing_extensions import override

from benchmarks.torture.front import Front, Tunnel
from benchmarks.torture.scene import OPEN_WORK, Scene
from benchmarks.torture.takeovers import LeaseWatch
from sandbox.ports import ReservedPort
from storage.postgresql import TROUBLE
from tests.postgresql import PostgresServer

LEASE_S = 2.0
_READY_S, _END_S = 60.0, 30.0
_LOOK_S = 0.1
_AGAIN_S = 0.5


class Phase(StrEnum):
    """The life of a process, as the harness knows it."""

    DEAD = "dead"
    STARTING = "starting"
    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(slots=True)
class Replica:
    """One process, with a port, a directory and a line to the database of its own."""

    number: int
    port: int
    directory: Path
    tunnel: Tunnel
    phase: Phase = Phase.DEAD
    pid: int = 0
    life: int = 0
    """The number of its starts."""
    asked_to_end: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)


class Fleet(Scene):
    """A fleet starts, kills, stops and restarts bots that share a database and the pictures."""

    def __init__(
        self, directory: Path, server: PostgresServer, pictures: dict[str, str], replicas: int, **more: Any
    ) -> None:
        super().__init__(directory, **more)
        self.server = server
        self.replicas: list[Replica] = []
        self.starts_without_database = 0
        """Starts that ended at once since the database couldn't be used; a process manager repeats them, too."""
        self.hit: asyncio.Future[tuple[Replica, int]] | None = None
        """The first process that dies or stops at the boundary that is armed, and the signal."""
        self._pictures = pictures
        self._count = replicas
        self._stack = AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def _armed(self) -> Path:
        return self.directory / "armed.json"

    @override
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.database = await self.server.new_database()
        short = self._stack.enter_context(TemporaryDirectory(prefix="pg-"))  # as names of sockets are
        for number in range(self._count):
            port = self._stack.enter_context(ReservedPort()).number
            line = Tunnel(Path(short) / str(number), self.server.directory)
            directory = self.directory / f"replica-{number}"
            directory.mkdir(exist_ok=True)
            self.replicas.append(Replica(number, port, directory, await self._stack.enter_async_context(line)))
        self.front = await self._stack.enter_async_context(Front([replica.port for replica in self.replicas]))
        self.watch = LeaseWatch(self.database)
        self._spawn_task(self.watch.run())
        return self

    @override
    async def __aexit__(self, *details: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().__aexit__(*details)
        await self._stack.aclose()

    # --- the bots

    def running(self) -> list[Replica]:
        """Return the processes that have started, and are neither dead nor stopped."""
        return [replica for replica in self.replicas if replica.phase is Phase.RUNNING]

    async def start(self, replica: Replica, *, slow: bool = False) -> None:
        """Start a process. With `slow`, every outcome comes as a new message."""
        replica.phase, replica.asked_to_end = Phase.STARTING, False
        replica.pid, replica.life = 0, replica.life + 1
        replica.died.clear()
        self._note("start", replica=replica.number)
        late = {"TORTURE_SLOW": "1"} if slow else {}
        await self._command({"environment": self._environment(replica) | late, "name": replica.number})
        self._spawn_task(self._until_ready(replica))

    async def send(self, replica: Replica, number: signal.Signals) -> None:
        """Send a signal to a process. For one that is stopped, SIGKILL and SIGCONT work as well."""
        replica.asked_to_end = replica.asked_to_end or number in {signal.SIGKILL, signal.SIGTERM}
        if number is signal.SIGCONT and replica.phase is Phase.STOPPED:
            replica.phase = Phase.STARTING
            self._spawn_task(self._until_ready(replica))
        self._note(number.name, replica=replica.number)
        await self._command({"kill": replica.pid, "signal": int(number)})

    async def end(self, replica: Replica) -> None:
        """Ask a process to end in order, and wait until it has."""
        await self.send(replica, signal.SIGTERM)
        try:
            await asyncio.wait_for(replica.died.wait(), _END_S)
        except TimeoutError:
            self.surprises.append(f"process {replica.number} didn't end within {_END_S:.0f} s of SIGTERM")
            await self.send(replica, signal.SIGKILL)
            await replica.died.wait()

    async def ready(self, replica: Replica) -> None:
        """Wait until a process works. Note a violation if that takes too long."""
        until = time.monotonic() + _READY_S
        while replica.phase is not Phase.RUNNING:
            if time.monotonic() > until:
                self.surprises.append(f"process {replica.number} was not ready within {_READY_S:.0f} s")
                return
            await asyncio.sleep(_LOOK_S)

    def arm(self, boundary: str, number: signal.Signals) -> None:
        """Let the first process that passes a boundary die or stop there."""
        self.hit = asyncio.get_running_loop().create_future()
        self._note("armed", boundary=boundary, signal=number.name)
        draft = self._armed.with_suffix(".draft")
        draft.write_text(json.dumps({"boundary": boundary, "signal": int(number)}))
        draft.replace(self._armed)

    def disarm(self) -> bool:
        """Take the order back. Return False if a process has it already."""
        try:
            self._armed.unlink()
        except FileNotFoundError:
            return False
        self.hit = None
        return True

    # --- the database

    async def cut_all(self) -> None:
        """Let the server end every connection to the database."""
        self._note("connections ended by the server")
        await self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid != pg_backend_pid()"
        )

    async def restart_database(self, how: signal.Signals, down_s: float) -> None:
        """Stop the server, at once with SIGQUIT or in order with SIGINT, and start it again after a while."""
        self._note("PostgreSQL stopped", how=how.name)
        await asyncio.to_thread(self.server.stop, how)
        await asyncio.sleep(down_s)
        await asyncio.to_thread(self.server.start)
        self._note("PostgreSQL started")

    async def _execute(self, statement: str) -> Any:
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    @override
    async def open_work(self) -> int:
        with suppress(*TROUBLE):
            return int(await self._execute(OPEN_WORK))
        return 1

    @override
    async def rest(self) -> None:
        """Leave the processes as they are: an audit looks after all work has ended."""

    # --- within

    def _spawn_task(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.surprises.append(f"a part of the harness failed: {error!r}")

    async def _until_ready(self, replica: Replica) -> None:
        """Wait until the process takes part. It answers /readyz from memory for ten seconds, which is too late."""
        while replica.phase is Phase.STARTING:
            if self.watch.takes_part(replica.pid):
                replica.phase = Phase.RUNNING
            await asyncio.sleep(_LOOK_S)

    async def _start_again(self, replica: Replica) -> None:
        await asyncio.sleep(_AGAIN_S)
        await self.start(replica)

    @override
    def _heard(self, news: dict[str, Any]) -> None:
        if "born" in news:
            self.replicas[news["name"]].pid = news["born"]
            return
        pid = news.get("died") or news["stopped"]
        replica = next(replica for replica in self.replicas if replica.pid == pid)
        if "stopped" in news:
            replica.phase = Phase.STOPPED
            self._hit(replica, signal.SIGSTOP)
            return
        before, replica.phase = replica.phase, Phase.DEAD
        status = news["status"]
        self._note("died", replica=replica.number, status=status)
        replica.died.set()
        is_hit = status == -signal.SIGKILL and self._hit(replica, signal.SIGKILL)
        if is_hit or (replica.asked_to_end and status in {0, -signal.SIGKILL, -signal.SIGTERM}):
            return
        if before is Phase.STARTING and status == 1:
            self.starts_without_database += 1
        else:
            self.surprises.append(
                f"process {replica.number} ended with status {status}, unasked:\n{self._last_words()}"
            )
        self._spawn_task(self._start_again(replica))

    def _hit(self, replica: Replica, number: signal.Signals) -> bool:
        """Take the end or the stop for that at the armed boundary, if a process has taken the order."""
        if self.hit is None or self.hit.done() or self._armed.exists():
            return False
        self.hit.set_result((replica, number))
        return True

    def _environment(self, replica: Replica) -> dict[str, str]:
        public = {"PUBLIC_URL": f"http://127.0.0.1:{self.front.port}"} if self.callbacks else {}
        own = {
            "PORT": str(replica.port),
            "DATABASE_URL": self.database.replace(str(self.server.directory), str(replica.tunnel.directory)),
            "DATA_DIR": str(replica.directory),
            "LEASE_S": str(LEASE_S),
            "IMAGE_API_CALLS_PER_10S": "200",  # with the usual 20, people wait longer than processes live
            "TORTURE_ARMED": str(self._armed),
        }
        return self._common_environment() | public | self._pictures | own
