"""The words of an operator's commands about a PostgreSQL database."""

import sys
from pathlib import Path

import pytest

from bot import check, shard_list
from bot.settings import load
from core.errors import StorageError
from storage.backup import backup
from storage.database import Database
from storage.restore import restore
from tests.postgresql import PASSWORD, server

URL = f"postgresql://bot:{PASSWORD}@db.example/imagine"


async def _found(url: str, tmp_path: Path) -> tuple[bool, str]:
    settings = load(
        _env_file=None,
        telegram_bot_token="1234567890:token",
        image_api_key="key",
        database_url=url,
        data_dir=tmp_path,
    )
    good, words = await check._storage(settings)
    assert PASSWORD not in words
    shown = (repr(settings), str(settings.model_dump()), settings.model_dump_json(), repr(settings.database_url))
    assert not [each for each in shown if PASSWORD in each]
    return good, words


def _is_empty(directory: Path) -> bool:
    return not list(directory.iterdir())


async def test_a_usable_database(tmp_path: Path) -> None:
    """The check names it without its password, and tells whether the next start changes it."""
    good, words = await _found(await server().new_database(), tmp_path)
    assert good
    assert "can write the database and pictures (postgresql://" in words
    assert words.endswith(")")
    url = await server().new_database(migrated=False)
    assert (await _found(url, tmp_path))[1].endswith("; the first start creates the tables")
    assert (await _found(url, tmp_path))[1].endswith("; the first start creates the tables"), "it changed something"


async def test_an_older_database(tmp_path: Path) -> None:
    """The check tells that the next start migrates it, and leaves it as it is."""
    url = await server().new_database()
    await server().execute("DELETE FROM schema_version WHERE version > 20", url)
    assert "the next start migrates the database from version 20 to " in (await _found(url, tmp_path))[1]
    assert [row[0] for row in await server().execute("SELECT version FROM schema_version", url)] == [20]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("INSERT INTO schema_version VALUES (9999)", "was written by a newer release"),
        ("ALTER DATABASE {name} SET default_transaction_read_only = on", "is read-only"),
    ],
)
async def test_a_database_that_can_not_be_used(tmp_path: Path, change: str, says: str) -> None:
    """The check says why."""
    url = await server().new_database()
    await server().execute(change.format(name=url.partition("@/")[2].partition("?")[0]), url)
    good, words = await _found(url, tmp_path)
    assert not good
    assert says in words


async def test_a_wrong_password(tmp_path: Path) -> None:
    """The check says that the server refuses it, without either password."""
    url = await server().new_database()
    good, words = await _found(url.replace(PASSWORD, "wr0ng-Passw0rd"), tmp_path)
    assert not good
    assert "wr0ng" not in words
    assert "password authentication failed" in words


async def test_backup_and_restore_name_the_servers_tools(tmp_path: Path) -> None:
    """Neither touches the database or names its password."""
    with pytest.raises(StorageError, match="pg_dump --format=custom") as refused:
        backup(URL, tmp_path, tmp_path / "copy.tar")
    assert PASSWORD not in str(refused.value)
    with pytest.raises(StorageError, match="pg_restore") as refused:
        await restore(URL, tmp_path, tmp_path / "copy.tar", keep_queued=False, now_ms=0)
    assert PASSWORD not in str(refused.value)
    assert _is_empty(tmp_path)


async def test_a_missing_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to the database says how to install it."""
    monkeypatch.setitem(sys.modules, "storage.postgresql", None)
    monkeypatch.delitem(sys.modules, "storage.postgresql_inspection", raising=False)
    with pytest.raises(StorageError, match=r"pip install imagine-bot\[postgres\]"):
        await Database.open(URL)
    good, words = await _found(URL, tmp_path)
    assert not good
    assert "pip install imagine-bot[postgres]" in words
    settings = load(_env_file=None, telegram_bot_token="1234567890:token", image_api_key="key", database_url=URL)
    with pytest.raises(StorageError, match=r"pip install imagine-bot\[postgres\]"):
        await shard_list.listed(settings)
