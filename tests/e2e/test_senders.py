"""Senders in a group: anonymous admins, channels, forwarded channel posts, forwards and bots."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.telegram.chats import Chat
from tests.e2e.kit import (
    ADA,
    BEN,
    GROUP,
    NAME,
    PATIENT,
    Message,
    Room,
    Studio,
    color_of,
    picture,
    says,
    shows,
    until,
    words_of,
)
from tests.e2e.test_group_rules import all_dealt_with, menu_of, rule

ROBOT = 3001
FORWARDED = {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Ada"}}


@pytest.fixture
async def room(idle: Studio) -> Room:
    """Return the group, without privacy mode."""
    room = await Room.opened(idle, "group")
    idle.world.chats[GROUP].privacy = False
    return room


@pytest.fixture
def channel(room: Room) -> Chat:
    """Return a channel of Ben's, as which he may send messages in the group."""
    return room.studio.world.add_channel("Foxes daily", [BEN])


@pytest.fixture
def linked(room: Room) -> Iterator[Chat]:
    """Return a channel of Ada's, whose discussion group is the group."""
    channel = room.studio.world.add_channel("News", [ADA], discussed_in=GROUP)
    yield channel
    del room.studio.world.chats[channel.id]  # its posts have no sender, which a later check of all chats needs


async def _ignored(room: Room, jobs: int = 0) -> None:
    """Check that the bot said, ordered and decided nothing."""
    await all_dealt_with(room.studio)
    mine = room.studio.world.bot["id"]
    assert [one for one in room.studio.world.messages(GROUP) if one["from"]["id"] == mine and "photo" not in one] == []
    assert not room.studio.world.reactions(GROUP)
    assert len(room.studio.rows("jobs")) == jobs
    assert not room.studio.rows("questions")
    assert not room.studio.rows("groups WHERE rules != '{}'")


def _command(words: str) -> dict[str, Any]:
    return {
        "text": words,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(words.split(maxsplit=1)[0])}],
    }


# --- channels -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def allowed(room: Room, channel: Chat) -> Chat:
    """Return the channel after an admin allowed it to order."""
    said = await room.say("hello", as_chat=channel.id)
    await room.studio.answer(await room.say("/allow", ADA, reply_to=said["message_id"]), "Noted")
    return channel


async def test_a_channel_is_nobody_before_an_admin_allows_it(room: Room, channel: Chat) -> None:
    """A channel can't order until an admin allows it, because channels are free to create."""
    await room.studio.answer(await room.say("/imagine a fox", as_chat=channel.id), "once an admin of this chat replies")
    assert not room.studio.rows("jobs")


async def test_a_person_in_a_channels_name_is_served(room: Room, allowed: Chat) -> None:
    """An order in a channel's name belongs to the channel, and is answered by a reply."""
    channel = allowed
    asked = await room.say("/imagine a fox", as_chat=channel.id)
    await room.studio.picture(asked)
    again = await room.say(f"@{NAME} a hare", as_chat=channel.id)
    await room.studio.picture(again)
    assert [job["asked_by"] for job in room.studio.rows("jobs")] == [channel.id] * 2


async def test_a_channels_admin_in_its_discussion_group(room: Room, linked: Chat) -> None:
    """Orders in the name of the linked channel work in its discussion group, and post nothing in the channel."""
    asked = await room.say("/imagine a fox", ADA, as_chat=linked.id)
    await room.studio.picture(asked)
    photo = await room.say("/edit at night", ADA, as_chat=linked.id, files=[("a.png", picture(color="red"), False)])
    shown = await room.come(shows("photo"), photo)
    assert shown["reply_to_message"]["message_id"] == photo["message_id"]
    assert not room.studio.world.messages(linked.id)


@pytest.mark.parametrize(
    "words", ["/imagine a fox", f"/imagine@{NAME} a fox", f"@{NAME} a fox", "/settings", "/cancel"]
)
async def test_posts_of_channels_are_ignored(room: Room, linked: Chat, words: str) -> None:
    """Posts in a channel and their copies in the discussion group are ignored."""
    files = [(f"{number}.png", picture((20 + number, 20)), False) for number in range(2)]
    await room.studio.world.say(linked.id, ADA, words)
    await room.studio.world.say(linked.id, ADA, words, files=files[:1])
    await room.studio.world.say(linked.id, ADA, words, files=files)
    await _ignored(room)
    assert len(room.studio.world.messages(linked.id)) == 4


async def test_a_comment_under_a_post_means_its_picture(room: Room, linked: Chat) -> None:
    """`/edit` in reply to the copy of a post edits the post's picture."""
    await room.studio.world.say(linked.id, ADA, "look", files=[("a.png", picture(color="red"), False)])
    echo = room.studio.world.messages(GROUP)[-1]
    assert echo["is_automatic_forward"]
    await room.edit("make it night", echo)
    assert [color_of(data) for data in room.studio.inputs()] == [(255, 0, 0)]


