"""The bot greets a new group once, and ends its jobs silently after it is removed or blocked."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, EVERYWHERE, Message, Room, Studio, until, words_of

HELLO = "I paint here when you ask me to"


def _greetings(studio: Studio, chat_id: int) -> list[Message]:
    return [message for message in studio.from_bot(chat_id) if HELLO in words_of(message)]


# --- joining ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("privacy", [True, False], ids=["privacy", "hears all"])
async def test_one_short_greeting(studio: Studio, privacy: bool) -> None:
    """A new group gets one short message that explains how to ask, without buttons."""
    small = studio.world.open_group("Small", [ADA, BEN], privacy=privacy)
    await studio.world.wait_for(small.id, lambda message: HELLO in words_of(message))
    await studio.heard_everything()
    (greeting,) = studio.from_bot(small.id)
    assert "/imagine" in greeting["text"]
    assert "/edit" in greeting["text"]
    assert len(greeting["text"]) < 250
    assert "reply_markup" not in greeting


async def test_greeted_once_and_for_all(studio: Studio) -> None:
    """A promotion, a return, a restart or a migration to a supergroup causes no second greeting."""
    studio.world.limits.enabled = False
    bot = studio.world.bot["id"]
    small = studio.world.open_group("Small", [ADA, BEN]).id
    await studio.heard_everything()
    studio.world.promote(small, bot)
    studio.world.demote(small, bot)
    studio.world.kick(small)
    await studio.heard_everything()
    studio.world.add_bot(small, by=BEN)
    await studio.heard_everything()
    await studio.restart()
    grown = studio.world.migrate(small)
    await studio.heard_everything()
    studio.world.promote(grown, bot)
    await studio.heard_everything()
    assert len(_greetings(studio, small)) == 1
    assert not studio.from_bot(grown)


async def test_what_it_becomes_later_is_no_joining(studio: Studio) -> None:
    """A group that the bot already belonged to isn't greeted when the bot's status changes."""
    bot = studio.world.bot["id"]
    hall = studio.world.add_chat("supergroup", "Hall", [ADA, BEN])
    studio.world.promote(hall.id, bot)
    studio.world.restrict(hall.id, bot)
    await studio.heard_everything()
    assert not studio.from_bot(hall.id)


async def test_others_who_join_are_not_greeted(studio: Studio) -> None:
    """Members who join or leave aren't greeted, even if the bot is an admin."""
    hall = studio.world.add_chat("supergroup", "Hall", [ADA, BEN], privacy=False)
    studio.world.promote(hall.id, studio.world.bot["id"])
    await studio.heard_everything()
    before = studio.from_bot(hall.id)
    guest = studio.person()
    studio.world.join(hall.id, guest, by=ADA)
    studio.world.promote(hall.id, guest)
    studio.world.leave(hall.id, guest)
    await studio.heard_everything()
    assert studio.from_bot(hall.id) == before


async def test_a_channel_is_not_greeted(studio: Studio) -> None:
    """The bot posts nothing in a channel when it becomes an admin there."""
    channel = studio.world.add_channel("Foxes daily", [ADA])
    studio.world.demote(channel.id, studio.world.bot["id"])
    studio.world.promote(channel.id, studio.world.bot["id"])
    await studio.heard_everything()
    assert not studio.world.messages(channel.id)


async def test_a_group_where_it_may_not_write(studio: Studio) -> None:
    """If the bot may not write in a new group, it tries once and logs no error."""
    studio.faults.add(Fault("telegram", "sendMessage", "code", "400:Bad Request: CHAT_WRITE_FORBIDDEN"))
    small = studio.world.open_group("Small", [ADA, BEN])
    await studio.heard_everything()
    assert not studio.from_bot(small.id)
    assert len(studio.world.log.of("sendMessage")) == 1


# --- leaving ------------------------------------------------------------------------------------------------------


