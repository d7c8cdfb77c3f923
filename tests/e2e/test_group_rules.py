"""Rules that a group's admins set: who may use the bot, whether it is on, quiet mode, and the daily limit."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, NAME, PATIENT, Message, Room, Studio, picture, says, stencil, until, words_of

ONLY_ADMINS = "only for admins"
ONLY_LISTED = "only for some members"
EYES = ["👀"]


@pytest.fixture
async def room(idle: Studio) -> Room:
    """Return the group, in which Ada is an admin and Ben isn't."""
    return await Room.opened(idle, "group")


async def menu_of(room: Room) -> Message:
    """Open the group's rules as Ada, and return the menu."""
    menu = await room.studio.answer(await room.say("/settings", ADA), "Settings of this chat")
    await room.press(menu, "rule:show", ADA)
    await until(lambda: says("Rules of this chat")(room.now(menu) or {}))
    return menu


async def rule(room: Room, name: str, value: str) -> Message:
    """Set a rule as Ada, and return the menu, which is then the bot's last message."""
    menu = await menu_of(room)
    before = words_of(room.now(menu) or {})
    await room.studio.world.press(room.chat_id, menu["message_id"], ADA, f"rule:{name}:{value}")
    await until(lambda: words_of(room.now(menu) or {}) != before)
    await room.studio.heard_everything()
    return menu


async def all_dealt_with(studio: Studio) -> None:
    """Wait until every update and every album is handled."""
    await studio.heard_everything()
    await until(lambda: not studio.rows("albums WHERE closed_at IS NULL"))


# --- the menu -----------------------------------------------------------------------------------------------------


async def test_the_rules_open_below_the_settings(room: Room) -> None:
    """/settings of a group leads to its rules with the current ones marked; a private chat has none."""
    menu = await menu_of(room)
    said = words_of(room.now(menu) or {})
    assert ("The bot is: On" in said, "It works for: Everyone" in said, "Credits a day: No limit" in said) == (
        True,
    ) * 3
    marked = [button["text"] for button in room.buttons(menu) if "●" in button["text"]]
    assert marked == ["● On", "● Everyone", "● Not quiet", "● A remark", "● No limit here"]
    alone = await room.studio.answer(await room.studio.say("/settings"))
    assert "Rules" not in str(alone["reply_markup"])


async def test_the_rules_lead_back_and_close(room: Room) -> None:
    """⬅ leads to the settings, ✖ removes the menu; both are for admins only."""
    menu = await menu_of(room)
    for data in ("set.back", "rule:close:menu"):
        answer = await room.studio.world.press(room.chat_id, menu["message_id"], BEN, data)
        assert "Only admins" in answer["text"]
    await room.studio.world.press(room.chat_id, menu["message_id"], ADA, "set.back")
    await until(lambda: "Settings of this chat" in words_of(room.now(menu) or {}))
    await room.studio.world.press(room.chat_id, menu["message_id"], ADA, "rule:show:rules")
    await until(lambda: "Rules of this chat" in words_of(room.now(menu) or {}))
    await room.studio.world.press(room.chat_id, menu["message_id"], ADA, "rule:close:menu")
    await until(lambda: room.now(menu) is None)


async def test_only_admins_open_and_press_them(room: Room) -> None:
    """A member can't open the settings or press another's menu, and is told why."""
    await room.studio.answer(await room.say("/settings", BEN), "Only admins")
    menu = await menu_of(room)
    before = room.now(menu)
    for name, value in (("is_on", "off"), ("who", "admins"), ("daily", "60"), ("reply_edits", "on"), ("quiet", "on")):
        answer = await room.studio.world.press(GROUP, menu["message_id"], BEN, f"rule:{name}:{value}")
        assert "Only admins" in answer["text"]
        assert answer["show_alert"]
    assert room.now(menu) == before
    assert not room.studio.rows("groups WHERE rules != '{}'")


async def test_rules_stick(room: Room) -> None:
    """Rules survive a restart, and move along when the group becomes a supergroup."""
    studio = room.studio
    small = studio.world.open_group("Small", [ADA, BEN])
    here = Room(studio, small.id, BEN)
    await rule(here, "who", "admins")
    await studio.restart()
    await studio.answer(await here.say("/imagine a fox"), ONLY_ADMINS)
    there = Room(studio, studio.world.migrate(small.id), BEN)
    await studio.heard_everything()
    await studio.answer(await there.say("/imagine a fox"), ONLY_ADMINS)
    await there.paint("a fox", ADA)


# --- who may order ------------------------------------------------------------------------------------------------


