"""Operators name people by @name, by a reply or by number, and see names beside numbers."""

import asyncio
from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, GROUP, NAME, Message, Studio, until, words_of
from tests.e2e.operator_kit import ask, becomes

CY = 7001


@pytest.fixture
async def known(office: Studio) -> Studio:
    """Let Cy, who has a user name in mixed case, write to the bot."""
    office.world.add_person(CY, "Cy", "Cy_Fox")
    await ask(office, "/me", person=CY)
    await until(lambda: office.rows(f"names WHERE id = {CY}"))
    return office


def _forwarded(studio: Studio, origin: dict[str, Any]) -> Message:
    """Forward a message to the bot; a forward without a picture or an order costs nothing."""
    return studio.world.say_raw(ADA, ADA, {"text": "/start", "forward_origin": {"date": 1, **origin}})


def _user(person: int, **more: Any) -> dict[str, Any]:
    return {"type": "user", "sender_user": {"id": person, "is_bot": False, "first_name": "Cy", **more}}


# --- by @name -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["@Cy_Fox", "@cy_fox", "@CY_FOX", "@cy_fox ", "@cy_fox,", str(CY)])
async def test_every_command_takes_a_name(known: Studio, name: str) -> None:
    """/ban, /unban, /allow and /grant find the person in any case, and show the names beside the number."""
    who = f"{CY} (Cy, @cy_fox)"
    assert words_of(await ask(known, f"/ban {name}")) == f"⛔ {who} is banned."
    assert words_of(await ask(known, f"/unban {name}")) == f"✅ {who} is no longer banned."
    assert words_of(await ask(known, f"/allow {name}")) == f"✅ {who} may use the bot."
    assert words_of(await ask(known, f"/grant {name} 12")) == f"🎟 {who} now has 12 extra credits."
    assert known.rows("grants")[0]["scope_id"] == CY


async def test_a_name_survives_a_restart_and_a_group_has_one(known: Studio) -> None:
    """A member's command in a group is remembered with the title of the group."""
    (asked,) = await known.world.say(GROUP, BEN, f"/me@{NAME}")
    await known.answer(asked)
    await until(lambda: known.rows(f"names WHERE id = {GROUP}"))
    await known.restart()
    await ask(known, "/ban @CY_fox", "(Cy, @cy_fox) is banned")
    title = known.world.chats[GROUP].about["title"]
    await ask(known, f"/ban {GROUP}", f"({title}) is banned")


@pytest.mark.parametrize("command", ["/ban @nobody", "/unban @nobody", "/allow @nobody", "/grant @nobody 5"])
async def test_an_unknown_name_does_nothing(office: Studio, command: str) -> None:
    """The operator is told how to go on."""
    await ask(office, command, "I don't know @nobody")
    assert not office.rows("access")
    assert not office.rows("grants")


async def test_a_name_that_moved_is_the_new_owners(known: Studio) -> None:
    """The person who had it is known by number only, until they write again, even with their old name."""
    known.world.add_person(CY + 1, "Di", "cy_FOX")
    await ask(known, "/help", person=CY + 1)
    await until(lambda: known.rows(f"names WHERE id = {CY + 1}"))
    await ask(known, "/ban @cy_fox", f"{CY + 1} (Di, @cy_fox) is banned")
    await ask(known, f"/ban {CY}", f"{CY} (Cy) is banned")
    await ask(known, f"/unban {CY}")
    await ask(known, "/help", person=CY)
    await until(lambda: known.rows(f"names WHERE id = {CY} AND username IS NOT NULL"))
    await ask(known, "/unban @cy_fox", f"{CY} (Cy, @cy_fox) wasn't banned")


async def test_hostile_names_are_only_words(office: Studio) -> None:
    """Markup is escaped, and characters that turn or break a line are left out; a long name is cut."""
    hostile = "<b>&\u202e\n\x00" + "x" * 100
    office.world.add_person(CY, hostile)
    await ask(office, "/me", person=CY)
    await until(lambda: office.rows(f"names WHERE id = {CY}"))
    answer = words_of(await ask(office, f"/ban {CY}", "is banned"))
    assert answer == f"⛔ {CY} (<b>& {'x' * 58}…) is banned."


# --- who is remembered --------------------------------------------------------------------------------------------


async def test_only_those_who_may_use_the_bot_are_remembered(office: Studio) -> None:
    """A refused person isn't, until they are let in; the refusal tells them their number."""
    await office.crash()
    await office.start(access="allowlist")
    office.world.add_person(CY, "Cy", "Cy_Fox")
    await ask(office, "a fox", "not open to everybody", CY)
    await ask(office, "/help", person=CY)
    await ask(office, "/allow @cy_fox", "I don't know @cy_fox")
    await ask(office, f"/allow {CY}", "may use the bot")
    await office.picture(await office.say("a fox", CY))
    await ask(office, "/grant @cy_fox 6", "6 extra credits")


async def test_overheard_talk_is_not_remembered(office: Studio) -> None:
    """In a group where the bot hears everything, talk, commands for other bots and remarks leave no name."""
    chat = office.world.chats[GROUP]
    chat.privacy = False
    chat.members.append(office.world.add_person(CY, "Cy", "Cy_Fox")["id"])
    for words in ("hello there", "/imagine@other_bot a fox", "a fox, please", "@other_bot paint"):
        await office.world.say(GROUP, CY, words)
    (asked,) = await office.world.say(GROUP, BEN, f"/me@{NAME}")
    answer = await office.answer(asked)
    await office.world.say(GROUP, CY, "nice", reply_to=answer["message_id"])
    await office.heard_everything()
    await until(lambda: office.rows(f"names WHERE id = {BEN}"))
    assert not office.rows(f"names WHERE id = {CY}")
    (asked,) = await office.world.say(GROUP, CY, f"@{NAME} a fox")
    await office.picture(asked)
    await until(lambda: office.rows(f"names WHERE id = {CY}"))