def _away(room: Room) -> None:
    if room.is_group:
        room.studio.world.kick(room.chat_id)
    else:
        room.studio.world.block(room.person)


def _back(room: Room) -> None:
    if room.is_group:
        room.studio.world.add_bot(room.chat_id)
    else:
        room.studio.world.block(room.person, blocked=False)


def _calls(room: Room) -> int:
    """Return the number of Telegram calls for this chat."""
    calls = room.studio.world.log.calls
    return sum(str(call["params"].get("chat_id")) == str(room.chat_id) for call in calls if call["wire"] == "telegram")


async def _all_ended(room: Room) -> None:
    await until(lambda: not room.studio.rows("jobs WHERE state NOT IN ('delivered', 'cancelled')"))


@EVERYWHERE
async def test_orders_at_the_service_end_quietly(room: Room) -> None:
    """Submitted jobs of a lost chat end without a retry: one Telegram call each, and one question about the chat."""
    held = room.studio.hold_tasks()
    await room.studio.answer(await room.say("/imagine a fox"))
    await room.studio.answer(await room.say("/imagine foxes --n 2"))
    await room.studio.in_state("generating", 2)
    _away(room)
    await room.studio.heard_everything()
    calls = _calls(room)
    held.release()
    await _all_ended(room)
    assert [job["state"] for job in room.studio.rows("jobs")] == ["cancelled"] * 2
    ended = _calls(room)
    assert ended - calls <= 3
    await room.studio.restart()
    await room.studio.picture(await room.studio.say("a hare", room.studio.person()))
    assert _calls(room) == ended


@EVERYWHERE
async def test_orders_that_wait_are_never_submitted(room: Room) -> None:
    """Queued jobs of a lost chat are never submitted."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    await room.studio.answer(await room.say("/imagine a fox"))
    await until(lambda: room.studio.asked_of_api("generate"))
    _away(room)
    await _all_ended(room)
    room.studio.faults.clear()
    _back(room)
    await room.studio.heard_everything()
    await room.paint("a hare")
    assert [task.prompt for task in room.studio.images.tasks.values()] == ["a hare"]


@EVERYWHERE
async def test_nobody_tells_and_it_is_noticed(room: Room) -> None:
    """If the notice of the removal is lost, the first refusal ends all jobs of the chat."""
    held = room.studio.hold_tasks()
    await room.studio.answer(await room.say("/imagine a fox"))
    await room.studio.in_state("generating")
    room.studio.world.chats[room.chat_id].bot_status = "kicked"
    held.release()
    await _all_ended(room)
    assert [job["state"] for job in room.studio.rows("jobs")] == ["cancelled"]
    assert room.studio.rows(f"chats WHERE chat_id = {room.chat_id}")[0]["gone_at"]


@EVERYWHERE
async def test_it_comes_back_to_work(room: Room) -> None:
    """An unblocked or returned bot serves the chat again, without the old jobs."""
    held = room.studio.hold_tasks()
    old = await room.say("/imagine a fox")
    await room.studio.in_state("generating")
    _away(room)
    await room.studio.heard_everything()
    held.release()
    await _all_ended(room)
    _back(room)
    await room.studio.heard_everything()
    await room.paint("a hare")
    assert not [one for one in room.studio.from_bot(room.chat_id) if "photo" in one and room.studio.answers(one, old)]
    assert not room.studio.rows(f"chats WHERE chat_id = {room.chat_id} AND gone_at IS NOT NULL")


async def test_the_rules_outlive_a_removal(idle: Studio) -> None:
    """A group's rules still apply after the bot was removed and brought back."""
    room = await Room.opened(idle, "group")
    await idle.rewrite("INSERT INTO groups (chat_id, rules) VALUES (?, ?)", room.chat_id, '{"who": "admins"}')
    room.studio.world.kick(room.chat_id)
    await idle.heard_everything()
    room.studio.world.add_bot(room.chat_id)
    await idle.answer(await room.say("/imagine a fox"), "only for admins")
