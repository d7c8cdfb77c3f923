"""Secrets the bot made for itself and must find again after a restart."""

import secrets

from pydantic import SecretStr

from core.errors import StorageError
from storage.database import Database


async def kept_secret(database: Database, name: str) -> SecretStr:
    """Answer the secret called `name`, made at its first use: 43 characters Telegram permits in a webhook secret."""
    await database.fetch("keep_value", name=name, value=secrets.token_urlsafe(32))
    row = await database.fetch_one("kept_value", name=name)
    if not row:
        raise StorageError(f"the secret {name} could not be kept")
    return SecretStr(row["value"])
