"""Broadcasts reach each chat at most once, whatever happens in the middle."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from unittest.mock import AsyncMock

import pytest

from core.errors import (
    ChatGone,
    ChatMoved,
    Dropped,
    MessageGone,
    MessengerDown,
    MessengerError,
    NotConnected,
    NotShowable,
)
from core.models.broadcasts import BroadcastState, NewBroadcast
from core.models.group import GroupRules
from core.models.job import Destination
from core.models.timing import Timing
from core.services.broadcasts import PORTIONS, BroadcastService
from core.text import Renderable
from storage import broadcasts
from storage.access import SqlAccess
from storage.broadcasts import PORTION, SqlBroadcasts
from storage.chats import SqlChats
from storage.database import Database
from storage.groups import SqlGroups
from tests.unit.stores import HandClock, database_in

pytestmark = pytest.mark.usefixtures("each_database")

OPERATOR = 9
NEW = NewBroadcast("message:9:1", Destination(OPERATOR, None, 1, "en"), "Tonight <b>we</b> rest.")


class World:
    """Telegram: deliveries, failures for each chat, and the operator's message."""

    def __init__(self) -> None:
        self.got: Counter[int] = Counter()
        self.trouble: dict[int, MessengerError | type[BaseException]] = {}
        self.said: list[Renderable] = []
        self.shown: list[Renderable] = []
        self.buttons: list[Any] = []
        self.edits: dict[str, MessengerError] = {}

    async def room(self, _: int) -> None:
        """Return at once: there is always room."""

    async def proclaim(self, chat_id: int, words: str) -> None:
        """Deliver, or raise the failure that the test set for this chat."""
        assert words == NEW.words
        trouble = self.trouble.get(chat_id)
        if trouble is None or (isinstance(trouble, MessengerDown) and not isinstance(trouble, NotConnected)):
            self.got[chat_id] += 1
        if trouble is not None:
            raise trouble

    async def send_text(self, _: Destination, words: Renderable, *, keyboard: Any) -> int:
        """Store the question."""
        self.said.append(words)
        return 77

    async def edit(self, _: Destination, message_id: int, words: Renderable, *, keyboard: Any, progress: bool) -> None:
        """Store the progress."""
        assert message_id == 77
        if self.edits:
            raise self.edits.popitem()[1]
        self.shown.append(words)
        self.buttons.append(keyboard)


class Office:
    """A broadcast service on its own database."""

    def __init__(self, database: Database, world: World, portion: int = PORTION, portions: int = PORTIONS) -> None:
        self.clock, self.world, self.database = HandClock(), world, database
        self.store = SqlBroadcasts(database, self.clock, portion=portion)
        self.chats = SqlChats(database, self.clock)
        telegram, timing = cast("Any", world), Timing(broadcast_outage_s=0)
        self.broadcasting = BroadcastService(self.store, self.chats, telegram, telegram, timing, portions)

    async def begin(self, *chats: int) -> str:
        """Register these chats, start a broadcast to them, and return its ID."""
        for chat_id in chats:
            await self.chats.seen(chat_id, "private" if chat_id > 0 else "group")
        await self.broadcasting.ask(NEW)
        broadcast = await self.store.add(NEW)
        assert await self.broadcasting.start(broadcast.id)
        return broadcast.id

    async def send_all(self) -> None:
        """Send everything that is due, as the worker does."""
        while due := await self.broadcasting.take(3):
            await asyncio.gather(*map(self.broadcasting.send, due))

    async def told(self) -> dict[str, int]:
        """Return the numbers that the operator's message shows last."""
        await self.broadcasting.look()
        first, *rest = cast("Any", self.world.shown[-1]).parts
        return {"sent": first.params["sent"], "of": first.params["total"]} | {
            text.source.split()[-1]: text.count for text in rest
        }

    async def state(self) -> BroadcastState:
        """Return the broadcast's state."""
        return (await self.store.add(NEW)).state


