"""A PostgreSQL database, which any number of processes share: its connections, its statements, and its transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg
from typing_extensions import override

from core.errors import StorageError
from storage.database import Database, Result, Row, Transaction, Value, reads
from storage.postgresql_schema import migrate
from storage.postgresql_url import check, passwords_in, without_password
from storage.translation import statements
from storage.wake_channel import CHANNEL, Line

CONNECTIONS = 10
"""How many connections a process has at most. The server permits 100 to all of them, unless it is told otherwise."""

_TIMEOUT_S = 15
_TRIES = 5
_SETTINGS = {
    "application_name": "imagine-bot",
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "10s",  # a process that is stopped keeps no locks
    "jit": "off",  # it costs more than short statements take
}
_STATEMENTS = 1024
"""How many prepared statements a connection keeps: more than the bot has."""

_BEGIN = "BEGIN"
_BEGIN_NOT_DURABLE = "BEGIN; SET LOCAL synchronous_commit = off"
_LOCK = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
_ID_BITS = 53
_PERSON, _CHAT, _BOT = range(1, 4)

TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,  # TimeoutError, too
    RuntimeError,  # so uvloop says that a connection is closed
)
"""The errors by which the driver tells of trouble with the server, the connection, or a value."""


class Conflict(StorageError):
    """Two transactions waited for each other, and the server undid this one. It may run again."""


class PostgresDatabase(Database):
    """The statements and transactions over a pool of connections."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._lasting: set[asyncio.Task[Any]] = set()

    @classmethod
    @override
    async def open(cls, url: str, owner: str = "", connections: int | None = None) -> "PostgresDatabase":
        place, settings = without_password(url), {"server_settings": _settings(owner), "timeout": _TIMEOUT_S}
        try:
            check(url)
            connection = await asyncpg.connect(url, **settings)
            try:
                await migrate(connection)
            finally:
                await connection.close(timeout=_TIMEOUT_S)
            pool = await asyncpg.create_pool(
                url,
                min_size=0,  # otherwise the driver logs tracebacks of its own while the server is gone
                max_size=connections or CONNECTIONS,
                command_timeout=_TIMEOUT_S,
                statement_cache_size=_STATEMENTS,
                max_cached_statement_lifetime=0,
                reset=_as_it_is,
                **settings,
            )
        except (*TROUBLE, ValueError) as error:
            # `from None`, since a traceback would show the words of the driver, maybe with a password
            raise StorageError(f"cannot use the database {place}: {told(error, url)}") from None
        return cls(pool)

    @override
    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        if name in reads():
            return await self._single(name, values)
        return await self._to_the_end(_again(lambda: self._single(name, values)))

    @override
    async def drop(self, name: str, /, **values: Value) -> list[Row]:
        return await self.together(lambda tx: tx.fetch(name, **values), durable=False)

    @override
    async def together(self, work: Callable[[Transaction], Awaitable[Result]], *, durable: bool = True) -> Result:
        async def attempt() -> Result:
            async with self.transaction(durable=durable) as tx:
                return await work(tx)

        return await self._to_the_end(_again(attempt))

    @override
    @asynccontextmanager
    async def transaction(self, *, durable: bool = True) -> AsyncIterator[Transaction]:
        async with self._connected("a transaction") as connection:
            with _translated("BEGIN"):
                await connection.execute(_BEGIN if durable else _BEGIN_NOT_DURABLE)
            try:
                yield PostgresTransaction(connection)
                with _translated("COMMIT"):
                    await _commit(connection)
            except BaseException:
                await _roll_back(connection)
                raise

    @override
    async def checkpoint(self) -> None:
        pass  # the server does that by itself

    @override
    async def close(self) -> None:
        if self._lasting:
            await asyncio.wait(self._lasting)
        try:
            await asyncio.wait_for(self._pool.close(), _TIMEOUT_S)
        except TROUBLE:
            self._pool.terminate()

    async def _single(self, name: str, values: Mapping[str, Value]) -> list[Row]:
        async with self._connected(name) as connection:
            return await _run(connection, name, values)

    async def _to_the_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do work that goes on if the task is canceled, as it does with SQLite."""
        task = asyncio.ensure_future(work)
        self._lasting.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._lasting.discard(task)
        if not task.cancelled():
            task.exception()  # otherwise asyncio reports an error whose waiting task was canceled

    @asynccontextmanager
    async def _connected(self, name: str) -> AsyncIterator[Any]:
        with _translated(name):
            connection = await self._pool.acquire(timeout=_TIMEOUT_S)
        try:
            yield connection
        finally:
            with _translated(name):
                await self._pool.release(connection)


class PostgresLine(Line):
    """A connection that hears the notifications of other processes."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @override
    async def notify(self, payload: str) -> None:
        with _translated("notify"):
            if payload:
                await self._connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            else:
                await self._connection.execute("SELECT 1")

    @override
    async def close(self) -> None:
        try:
            await self._connection.close(timeout=_TIMEOUT_S)
        except TROUBLE:
            self._connection.terminate()


