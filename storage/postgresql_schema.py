"""The schema of a PostgreSQL database: processes that start at once bring it up to date once."""

from typing import Any

from core.errors import StorageError
from storage import schema

OLDEST = 14
"""The oldest release of PostgreSQL that the bot is tested with."""

_LOCK = 0x696D6167696E65  # a number that no other program uses for an advisory lock


async def migrate(connection: Any) -> None:
    """Apply the missing migrations, each in a transaction. Raises StorageError for a database that can't be used.

    Other processes wait meanwhile, and find nothing more to do.
    """
    await check_server(connection)
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        await _apply(connection)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


def newest_version() -> int:
    """Return the version that the migrations of PostgreSQL lead to."""
    return max(schema.postgresql_migrations())


async def version_of(connection: Any) -> int | None:
    """Return the version of the database's schema, None for a database without tables of the bot."""
    if not await connection.fetchval("SELECT to_regclass('schema_version')"):
        return None
    version: int = await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_version")
    return version


async def check_server(connection: Any) -> None:
    """Raise StorageError for a server that is too old, or whose texts aren't UTF-8."""
    if connection.get_server_version().major < OLDEST:
        raise StorageError(f"the database needs PostgreSQL {OLDEST} or newer")
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise StorageError(f"the database needs the encoding UTF8, and has {encoding}")


async def _apply(connection: Any) -> None:
    current, scripts = await version_of(connection), schema.postgresql_migrations()
    if current is None:
        await connection.execute("CREATE TABLE schema_version (version BIGINT NOT NULL)")
        current = 0
    if current > newest_version():
        raise StorageError(schema.newer(current, newest_version()))
    for version in sorted(version for version in scripts if version > current):
        async with connection.transaction():
            await connection.execute(scripts[version])
            await connection.execute("INSERT INTO schema_version (version) VALUES ($1)", version)