# --- by a reply ---------------------------------------------------------------------------------------------------


async def test_a_reply_to_a_forwarded_message(office: Studio) -> None:
    """Its author is meant, also with a number behind the command; other people's channels can be meant, too."""
    forward = _forwarded(office, _user(CY))["message_id"]
    await office.answer(await office.say("/ban", reply_to=forward), f"{CY} is banned")
    await office.answer(await office.say("/unban", reply_to=forward), f"{CY} is no longer banned")
    await office.answer(await office.say("/grant 5", reply_to=forward), f"{CY} now has 5 extra credits")
    channel = {"type": "channel", "chat": {"id": -1_000_000_000_777, "type": "channel", "title": "News"}}
    post = _forwarded(office, {**channel, "message_id": 3})["message_id"]
    await office.answer(await office.say("/ban", reply_to=post), "-1000000000777 is banned")


async def test_a_name_in_the_words_wins_over_the_reply(known: Studio) -> None:
    """The operator wrote it on purpose."""
    forward = _forwarded(known, _user(BEN))["message_id"]
    await known.answer(await known.say("/ban @cy_fox", reply_to=forward), f"{CY} (Cy, @cy_fox) is banned")


async def test_a_reply_to_a_message_in_another_chat(office: Studio) -> None:
    """Telegram names its author, so the operator needn't forward it."""
    entity = {"type": "bot_command", "offset": 0, "length": 4}
    content = {"text": "/ban", "entities": [entity], "external_reply": {"origin": {"date": 1, **_user(CY)}}}
    asked = office.world.say_raw(ADA, ADA, content)
    await office.answer(asked, f"{CY} is banned")


async def test_who_is_not_named_is_not_meant(office: Studio) -> None:
    """A hidden author, the bot and other bots aren't banned; the answer says what works."""
    hidden = _forwarded(office, {"type": "hidden_user", "sender_user_name": "Cy"})["message_id"]
    await office.answer(await office.say("/ban", reply_to=hidden), "doesn't tell me who wrote")
    robot = _forwarded(office, _user(CY, is_bot=True))["message_id"]
    await office.answer(await office.say("/ban", reply_to=robot), "/ban @ben")
    mine = (await ask(office, "/help"))["message_id"]
    await office.answer(await office.say("/ban", reply_to=mine), "/ban @ben")
    own = (await office.say("/me"))["message_id"]
    await office.answer(await office.say("/ban", reply_to=own), "can't ban an operator")
    assert not office.rows("access")


# --- undo ---------------------------------------------------------------------------------------------------------


async def test_a_ban_can_be_undone(known: Studio) -> None:
    """The button works after a restart and once; only operators can press it."""
    banned = await ask(known, "/ban @cy_fox", "is banned")
    data = f"ban:undo:{CY}"
    mine = await ask(known, "/help", person=BEN)
    forged = {"id": "991", "from": known.world.people[BEN], "message": mine, "data": data, "chat_instance": "1"}
    known.world.updates.add("callback_query", forged, BEN)
    await known.restart()
    await known.heard_everything()
    assert known.rows("access")[0]["banned_at"]
    await asyncio.gather(*(known.world.press(ADA, banned["message_id"], ADA, data) for _ in range(2)))
    await known.heard_everything()
    await becomes(known, banned, f"{CY} (Cy, @cy_fox) is no longer banned")
    assert not known.rows("access")[0]["banned_at"]
    await known.picture(await known.say("a fox", CY))


# --- gifts --------------------------------------------------------------------------------------------------------


async def test_who_is_granted_credits_hears_it(known: Studio) -> None:
    """In pictures if it is enough for one; taking away is silent."""
    for credits_, words in ((30, "🎁 You got 5 pictures."), (6, "🎁 You got 1 picture."), (4, "🎁 You got 4 credits.")):
        await ask(known, f"/grant @cy_fox {credits_}", "extra credits")
        await until(lambda: [message for message in known.from_bot(CY) if words_of(message).startswith(words)])  # noqa: B023
    before = len(known.from_bot(CY))
    assert "couldn't" not in words_of(await ask(known, "/grant @cy_fox -10", "extra credits"))
    assert "couldn't" not in words_of(await ask(known, f"/grant {ADA} 10", "extra credits"))
    assert len(known.from_bot(CY)) == before
    await ask(known, f"/grant {GROUP} 12", "12 extra credits")
    await known.world.wait_for(GROUP, lambda message: "This chat got 2 pictures" in words_of(message))


async def test_a_person_who_blocked_the_bot_gets_the_credits(known: Studio) -> None:
    """The grant counts, and the operator is told that they don't know."""
    known.world.chats[CY].bot_status = "kicked"
    answer = words_of(await ask(known, "/grant @cy_fox 30", "30 extra credits"))
    assert answer.endswith("I couldn't tell them: they haven't written to me, or they blocked me.")
    answer = words_of(await ask(known, "/grant 987654321 30", "30 extra credits"))
    assert "couldn't tell them" in answer


async def test_names_are_forgotten_with_retention(known: Studio) -> None:
    """One that wasn't seen for RETENTION_DAYS is deleted."""
    await known.crash()
    await known.rewrite("UPDATE names SET seen_at = seen_at - 2 * 86400000 WHERE id = ?", CY)
    await known.start(retention_days=1)
    await until(lambda: not known.rows(f"names WHERE id = {CY}"))
    await ask(known, "/ban @cy_fox", "I don't know @cy_fox")
