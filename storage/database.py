"""A database: its named statements and its transactions. storage.sqlite and storage.postgresql do the work.

A file of `storage/queries` is a sequence of statements, each below a line `-- name: <name of the statement>`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from core.errors import StorageError

Value = str | int | float | bytes | None
Result = TypeVar("Result")

SQLITE, POSTGRESQL = "sqlite:///", "postgresql://"
INSTALL_DRIVER = "install the bot with `pip install imagine-bot[postgres]`"
_COMMENT = re.compile(r"--[^\n]*")
_READS = re.compile(r"SELECT\b|WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE)\b)", re.DOTALL)
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


class Row(Protocol):
    """A row of a result. Its values are found by the names of their columns, or by their numbers from 0."""

    def __getitem__(self, key: Any, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def keys(self) -> Iterable[str]:
        """Return the names of the columns."""
        ...


@cache
def queries() -> Mapping[str, str]:
    """Return every statement of `storage/queries/*.sql` by its name. Raises StorageError if a name stands twice."""
    return read_queries(files("storage").joinpath("queries"))


def read_queries(folder: Traversable) -> dict[str, str]:
    """Return the statements of the files in a folder by their names. Raises StorageError if a name stands twice."""
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".sql"):
            continue
        _, *pieces = _NAME.split(file.read_text(encoding="utf-8"))
        for name, statement in zip(pieces[::2], pieces[1::2], strict=True):
            if name in found:
                raise StorageError(f"two statements are named {name}")
            found[name] = statement.strip()
    return found


@cache
def reads() -> frozenset[str]:
    """Return the names of the statements that only read."""
    bare = {name: _COMMENT.sub("", statement).lstrip() for name, statement in queries().items()}
    return frozenset(name for name, statement in bare.items() if _READS.match(statement))


def refuse_postgresql(url: str, way: str) -> None:
    """Raise StorageError with the right way to do something, if `url` is a PostgreSQL database."""
    if url.startswith(POSTGRESQL):
        raise StorageError(f"this command is for SQLite. {way}")


def path_of(url: str) -> Path:
    """Return the file of `sqlite:///relative/path` or `sqlite:////absolute/path`. Raises ValueError."""
    if not url.startswith(SQLITE) or url == SQLITE:
        raise ValueError("must look like sqlite:///data/imagine-bot.db")
    return Path(url.removeprefix(SQLITE))


class Transaction:
    """The statements inside `Database.transaction` and `Database.together`."""

    def __init__(self, run: Callable[[str, Mapping[str, Value]], Awaitable[list[Row]]]) -> None:
        self._run = run

    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        """Run one named statement, and return its rows. Raises StorageError."""
        return await self._run(name, values)

    async def lock(self, *, person: int | None = None, chat: int | None = None, bot: bool = False) -> None:
        """Wait until no other transaction has locked this person, this chat or the whole bot. Raises StorageError.

        A transaction that reads a sum and then writes takes these locks first, all in one call, or
        in the order of the parameters. They end with the transaction. SQLite has one writer at a time, and needs none.
        """


class Database(ABC):
    """The statements and transactions of a database."""

    @staticmethod
    async def open(url: str, owner: str = "") -> "Database":
        """Open the database of `url`, `sqlite:///…` or `postgresql://…`, and bring its schema up to date.

        An SQLite file is created if it is missing. `owner` is the id of this process if others share the database: only
        in its shards its connections claim work. Raises StorageError, never with the password of the URL.
        """
        if url.startswith(POSTGRESQL):
            try:
                from storage.postgresql import PostgresDatabase
            except ModuleNotFoundError as error:
                raise StorageError(f"{error}: {INSTALL_DRIVER}") from error

            return await PostgresDatabase.open(url, owner)
        from storage.sqlite import SqliteDatabase

        return await SqliteDatabase.open(url)

    @abstractmethod
    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        """Run one named statement in its own transaction and return its rows. Raises StorageError.

        It goes on if the task is canceled.
        """

    @abstractmethod
    async def drop(self, name: str, /, **values: Value) -> list[Row]:
        """Run one named statement as `fetch` does, but without waiting for the disk; see `transaction`."""

    @abstractmethod
    async def together(self, work: Callable[[Transaction], Awaitable[Result]], *, durable: bool = True) -> Result:
        """Commit the statements of `work` together or not at all, and return its result. Raises StorageError.

        `work` awaits nothing but its transaction. It may run in another thread, and it may run again if two
        transactions waited for each other, so it changes nothing but the database. For `durable`, see `transaction`.
        """

    @abstractmethod
    def transaction(self, *, durable: bool = True) -> AbstractAsyncContextManager[Transaction]:
        """Commit several statements together or not at all. Raises StorageError.

        With SQLite, all other work waits meanwhile, so use `together` where much depends on speed. Without `durable`,
        the commit doesn't wait for the disk, so a power cut may undo it, but only as a whole. Use it for work that is
        done again if it is missing. The next durable commit makes it durable, too.
        """

    @abstractmethod
    async def checkpoint(self) -> None:
        """Do regular work that would make a commit wait otherwise, beside other statements. Raises StorageError."""

    @abstractmethod
    async def close(self) -> None:
        """Close the database. No statement can run after this."""

    async def fetch_one(self, name: str, /, **values: Value) -> Row | None:
        """Run one named statement, and return its first row, None without one. Raises StorageError."""
        rows = await self.fetch(name, **values)
        return rows[0] if rows else None

    async def probe(self) -> None:
        """Commit a write, as a readable database may not be writable. Raises StorageError."""
        await self.fetch("put_note", name="probe", value="written")
        await self.fetch("drop_note", name="probe")