async def test_for_admins_only(room: Room) -> None:
    """If only admins may order, members are refused in every way of ordering, and nothing is stored."""
    own = await room.paint("a fox", BEN)
    await rule(room, "who", "admins")
    for words in ("/imagine a hare", f"@{NAME} a hare", "/imagine a hare --n 4"):
        await room.studio.answer(await room.say(words), ONLY_ADMINS)
    await room.studio.answer(await room.say("/edit at night", reply_to=own["message_id"]), ONLY_ADMINS)
    album = [(f"{number}.png", picture((20 + number, 20)), False) for number in range(2)]
    await room.studio.answer(await room.say("/edit at night", files=album), ONLY_ADMINS)
    assert ONLY_ADMINS in (await room.press(own, "again"))["text"]
    assert len(room.studio.rows("jobs")) == 1
    await room.paint("a hare", ADA)


async def test_for_admins_also_by_mask(room: Room) -> None:
    """If only admins may order, a member's masked edit is refused, too."""
    await rule(room, "who", "admins")
    files = [("a.png", picture((90, 60)), False), ("mask.png", stencil(), False)]
    room.studio.world.chats[GROUP].privacy = False
    refused = await room.say("/mask a red door", files=files)
    await all_dealt_with(room.studio)
    assert not [one for one in room.studio.from_bot(GROUP) if "photo" in one]
    await room.studio.answer(refused, ONLY_ADMINS)


async def test_for_those_on_the_list(room: Room) -> None:
    """/allow in reply to a member lists them, /disallow removes them, and others are refused."""
    await rule(room, "who", "listed")
    asked = await room.say("/imagine a fox")
    await room.studio.answer(asked, ONLY_LISTED)
    await room.studio.answer(await room.say("/allow", ADA, reply_to=asked["message_id"]), "Noted")
    await room.paint("a fox")
    assert "Listed: 1" in words_of(room.now(await menu_of(room)) or {})
    await room.studio.answer(await room.say("/disallow", ADA, reply_to=asked["message_id"]), "Noted")
    await room.studio.answer(await room.say("/imagine a hare"), ONLY_LISTED)
    assert len(room.studio.rows("jobs")) == 1


async def test_only_admins_keep_the_list(room: Room) -> None:
    """Members can't list anyone, not even themselves."""
    asked = await room.say("/imagine a fox")
    for words in ("/allow", "/disallow"):
        await room.studio.answer(await room.say(words, reply_to=asked["message_id"]), "Only admins")
    assert not room.studio.rows("groups WHERE rules != '{}'")


@pytest.mark.parametrize("topic", [None, 2], ids=["general", "topic"])
async def test_the_list_needs_somebody(room: Room, topic: int | None) -> None:
    """/allow without a reply says that it needs one, also in a topic, where Telegram adds one, and below the bot."""
    await room.studio.answer(await room.say("/allow", ADA, thread_id=topic), "Reply with this command")
    shown = await room.paint("a fox")
    await room.studio.answer(await room.say("/allow", ADA, reply_to=shown["message_id"]), "Reply with this command")
    assert not room.studio.rows("groups WHERE rules != '{}'")


# --- on and off ---------------------------------------------------------------------------------------------------

ASKING = [
    "/imagine a fox",
    f"@{NAME} a fox",
    "/imagine",
    "/cancel",
    "/edit at night",
    f"/weather@{NAME}",
    "/history",
    "/me",
]


@pytest.mark.parametrize("words", ASKING)
async def test_switched_off_it_says_nothing(room: Room, words: str) -> None:
    """If the bot is off, it ignores every request silently."""
    menu = await rule(room, "is_on", "off")
    await room.say(words)
    await all_dealt_with(room.studio)
    assert room.studio.from_bot(GROUP)[-1]["message_id"] == menu["message_id"]
    assert not room.studio.rows("jobs")


@PATIENT
@pytest.mark.parametrize("how", ["button", "command", "admin"])
async def test_switched_off_what_waits_can_be_called_off(room: Room, how: str) -> None:
    """If the bot is off, the requester and the admins can still cancel waiting jobs without cost."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    await room.studio.refused_once()
    await rule(room, "is_on", "off")
    if how == "button":
        await room.press(placeholder, "stop")
    else:
        await room.say("/cancel", ADA if how == "admin" else BEN, reply_to=asked["message_id"])
    await until(lambda: room.studio.rows("jobs WHERE state = 'cancelled' AND reserved = 0"))


async def test_switched_off_nobody_is_told_whose_order_it_is(room: Room) -> None:
    """If the bot is off, a member who may not cancel a job gets no answer."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await room.say("/imagine a fox", ADA)
    await room.studio.answer(asked)
    menu = await rule(room, "is_on", "off")
    await room.say("/cancel", BEN, reply_to=asked["message_id"])
    await all_dealt_with(room.studio)
    assert room.studio.from_bot(GROUP)[-1]["message_id"] == menu["message_id"]


