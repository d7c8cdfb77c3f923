"""A look at a PostgreSQL database that changes nothing, as the bot of an earlier release may be running on it."""

import asyncpg

from core.errors import StorageError
from storage import schema
from storage.inspection import ID
from storage.postgresql import TROUBLE, told
from storage.postgresql_schema import check_server, newest_version, version_of
from storage.postgresql_url import without_password

_TIMEOUT_S = 15
_ID = "SELECT value FROM kept WHERE name = $1"


async def look(url: str) -> tuple[str, str | None]:
    """Return a remark about the schema, or an empty string, and the id of the database if it has one.

    Raises StorageError if a bot couldn't use the database.
    """
    place = without_password(url)
    try:
        connection = await asyncpg.connect(url, timeout=_TIMEOUT_S, command_timeout=_TIMEOUT_S)
        try:
            await check_server(connection)
            if await connection.fetchval("SHOW transaction_read_only") == "on":
                raise StorageError(f"the database {place} is read-only")
            version = await version_of(connection)
            known = await connection.fetchval(_ID, ID) if version else None
        finally:
            await connection.close(timeout=_TIMEOUT_S)
    except TROUBLE as error:
        raise StorageError(f"cannot use the database {place}: {told(error, url)}") from None
    newest = newest_version()
    if version is None:
        return "; the first start creates the tables", None
    if version > newest:
        raise StorageError(schema.newer(version, newest))
    remark = f"; the next start migrates the database from version {version} to {newest}"
    return remark if version < newest else "", known
