"""When a group becomes a supergroup, its data moves along, whatever the supergroup already has."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models.group import GroupRules, Who
from core.models.image_request import Source
from core.models.job import Destination
from core.models.preferences import Preferences
from core.models.updates import AlbumPart
from storage.albums import SqlAlbums
from storage.chats import SqlChats
from storage.database import Database
from storage.groups import SqlGroups
from storage.ledger import SqlLedger
from storage.preferences import SqlPreferences
from tests.unit.stores import HandClock, database_in

pytestmark = pytest.mark.usefixtures("each_database")

OLD, NEW, OTHER = -10, -20, -30
CLOCK = HandClock()
STRICT = GroupRules(is_on=False, who=Who.LISTED, listed=frozenset({7}), daily=60)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a database that contains the group."""
    async with database_in(tmp_path) as opened:
        await SqlChats(opened, CLOCK).seen(OLD, "group")
        yield opened


@pytest.mark.parametrize("said", [None, 4], ids=["nothing was said", "something was said"])
async def test_preferences(database: Database, said: int | None) -> None:
    """A group's preferences move along unless the supergroup already has some; others' stay."""
    wishes = SqlPreferences(database)
    await wishes.put(OLD, Preferences(variants=2))
    await wishes.put(OTHER, Preferences(variants=1))
    if said:
        await wishes.put(NEW, Preferences(variants=said))
    await SqlChats(database, CLOCK).moved(OLD, NEW)
    assert [(await wishes.get(chat)).variants for chat in (OLD, NEW, OTHER)] == [None, said or 2, 1]


@pytest.mark.parametrize("there", ["unknown", "greeted", "ruled"])
async def test_rules(database: Database, there: str) -> None:
    """A group's rules move along unless the supergroup has its own, and it isn't greeted again."""
    groups, own = SqlGroups(database, CLOCK), GroupRules(quiet=True)
    await groups.greet(OLD)
    await groups.put(OLD, STRICT)
    if there == "greeted":
        await groups.greet(NEW)
    elif there == "ruled":
        await groups.put(NEW, own)
    await SqlChats(database, CLOCK).moved(OLD, NEW)
    assert await groups.rules(NEW) == (own if there == "ruled" else STRICT)
    assert there == "ruled" or not await groups.greet(NEW)


async def test_credits(database: Database) -> None:
    """Credits that were granted to a group belong to the supergroup, beside its own."""
    ledger = SqlLedger(database, CLOCK)
    await ledger.grant(OLD, 30, 9, "to the group")
    await ledger.grant(NEW, 12, 9, "to the supergroup")
    await SqlChats(database, CLOCK).moved(OLD, NEW)
    assert [(await ledger.balance(chat, 0)).extra for chat in (OLD, NEW)] == [0, 42]


async def test_twice(database: Database) -> None:
    """Recording the same move twice changes nothing."""
    groups, chats = SqlGroups(database, CLOCK), SqlChats(database, CLOCK)
    await groups.put(OLD, STRICT)
    await chats.moved(OLD, NEW)
    await groups.greet(NEW)
    await chats.moved(OLD, NEW)
    assert await groups.rules(NEW) == STRICT


def _piece(chat_id: int, album_id: str, message_id: int) -> AlbumPart:
    source = Source(f"file {message_id}", f"unique {message_id}", 10)
    return AlbumPart(album_id, Destination(chat_id, None, message_id, "en"), "group", 1, source, "/edit")


async def test_open_albums(database: Database) -> None:
    """Incomplete albums move along with all pieces, but reply to no message, because message IDs start anew there."""
    albums = SqlAlbums(database, CLOCK)
    for piece in (_piece(OLD, "a", 5), _piece(OLD, "a", 6), _piece(NEW, "c", 5), _piece(OTHER, "b", 5)):
        await albums.add(piece)
    for _ in range(2):
        await SqlChats(database, CLOCK).moved(OLD, NEW)
        complete = {parts[0].album_id: parts for parts in await albums.complete(0)}
        assert {name: [part.address.chat_id for part in parts] for name, parts in complete.items()} == {
            "a": [NEW, NEW],
            "b": [OTHER],
            "c": [NEW],
        }
        assert [part.address.reply_to for part in complete["a"] + complete["c"]] == [None, None, 5]
        assert [part.source and part.source.file_id for part in complete["a"]] == ["file 5", "file 6"]