async def test_switched_off_albums_are_let_go(room: Room) -> None:
    """If the bot is off, albums are ignored and don't delay other chats' albums."""
    menu = await rule(room, "is_on", "off")
    files = [(f"{number}.png", picture((20 + number, 20)), False) for number in range(2)]
    await room.say("/edit at night", files=files)
    await all_dealt_with(room.studio)
    await room.studio.picture(await room.studio.say("at night", files=files))
    assert room.studio.from_bot(GROUP)[-1]["message_id"] == menu["message_id"]


async def test_it_is_switched_on_again(room: Room) -> None:
    """Admins can switch the bot on again, and it doesn't make up for earlier requests."""
    await rule(room, "is_on", "off")
    await room.say("/imagine a hare")
    await rule(room, "is_on", "on")
    assert (await room.paint("a fox"))["caption"] == "a fox"
    assert [order["prompt"] for order in room.studio.images.generated] == ["a fox"]


# --- quiet --------------------------------------------------------------------------------------------------------


async def test_quiet_there_is_a_reaction_and_one_message(room: Room) -> None:
    """In quiet mode, an order gets a reaction while it is in progress, and then one message with the picture."""
    menu = await rule(room, "quiet", "on")
    room.studio.images.duration_s = 0.3
    asked = await room.say("/imagine a fox")
    await until(lambda: room.studio.world.reactions(GROUP) == {asked["message_id"]: EYES})
    await room.studio.in_state("generating")
    assert room.studio.from_bot(GROUP)[-1]["message_id"] == menu["message_id"]
    shown = await room.studio.picture(asked)
    await until(lambda: not room.studio.world.reactions(GROUP))
    assert [one["message_id"] for one in room.studio.from_bot(GROUP)][-1] == shown["message_id"]
    assert len(room.studio.from_bot(GROUP)) == 2


async def test_quiet_albums(room: Room) -> None:
    """In quiet mode, two pictures arrive as an album with one message below, and nothing before."""
    menu = await rule(room, "quiet", "on")
    await room.say("/imagine foxes --n 2")
    words = await room.come(lambda message: "reply_markup" in message and "foxes" in words_of(message), menu)
    mine = [one for one in room.studio.from_bot(GROUP) if one["message_id"] > menu["message_id"]]
    assert ["photo" in one for one in mine] == [True, True, False]
    assert mine[-1]["message_id"] == words["message_id"]
    await until(lambda: not room.studio.world.reactions(GROUP))


async def test_quiet_failures_are_told(room: Room) -> None:
    """In quiet mode, a failure is told to the requester, and the reaction is removed."""
    await rule(room, "quiet", "on")
    failed = await room.studio.answer(await room.say("/imagine something forbidden"), "content policy")
    assert room.data(failed, "reword:")
    await until(lambda: not room.studio.world.reactions(GROUP))


async def test_quiet_where_reactions_are_switched_off(room: Room) -> None:
    """In a group without reactions, quiet mode uses the placeholder."""
    await rule(room, "quiet", "on")
    room.studio.world.chats[GROUP].reactions_allowed = []
    room.studio.images.duration_s = 0.3
    asked = await room.say("/imagine a fox")
    assert "text" in await room.studio.answer(asked, "Painting")
    await room.studio.picture(asked)


# --- credits of a chat --------------------------------------------------------------------------------------------


async def test_a_chats_own_limit(idle: Studio) -> None:
    """A group's own daily limit is shared by its members and doesn't count elsewhere."""
    room = Room.of(idle, "group")
    await idle.start(credits_per_picture=25)
    await rule(room, "daily", "60")
    await room.paint("a fox", BEN)
    await room.paint("a fox", ADA)
    for person in (ADA, BEN):
        await idle.answer(await room.say("/imagine a fox", person), "This chat has no pictures left.")
    assert len(idle.rows("jobs")) == 2
    await idle.picture(await idle.say("a fox", BEN))
    await rule(room, "daily", "none")
    await room.paint("a fox", BEN)


async def test_admins_cannot_give_more_than_the_operator(idle: Studio) -> None:
    """A group's own limit can't exceed the operator's."""
    room = Room.of(idle, "group")
    await idle.start(credits_per_picture=25, daily_credits_per_chat=30)
    await rule(room, "daily", "600")
    await room.paint("a fox")
    await idle.answer(await room.say("/imagine a hare"), "This chat has no pictures left.")
