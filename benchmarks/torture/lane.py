"""One bot with an SQLite database that outlives every death of the bot."""

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from typing_extensions import override

from benchmarks.torture.scene import OPEN_WORK, Scene
from sandbox.ports import ReservedPort


class Lane(Scene):
    """A lane starts, kills and restarts one bot."""

    def __init__(self, directory: Path, *, callbacks: bool, rooms: int, model: str = "4o", album: int = 2) -> None:
        super().__init__(directory, callbacks=callbacks, rooms=rooms, model=model, album=album)
        self._pid: int | None = None
        self._ordered = False
        self._born, self._died = asyncio.Event(), asyncio.Event()
        self._died.set()

    @override
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._reserved = ReservedPort()
        self.port = self._reserved.number
        return self

    @override
    async def __aexit__(self, *details: object) -> None:
        await super().__aexit__(*details)
        self._reserved.close()

    async def start(
        self,
        boundary: str | None = None,
        passing: int = 1,
        full: tuple[float, float] | None = None,
        *,
        slow: bool = False,
    ) -> None:
        """Start the bot. With a boundary, it dies there, at the given passing.

        `full` is the time, from and until which second, during which its disk takes no data. With `slow`, every outcome
        comes as a new message.
        """
        self._died.clear()
        self._born.clear()
        self._ordered = boundary is not None
        doomed = {"TORTURE_BOUNDARY": boundary, "TORTURE_PASSING": str(passing)} if boundary else {}
        self._note("start", boundary=boundary, passing=passing if boundary else None)
        filled = {"TORTURE_FULL": f"{full[0]} {full[1]}"} if full else {}
        late = {"TORTURE_SLOW": "1"} if slow else {}
        await self._command({"environment": self._environment() | doomed | filled | late})

    async def lock(self, for_s: float, after_s: float = 0.0) -> None:
        """Hold the database's write lock, as a program that copies it may."""
        await asyncio.sleep(after_s)
        if not for_s:
            return
        connection = sqlite3.connect(self.directory / "bot.db", timeout=0, isolation_level=None)
        try:
            with suppress(sqlite3.OperationalError):
                connection.execute("BEGIN IMMEDIATE")
                self._note("locked", for_s=for_s)
                await asyncio.sleep(for_s)
        finally:
            connection.close()

    async def kill(self) -> None:
        """Send SIGKILL, and wait until the bot is dead."""
        if self._died.is_set():
            return
        self._ordered = True
        await self._born.wait()
        self._note("SIGKILL")
        await self._command({"kill": self._pid})
        await self._died.wait()

    async def dead(self, within_s: float) -> bool:
        """Wait for the bot to die where it was told to. Return whether it did."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._died.wait(), within_s)
        return self._died.is_set()

    @override
    async def rest(self) -> None:
        await self.kill()

    @override
    async def open_work(self) -> int:
        with suppress(sqlite3.Error):
            connection = sqlite3.connect(f"file:{self.directory}/bot.db?mode=ro", uri=True)
            try:
                return int(connection.execute(OPEN_WORK).fetchone()[0])
            finally:
                connection.close()
        return 1

    @override
    def _heard(self, news: dict[str, Any]) -> None:
        if "born" in news:
            self._pid = news["born"]
            self._born.set()
            return
        self._pid = None
        self._note("died", status=news["status"])
        if not self._ordered or news["status"] != -9:
            self.surprises.append(
                f"the bot ended with status {news['status']}, unasked. Its last words:\n{self._last_words()}"
            )
        self._died.set()

    def _environment(self) -> dict[str, str]:
        public = {"PUBLIC_URL": f"http://127.0.0.1:{self.port}"} if self.callbacks else {}
        return (
            self._common_environment()
            | public
            | {
                "PORT": str(self.port),
                "DATABASE_URL": f"sqlite:///{self.directory}/bot.db",
                "DATA_DIR": str(self.directory),
            }
        )