async def open_line(url: str, heard: Callable[[str], None]) -> PostgresLine:
    """Open a connection of its own that passes on the payloads that it hears. Raises StorageError."""
    settings = {"server_settings": _settings(""), "timeout": _TIMEOUT_S, "command_timeout": _TIMEOUT_S}
    try:
        connection = await asyncpg.connect(url, **settings)
    except (*TROUBLE, ValueError) as error:
        raise StorageError(f"cannot use the database {without_password(url)}: {told(error, url)}") from None
    line = PostgresLine(connection)
    try:
        with _translated("listen"):
            await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, payload: heard(payload))
    except StorageError:
        await line.close()
        raise
    return line


class PostgresTransaction(Transaction):
    """The statements of a transaction on one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @override
    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        return await _run(self._connection, name, values)

    @override
    async def lock(self, *, person: int | None = None, chat: int | None = None, bot: bool = False) -> None:
        keys = [_key(kind, scope_id) for kind, scope_id in ((_PERSON, person), (_CHAT, chat)) if scope_id is not None]
        if bot:
            keys.append(_key(_BOT, 0))
        with _translated("lock"):
            await self._connection.fetch(_LOCK, keys)


def _settings(owner: str) -> dict[str, str]:
    """Return the settings of a connection. The view `owned_shards` reads whose it is."""
    return {**_SETTINGS, **({"imagine_bot.owner": owner} if owner else {})}


async def _run(connection: Any, name: str, values: Mapping[str, Value]) -> list[Row]:
    statement = statements()[name]
    with _translated(name):
        try:
            arguments = [storable(values[parameter]) for parameter in statement.names]
        except KeyError as error:
            raise StorageError(f"{name}: no value for {error}") from error
        rows: list[Row] = await connection.fetch(statement.sql, *arguments)
        return rows


def storable(value: Value) -> Value:
    """Return a value without NUL characters, which PostgreSQL's texts can't have."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _key(kind: int, scope_id: int) -> int:
    return (kind << _ID_BITS) | (scope_id & ((1 << _ID_BITS) - 1))


async def _commit(connection: Any) -> None:
    # The server answers ROLLBACK, and no error, if a statement of the transaction failed.
    if await connection.execute("COMMIT") != "COMMIT":
        raise StorageError("COMMIT: a statement of the transaction failed")


async def _roll_back(connection: Any) -> None:
    """End a transaction. If the server doesn't answer, end the connection, which ends the transaction as well."""
    try:
        await connection.execute("ROLLBACK", timeout=_TIMEOUT_S)
    except BaseException as error:
        with suppress(*TROUBLE):  # the pool has taken back a connection that broke
            connection.terminate()
        if not isinstance(error, TROUBLE):
            raise


async def _as_it_is(_: Any) -> None:
    """Skip the statements by which the driver would clean a connection: the bot changes nothing on one."""


async def _again(attempt: Callable[[], Awaitable[Result]]) -> Result:
    for _ in range(_TRIES - 1):
        try:
            return await attempt()
        except Conflict:
            continue
    return await attempt()


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Raise the driver's errors as StorageError."""
    try:
        yield
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
        raise Conflict(f"{name}: {_words(error)}") from error
    except TROUBLE as error:
        raise StorageError(f"{name}: {_words(error)}") from error


def told(error: Exception, url: str) -> str:
    """Return the words of the driver about the database of `url`, without its password."""
    words = _words(error)
    for password in passwords_in(url):
        words = words.replace(password, "***")
    return words


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_TIMEOUT_S} s"
    first, *_ = str(error).splitlines() or [repr(error)]  # the further lines are details and hints
    return first
