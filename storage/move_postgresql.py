"""PostgreSQL's end of `storage.move_database`."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from typing_extensions import override

from core.errors import StorageError
from storage import schema
from storage.move_ends import BATCH, VERSIONS, End, Table, Totals, Values, sum_of
from storage.postgresql import TROUBLE, storable, told
from storage.postgresql_schema import migrate
from storage.postgresql_url import check, without_password

_TIMEOUT_S = 60
_SETTINGS = {"application_name": "imagine-bot move-database", "lock_timeout": "10s"}
_LEASES = "shard_leases"
_LIVE = """
SELECT count(*) FROM shard_leases
WHERE owner IS NOT NULL AND expires_at > extract(epoch FROM clock_timestamp()) * 1000
"""
_LENGTH, _WHOLE = "char_length({0})", "coalesce(sum({0}), 0)"


class PostgresEnd(End):
    """A connection within a transaction that sees one state of the database."""

    def __init__(self, connection: Any, transaction: Any) -> None:
        self._connection = connection
        self._transaction = transaction

    @override
    async def seize(self, tables: Sequence[Table]) -> None:
        # Before the first statement that reads: later commits of others are not seen.
        names = [table.name for table in tables]
        with _explained("lock"):
            leases = await self._connection.fetchval("SELECT to_regclass($1)::text", _LEASES)
            await self._transaction.start()
            await self._connection.execute(
                f"LOCK TABLE {', '.join([*names, *([leases] if leases else [])])} IN EXCLUSIVE MODE"
            )
            if leases and await self._connection.fetchval(_LIVE):
                raise StorageError("a bot works with the PostgreSQL database. Stop all its processes first")

    @override
    async def is_filled(self, table: Table) -> bool:
        with _explained(table.name):
            return bool(await self._connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table.name})"))  # noqa: S608

    @override
    async def rows(self, table: Table) -> AsyncIterator[list[Values]]:
        statement = f"SELECT {table.listed} FROM {table.name}"  # noqa: S608 - names of our schema
        with _explained(table.name):
            cursor = await self._connection.cursor(statement)
            while batch := await cursor.fetch(BATCH, timeout=_TIMEOUT_S):
                yield [tuple(row) for row in batch]

    @override
    async def write(self, table: Table, rows: list[Values]) -> None:
        records = [tuple(storable(value) for value in row) for row in rows]
        with _explained(table.name):
            await self._connection.copy_records_to_table(
                table.name, records=records, columns=list(table.columns), timeout=_TIMEOUT_S
            )

    @override
    async def totals(self, table: Table) -> Totals:
        sums = [sum_of(column, kind, length=_LENGTH, whole=_WHOLE) for column, kind in table.columns.items()]
        with _explained(table.name):
            rows, *found = await self._connection.fetchrow(f"SELECT count(*), {', '.join(sums)} FROM {table.name}")  # noqa: S608
        return Totals(rows, dict(zip(table.columns, map(int, found), strict=True)))

    @override
    async def commit(self) -> None:
        with _explained("COMMIT"):
            await self._transaction.commit()
            await self._connection.execute("ANALYZE")


@asynccontextmanager
async def postgres_end(url: str, *, is_target: bool) -> AsyncIterator[PostgresEnd]:
    """Connect to a database whose schema is of this release; that of a target is brought up to date.

    Raises StorageError, never with the password of the URL.
    """
    try:
        check(url)
        connection = await asyncpg.connect(url, timeout=_TIMEOUT_S, server_settings=_SETTINGS)
    except (*TROUBLE, ValueError) as error:
        raise StorageError(f"cannot use the database {without_password(url)}: {told(error, url)}") from None
    try:
        with _explained("the schema"):
            await (migrate if is_target else _check)(connection)
        yield PostgresEnd(connection, connection.transaction(isolation="repeatable_read"))
    finally:
        connection.terminate()  # which undoes everything without a commit


async def _check(connection: Any) -> None:
    if not await connection.fetchval("SELECT to_regclass($1)", VERSIONS):
        raise StorageError("the PostgreSQL database wasn't made by imagine-bot")
    version, newest = (
        await connection.fetchval("SELECT max(version) FROM schema_version"),
        max(schema.postgresql_migrations()),
    )
    if version > newest:
        raise StorageError(schema.newer(version))
    if version < newest:
        raise StorageError("the PostgreSQL database is older: start the bot once with this release first")


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except (*TROUBLE, TypeError) as error:  # the latter for a value of another type in SQLite, which permits it
        first, *_ = str(error).splitlines() or [repr(error)]  # the further lines may show values
        raise StorageError(f"{name}: {first}") from error