ONLY_FOR_ADMINS = [("/settings", "Only admins"), ("/allow", "Only admins"), ("/cancel", "Only the person who asked")]


@pytest.mark.parametrize(("words", "refusal"), ONLY_FOR_ADMINS)
async def test_a_channel_is_no_admin(room: Room, channel: Chat, words: str, refusal: str) -> None:
    """Admins' commands are refused to a channel."""
    held = room.studio.hold_tasks()
    order = await room.say("/imagine a fox", ADA)
    await room.studio.in_state("generating")
    asked = await room.say(words, as_chat=channel.id, reply_to=order["message_id"])
    await room.studio.answer(asked, refusal)
    held.release()
    await room.studio.picture(order)
    assert not room.studio.rows("groups WHERE rules != '{}'")


async def test_a_channel_is_refused_where_only_admins_order(room: Room, channel: Chat) -> None:
    """If only admins may order, a channel is refused."""
    await rule(room, "who", "admins")
    await room.studio.answer(await room.say("/imagine a fox", as_chat=channel.id), "only for admins")


async def test_a_channel_on_the_list(room: Room, channel: Chat) -> None:
    """A listed channel may order, but its owner may not."""
    await rule(room, "who", "listed")
    asked = await room.say("/imagine a fox", as_chat=channel.id)
    await room.studio.answer(asked, "only for some members")
    await room.studio.answer(await room.say("/allow", ADA, reply_to=asked["message_id"]), "Noted")
    await room.studio.picture(await room.say("/imagine a fox", as_chat=channel.id))
    await room.studio.answer(await room.say("/imagine a fox", BEN), "only for some members")


# --- anonymous admins ---------------------------------------------------------------------------------------------


@pytest.fixture
def hidden(room: Room) -> Room:
    """Make Ben an anonymous admin, who talks in the group's name."""
    room.studio.world.promote(GROUP, BEN, anonymous=True)
    return room


@pytest.mark.parametrize("who", ["everyone", "admins", "listed"])
async def test_an_anonymous_admins_orders_are_taken(hidden: Room, who: str) -> None:
    """An anonymous admin may order under every rule, and can use the buttons of the results."""
    if who != "everyone":
        await rule(hidden, "who", who)
    shown = await hidden.studio.picture(await hidden.say("/imagine a fox"))
    await hidden.press(shown, "again", BEN)
    await hidden.come(shows("photo"), shown)
    await hidden.press(shown, "del", BEN)
    await until(lambda: len(hidden.buttons(shown)) == 2)


async def test_an_anonymous_admin_makes_the_rules(hidden: Room) -> None:
    """An anonymous admin can open the settings, set rules and edit the list."""
    studio = hidden.studio
    menu = await studio.answer(await hidden.say("/settings"), "Settings of this chat")
    await hidden.press(menu, "rule:show", BEN)
    await until(lambda: "Rules of this chat" in words_of(hidden.now(menu) or {}))
    await studio.world.press(GROUP, menu["message_id"], BEN, "rule:who:listed")
    await until(lambda: "Listed: 0" in words_of(hidden.now(menu) or {}))
    guest = studio.person()
    studio.world.join(GROUP, guest)
    asked = await hidden.say("/imagine a fox", guest)
    await studio.answer(asked, "only for some members")
    await studio.answer(await hidden.say("/allow", reply_to=asked["message_id"]), "Noted")
    await hidden.paint("a fox", guest)


async def test_an_anonymous_admin_answers_a_question(hidden: Room) -> None:
    """An anonymous admin who pressed ✏️ may answer in the group's name, but a plain member may not."""
    room = hidden
    shown = await room.studio.picture(await room.say("/imagine a fox"))
    await room.studio.in_state("delivered")
    await room.press(shown, "edit")
    question = await room.come(says("What should change"), shown)
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    await room.say("make it day", guest, reply_to=question["message_id"])
    await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
    assert [order["prompt"] for order in room.studio.images.generated] == ["a fox", "make it night"]
    assert room.studio.inputs() == room.studio.outputs(0)


async def test_a_remark_of_an_anonymous_admin_is_left_alone(hidden: Room) -> None:
    """A reply in the group's name to another admin's old question is ignored."""
    photo = await hidden.say("/edit", ADA, files=[("a.png", picture(), False)])
    question = await hidden.studio.answer(photo, "What should I do with it")
    await hidden.studio.heard_everything()
    await hidden.studio.rewrite("UPDATE questions SET asked_at = asked_at - ?", 25 * 3_600_000)
    await hidden.say("lovely, thanks Ada", reply_to=question["message_id"])
    await all_dealt_with(hidden.studio)
    mine = [one for one in hidden.studio.from_bot(GROUP) if one["from"]["id"] == hidden.studio.world.bot["id"]]
    assert mine == [question]
    assert not hidden.studio.rows("jobs")


