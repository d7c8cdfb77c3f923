"""Group commit: work that waits for the database at the same time goes to its thread at once and shares one commit.

A commit waits for the disk, and each switch between threads costs as much as a simple statement. So all reads and
writes that came while the thread was busy are done in one go: the reads first, whose answers don't wait for the
commit, then the writes in one transaction. A piece of work that fails is undone alone.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite

from core.errors import StorageError

Answer = tuple["Work", object]

DURABLE, NOT_DURABLE = "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"
_STATEMENTS = 512
"""How many prepared statements the connection keeps: more than the bot has."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One read, one write, or several statements that are committed together or not at all (`is_whole`)."""

    do: Callable[[sqlite3.Connection], object]
    answer: asyncio.Future[Any]
    reads: bool = False
    is_whole: bool = False
    is_durable: bool = True


class Connection(aiosqlite.Connection):
    """A connection whose thread also takes functions."""

    def work(self, function: Callable[[sqlite3.Connection], object]) -> "asyncio.Future[Any]":
        """Call a function with the SQLite connection in this connection's thread."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((done, partial(function, self._conn)))
        return done


async def connect(path: Path) -> Connection:
    """Open a database. Raises sqlite3.Error."""
    opened = Connection(
        partial(sqlite3.connect, path, isolation_level=None, cached_statements=_STATEMENTS), iter_chunk_size=64
    )
    await opened
    return opened


class GroupCommit:
    """The turns on a connection: either a group of waiting work, or one task that has the connection for itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[Work] = []
        self._turns: deque[asyncio.Future[None]] = deque()
        self._is_taken = self._is_called = self._was_group = False

    async def do(self, work: Callable[[sqlite3.Connection], object], **kind: bool) -> Any:
        """Do work in the next group and return its result, or raise its error. It goes on if the task is canceled."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(Work(work, answer, **kind))
        if not (self._is_taken or self._is_called):  # after the tasks that are ready, which may bring more work
            self._is_called = True
            asyncio.get_running_loop().call_soon(self._start)
        return await answer

    def _start(self) -> None:
        self._is_called = False
        if not self._is_taken:
            self._next()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Have the connection for oneself."""
        if self._is_taken:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._turns.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # it was this task's turn already
                    self._next()
                raise
        else:
            self._is_taken = True
        try:
            yield
        finally:
            self._next()

    def _next(self) -> None:
        """Give the next turn: groups and single tasks alternate."""
        self._is_taken = False
        while self._turns and self._turns[0].done():  # canceled
            self._turns.popleft()
        if self._turns and (self._was_group or not self._waiting):
            self._is_taken, self._was_group = True, False
            self._turns.popleft().set_result(None)
        elif self._waiting:
            self._is_taken = self._was_group = True
            group, self._waiting = self._waiting, []
            early = partial(_tell_from_thread, asyncio.get_running_loop())
            try:
                done = self._connection.work(partial(carry_out, group=group, early=early))
            except ValueError as error:
                self._is_taken = False
                tell([(work, StorageError(f"the database is closed: {error}")) for work in group])
            else:
                done.add_done_callback(partial(self._ended, group))

    def _ended(self, group: Sequence[Work], done: "asyncio.Future[Any]") -> None:
        if error := done.exception():
            tell([(work, error) for work in group])
        else:
            tell(done.result())
        self._next()


def _tell_from_thread(loop: asyncio.AbstractEventLoop, answers: Sequence[Answer]) -> None:
    with suppress(RuntimeError):  # the loop has ended, so no task waits
        loop.call_soon_threadsafe(tell, answers)


def tell(answers: Iterable[Answer]) -> None:
    """Pass on results and errors to the tasks that still wait for them."""
    for work, outcome in answers:
        if work.answer.done():
            continue
        if isinstance(outcome, BaseException):
            work.answer.set_exception(outcome)
        else:
            work.answer.set_result(outcome)


def carry_out(
    connection: sqlite3.Connection, group: Sequence[Work], early: Callable[[Sequence[Answer]], object]
) -> list[Answer]:
    """Do the work of a group in the connection's thread.

    `early` gets the answers to reads if others have to wait for a commit. Returns the rest.
    """
    reads = [(work, _tried(work, connection)) for work in group if work.reads]
    writes = [work for work in group if not work.reads]
    if not writes:
        return reads
    if reads:
        early(reads)
    if any(work.is_durable for work in writes):
        return _committed(connection, writes)
    connection.execute(NOT_DURABLE)
    try:
        return _committed(connection, writes)
    finally:
        connection.execute(DURABLE)


def _committed(connection: sqlite3.Connection, writes: Sequence[Work], *, guarded: bool = False) -> list[Answer]:
    """Commit the writes together.

    A savepoint for each piece of several statements costs as much as two more of them, and few pieces fail. So they
    have savepoints (`guarded`) only if a piece failed, and the group is done once more.
    """
    if len(writes) == 1 and not writes[0].is_whole:
        return [(writes[0], _tried(writes[0], connection))]  # a single statement is a transaction
    try:
        connection.execute("BEGIN IMMEDIATE")
        answers: list[Answer] = []
        for work in writes:
            outcome = _within(work, connection, alone=len(writes) == 1, guarded=guarded)
            if work.is_whole and not guarded and isinstance(outcome, BaseException):
                connection.execute("ROLLBACK")
                return _committed(connection, writes, guarded=True)
            answers.append((work, outcome))
        commit(connection)
    except BaseException as error:  # noqa: BLE001 - whatever it was, nothing of the group is committed
        with suppress(sqlite3.Error):  # SQLite may have undone it already
            connection.execute("ROLLBACK")
        told = StorageError(str(error)) if isinstance(error, sqlite3.Error) else error
        return [(work, told) for work in writes]
    return answers


def commit(connection: sqlite3.Connection) -> None:
    """Commit the transaction."""
    connection.execute("COMMIT")


def _tried(work: Work, connection: sqlite3.Connection) -> object:
    try:
        return work.do(connection)
    except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
        return error


def _within(work: Work, connection: sqlite3.Connection, *, alone: bool, guarded: bool) -> object:
    """Do one piece of work within the transaction of its group.

    Raises its error if SQLite has undone the whole transaction, as it does with a full disk, or if it is alone.
    """
    guarded = guarded and work.is_whole
    if guarded:
        connection.execute("SAVEPOINT work")
    outcome = _tried(work, connection)
    if isinstance(outcome, BaseException) and (alone or not connection.in_transaction):
        raise outcome
    if guarded:
        if isinstance(outcome, BaseException):
            connection.execute("ROLLBACK TO work")
        connection.execute("RELEASE work")
    return outcome