@pytest.fixture
def portion() -> int:
    """Return how many chats are added at once; a test that needs another number parametrizes `portion`."""
    return PORTION


SMALL = pytest.mark.parametrize("portion", [2])


@pytest.fixture
async def office(tmp_path: Path, portion: int) -> AsyncIterator[Office]:
    """Open a broadcast service whose retries after an outage don't wait."""
    async with database_in(tmp_path) as database:
        yield Office(database, World(), portion)


async def test_who_gets_none(office: Office) -> None:
    """Channels, lost chats, groups that switched the bot off, banned users and later chats get no broadcast."""
    await office.chats.seen(-10, "channel")
    await office.chats.seen(11, "private")
    await office.chats.gone(11)
    await SqlAccess(office.database, office.clock).ban(12)
    groups = SqlGroups(office.database, office.clock)
    await groups.put(-14, GroupRules(is_on=False))
    await groups.put(-15, GroupRules(quiet=True))
    await office.begin(1, 12, -14, -15)
    await office.chats.seen(13, "private")
    await office.send_all()
    assert office.world.got == Counter([1, -15])


async def test_each_trouble_has_its_name(office: Office) -> None:
    """Lost chats, refusals and lost answers are counted separately, and no chat is tried again."""
    office.world.trouble = {1: ChatGone("blocked"), 2: NotShowable("no"), 3: MessengerDown("no answer")}
    await office.begin(1, 2, 3, 4)
    await office.send_all()
    office.world.trouble = {}
    await office.send_all()
    assert office.world.got == Counter([3, 4])
    told = await office.told()
    assert (told["sent"], told["of"], told["gone"], told["message"], told["not"]) == (1, 4, 1, 1, 1)
    assert (await office.store.add(NEW)).reach == 3


async def test_a_moved_group_gets_it_where_it_is_now(office: Office) -> None:
    """A group that became a supergroup gets the broadcast once under its new ID, even if that ID was known."""
    office.world.trouble = {-5: ChatMoved(-500), -6: ChatMoved(-600)}
    await office.begin(-5, -6, -600)
    await office.send_all()
    assert office.world.got == Counter([-500, -600])
    assert await office.told() == {"sent": 2, "of": 2}


async def test_an_outage_only_delays(office: Office) -> None:
    """A message that surely wasn't sent is sent once Telegram is reachable again."""
    office.world.trouble = {1: NotConnected("refused")}
    await office.begin(1)
    for _ in range(3):
        (recipient,) = await office.broadcasting.take(9)
        await office.broadcasting.send(recipient)
    office.world.trouble = {}
    await office.send_all()
    assert office.world.got == Counter([1])


async def test_a_crash_in_the_middle_sends_nothing_twice(office: Office) -> None:
    """After a crash, the chat whose message was being sent stays unsure, and every other chat gets it."""
    await office.begin(*range(1, 7))
    office.world.trouble = {3: asyncio.CancelledError}
    for recipient in await office.broadcasting.take(3):
        if recipient.chat_id == 3:
            with pytest.raises(asyncio.CancelledError):
                await office.broadcasting.send(recipient)
        else:
            await office.broadcasting.send(recipient)
    again = Office(office.database, office.world)
    office.world.trouble = {}
    await again.broadcasting.recall()
    await again.send_all()
    assert office.world.got == Counter([1, 2, 4, 5, 6])
    assert (await again.told())["not"] == 1
    assert await again.state() is BroadcastState.DONE


async def test_two_hands_on_one_chat_send_once(office: Office) -> None:
    """Of several attempts to send to one chat, exactly one claims it."""
    await office.begin(1)
    (recipient,) = await office.broadcasting.take(9)
    await asyncio.gather(*(office.broadcasting.send(recipient) for _ in range(5)))
    assert office.world.got == Counter([1])


