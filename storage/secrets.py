"""Secrets that the bot made for itself, stored for the next start."""

import secrets

from pydantic import SecretStr

from core.errors import StorageError
from storage.database import Database


async def kept_secret(database: Database, name: str) -> SecretStr:
    """Return the secret `name`, made at its first use: 43 characters that Telegram permits in a webhook secret.

    Raises StorageError.
    """
    await database.fetch("keep_value", name=name, value=secrets.token_urlsafe(32))
    row = await database.fetch_one("kept_value", name=name)
    if not row:
        raise StorageError(f"the secret {name} could not be kept")
    return SecretStr(row["value"])