@PATIENT
async def test_an_anonymous_admin_cancels_anybodys_order(hidden: Room) -> None:
    """An anonymous admin can cancel any member's job with /cancel in reply."""
    hidden.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    order = await hidden.say("/imagine a fox", ADA)
    placeholder = await hidden.studio.answer(order)
    await hidden.studio.refused_once()
    await hidden.say("/cancel", reply_to=order["message_id"])
    await until(lambda: "Canceled" in words_of(hidden.now(placeholder) or {}))


# --- forwards and bots --------------------------------------------------------------------------------------------

ORDERS = [
    "/imagine a fox",
    f"/imagine@{NAME} a fox",
    f"@{NAME} a fox",
    "/settings",
    "/allow",
    "/me",
    f"/nothing@{NAME}",
]


@pytest.mark.parametrize("words", ORDERS)
async def test_forwarded_words_are_no_order(room: Room, words: str) -> None:
    """A forwarded command orders and decides nothing, even an admin's or in reply to a picture."""
    photo = await room.say("look", BEN, files=[("a.png", picture(), False)])
    for person in (ADA, BEN):
        room.studio.world.say_raw(GROUP, person, _command(words) | FORWARDED)
        room.studio.world.say_raw(GROUP, person, _command(words) | FORWARDED, reply_to=photo["message_id"])
    pictured = {key: value for key, value in photo.items() if key == "photo"} | {"caption": words}
    room.studio.world.say_raw(GROUP, BEN, pictured | FORWARDED)
    await _ignored(room)


@pytest.mark.parametrize("words", ["/imagine a fox", f"/imagine@{NAME} a fox", "/imagine@other_bot a fox --n 4", "/me"])
async def test_a_forwarded_command_in_private(room: Room, words: str) -> None:
    """A command forwarded in private isn't run, and the user is told; other forwarded text is an order."""
    studio = room.studio
    forwarded = studio.world.say_raw(ADA, ADA, _command(words) | FORWARDED)
    await studio.answer(forwarded, "forwarded command")
    await studio.heard_everything()
    assert not studio.rows("jobs")
    assert len(studio.from_bot(ADA)) == 1
    await studio.picture(studio.world.say_raw(ADA, ADA, {"text": "a fox"} | FORWARDED))


@pytest.mark.parametrize("words", ORDERS)
async def test_other_bots_are_no_customers(room: Room, words: str) -> None:
    """Another bot's messages are ignored, so that no two bots talk forever."""
    world = room.studio.world
    robot = world.add_person(ROBOT, "Robot", "robot_bot", bot=True)
    shown = await room.paint("a fox")
    for reply in (None, shown):
        message = world.post(world.chats[GROUP], robot, _command(words), reply=reply)
        world.updates.add("message", message, GROUP)
    await _ignored(room, jobs=1)


async def test_a_bot_in_charge_decides_nothing(room: Room) -> None:
    """A bot that is an admin can't decide anything."""
    world = room.studio.world
    robot = world.add_person(ROBOT, "Robot", "robot_bot", bot=True)
    world.join(GROUP, ROBOT)
    world.promote(GROUP, ROBOT)
    menu = await menu_of(room)
    before = room.now(menu)
    message = world.post(world.chats[GROUP], robot, _command("/allow"), reply=menu)
    world.updates.add("message", message, GROUP)
    await all_dealt_with(room.studio)
    assert room.now(menu) == before == room.studio.world.messages(GROUP)[-2]
    assert not room.studio.rows("groups WHERE rules != '{}'")


# --- at the same time ---------------------------------------------------------------------------------------------


async def test_two_people_go_on_from_one_picture(room: Room) -> None:
    """Two members who reply to one result at the same time get an edit each."""
    shown = await room.paint("a fox", ADA)
    parent = room.studio.rows("jobs")[0]["id"]
    asked = await asyncio.gather(
        room.say("/edit make it night", ADA, reply_to=shown["message_id"]),
        room.say("/edit with snow", BEN, reply_to=shown["message_id"]),
    )
    edits: list[Message] = [await room.studio.picture(one) for one in asked]
    assert [edit["caption"] for edit in edits] == ["make it night", "with snow"]
    jobs = room.studio.rows("jobs WHERE parent_id IS NOT NULL")
    assert sorted((job["asked_by"], job["parent_id"], job["parent_position"]) for job in jobs) == [
        (ADA, parent, 0),
        (BEN, parent, 0),
    ]
    assert room.studio.inputs(1) == room.studio.inputs(2) == room.studio.outputs(0)