@pytest.mark.parametrize("which", ["this one", "all"])
async def test_stopping_stops_what_waits_for_room(office: Office, which: str) -> None:
    """After a stop, even messages that already waited for room aren't sent, and the operator's message says so."""
    broadcast_id = await office.begin(1, 2, 3)
    first, *waiting = await office.broadcasting.take(9)
    await office.broadcasting.send(first)
    assert await office.broadcasting.stop(broadcast_id if which == "this one" else None) == 1
    assert await office.broadcasting.stop() == 0
    for recipient in waiting:
        await office.broadcasting.send(recipient)
    assert not await office.broadcasting.take(9)
    assert office.world.got == Counter([1])
    assert await office.told() == {"sent": 1, "of": 3}
    assert await office.state() is BroadcastState.STOPPED


async def test_the_operators_message_is_kept_up_to_date(office: Office) -> None:
    """The operator's message is edited when something changed, has a Stop button, and a failed edit is repeated."""
    await office.begin(1, 2)
    for _ in range(2):
        await office.broadcasting.look()
    assert len(office.world.shown) == 1
    assert office.world.buttons[0][0][0].data.startswith("broadcast:stop:")
    office.world.edits = {"later": Dropped("no room")}
    await office.send_all()
    await office.broadcasting.look()
    assert len(office.world.shown) == 1
    assert await office.told() == {"sent": 2, "of": 2}


async def test_a_deleted_message_is_not_missed(office: Office) -> None:
    """If the operator's message is deleted, the broadcast continues and the edits end."""
    await office.begin(1)
    await office.send_all()
    office.world.edits = {"gone": MessageGone("deleted")}
    await office.broadcasting.look()
    assert not await office.store.untold()


@SMALL
async def test_many_chats_are_added_in_portions(office: Office) -> None:
    """Sending begins with the first portion, the broadcast ends only after the last, and each chat gets it once."""
    await office.begin(1, 2, 3, 4, 5, -6, -7)
    await office.send_all()
    assert sum(office.world.got.values()) == 2
    await office.store.finish()
    assert await office.state() is BroadcastState.RUNNING
    assert (await office.told())["of"] == 7
    await office.send_all()
    assert office.world.got == Counter([1, 2, 3, 4, 5, -6, -7])
    assert await office.told() == {"sent": 7, "of": 7}
    assert await office.state() is BroadcastState.DONE
    assert (await office.store.add(NEW)).reach == 7


@SMALL
async def test_an_operators_press_waits_for_no_million(office: Office) -> None:
    """The operator's message updates at once, and each check adds a few portions, so Stop works in between."""
    office = Office(office.database, office.world, 2, portions=2)
    await office.begin(*range(1, 10))
    totals = []
    for step in (office.broadcasting.show, office.broadcasting.look, office.broadcasting.look):
        await step()
        ((_, tally),) = await office.store.untold()
        totals.append(tally.total)
    assert totals == [2, 6, 9]


@SMALL
async def test_a_crash_while_chats_are_added_misses_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a crash while chats were being added, the rest is added, and no chat gets the broadcast twice."""
    await office.begin(*range(1, 10))
    with monkeypatch.context() as patch:
        patch.setattr(broadcasts, "rest", AsyncMock(side_effect=[None, asyncio.CancelledError]))
        with pytest.raises(asyncio.CancelledError):
            await office.broadcasting.look()
    await office.send_all()
    assert 0 < len(office.world.got) < 9
    again = Office(office.database, office.world, 2)
    await again.broadcasting.recall()
    await asyncio.gather(*(again.broadcasting.look() for _ in range(3)))
    await again.send_all()
    assert again.world.got == Counter(range(1, 10))
    assert await again.told() == {"sent": 9, "of": 9}


@SMALL
async def test_stopping_also_ends_the_adding(office: Office) -> None:
    """After a stop, no further chats are added."""
    await office.begin(1, 2, 3, 4, 5)
    await office.broadcasting.stop()
    assert await office.told() == {"sent": 0, "of": 2}
    assert not await office.broadcasting.take(9)
