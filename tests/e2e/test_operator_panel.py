"""Operators find their commands: in their menu, in /help and behind /admin; a pause has a reason."""

import asyncio
from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, Message, Studio, until, words_of
from tests.e2e.operator_kit import ask, becomes, heard, now


def _buttons(studio: Studio, message: Message) -> dict[str, str]:
    entry = studio.world.chats[ADA].find(message["message_id"])
    rows = entry.now.get("reply_markup", {}).get("inline_keyboard", []) if entry else []
    return {button["text"]: button["callback_data"] for row in rows for button in row}


async def _press(studio: Studio, panel: Message, label: str) -> dict[str, Any]:
    await until(lambda: label in _buttons(studio, panel))
    return await studio.world.press(ADA, panel["message_id"], ADA, _buttons(studio, panel)[label])


def _menu(studio: Studio, chat_id: int) -> list[str]:
    """Return the commands that Telegram shows in a private chat."""
    own = [commands for scope, commands in studio.world.commands.items() if str(chat_id) in str(scope)]
    return [command["command"] for command in own[0]] if own else []


async def test_operators_have_a_menu_of_their_own(office: Studio) -> None:
    """It has all commands; an operator who wrote later gets it with /admin or /help, and others have none."""
    await until(lambda: _menu(office, ADA))
    assert {"imagine", "admin", "stats", "grant", "ban", "pause"} <= set(_menu(office, ADA))
    assert not _menu(office, BEN)
    for command in ("/admin", "/help"):
        office.world.commands.clear()
        await ask(office, command)
        assert "admin" in _menu(office, ADA)
    office.world.commands.clear()
    await ask(office, "/help", person=BEN)
    assert not office.world.commands


async def test_help_lists_operators_commands_for_operators(office: Studio) -> None:
    """Other people, and groups, don't see them."""
    told = words_of(await ask(office, "/help"))
    for command in (
        "/admin",
        "/stats",
        "/credits",
        "/grant",
        "/invite",
        "/allow",
        "/ban",
        "/unban",
        "/broadcast",
        "/pause",
    ):
        assert command in told
    assert "/admin" not in words_of(await ask(office, "/help", person=BEN))


async def test_the_panel_pauses_and_resumes(office: Studio) -> None:
    """Its state follows, a second press says that nothing changed, and it works after a restart."""
    panel = await ask(office, "/admin", "I'm painting")
    answers = await asyncio.gather(*(_press(office, panel, "⏸ Pause") for _ in range(2)))
    assert sum("already paused" in (answer["text"] or "") for answer in answers) == 1
    await becomes(office, panel, "I'm paused")
    await office.restart()
    await _press(office, panel, "▶ Resume")
    await becomes(office, panel, "I'm painting")
    await office.picture(await office.say("a fox", BEN))


async def test_the_panel_tells_what_operators_ask_for(office: Studio) -> None:
    """Charts, credits and the latest broadcasts; a double press tells once."""
    panel = await ask(office, "/admin")
    await _press(office, panel, "📣 Broadcasts")
    await office.world.wait_for(ADA, lambda message: "No broadcast yet" in words_of(message))
    await ask(office, "/broadcast Tonight <b>I</b> rest", "Send this")
    panel = await ask(office, "/admin")
    await _press(office, panel, "📣 Broadcasts")
    await office.world.wait_for(ADA, lambda message: words_of(message).endswith("it waits for your ✅."))
    assert heard(office, "Tonight <b>I</b> rest\n❔ Not sent yet: it waits for your ✅.")
    await _press(office, panel, "💳 Credits left")
    await office.world.wait_for(ADA, lambda message: "left on the account" in words_of(message))
    for _ in range(2):
        await _press(office, panel, "📊 7 days")
    await office.world.wait_for(ADA, lambda message: "Last 7 days" in words_of(message))
    await _press(office, panel, "📊 30 days")
    await office.world.wait_for(ADA, lambda message: "Last 30 days" in words_of(message))
    assert sum("Last 7 days" in words_of(message) for message in office.from_bot(ADA)) == 1


@pytest.mark.parametrize("verb", ["pause", "resume", "stats7", "credits", "sent"])
async def test_only_operators_press_the_panel(office: Studio, verb: str) -> None:
    """A forged press is refused with words."""
    mine = await ask(office, "/help", person=BEN)
    forged = {
        "id": "992",
        "from": office.world.people[BEN],
        "message": mine,
        "data": f"admin:{verb}",
        "chat_instance": "1",
    }
    office.world.updates.add("callback_query", forged, BEN)
    await office.heard_everything()
    assert not office.rows("kept WHERE name LIKE 'note %'")
    assert len(office.from_bot(BEN)) == 1


@pytest.mark.parametrize("words", ["7", "7d", "7D", "7 days", "7 DAYS ", "07d", "7 day"])
async def test_stats_of_days_in_many_spellings(office: Studio, words: str) -> None:
    """As people write them."""
    await ask(office, f"/stats {words}", "Last 7 days")


# --- the reason of a pause ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("brisk")
async def test_those_who_wait_read_the_reason(office: Studio) -> None:
    """Those who order during the pause and those who waited before, also after a restart, and only until its end."""
    await ask(office, "/pause")
    early = await office.say("a fox", BEN)
    placeholder = await office.answer(early, "No pictures are painted just now")
    await ask(office, "/pause  new <b>paint</b>,\nback at 9 ", "People who wait read: new <b>paint</b>, back at 9")
    said = "⏸ Got it. I'm having a break: new <b>paint</b>, back at 9\nI paint yours right after it."
    await until(lambda: _shown(office, BEN, placeholder) == said)
    await ask(office, "/pause new <b>paint</b>, back at 9", "already paused")
    await ask(office, "/pause", "already paused")
    await office.restart()
    late = await office.say("an owl", office.person())
    await office.answer(late, said)
    assert "back at 9" in now(office, await ask(office, "/admin", "I'm paused"))
    await ask(office, "/resume", "painting again")
    for asked in (early, late):
        await office.picture(asked)
    await ask(office, "/pause")
    await office.answer(await office.say("a hare", BEN), "No pictures are painted just now")


def _shown(studio: Studio, chat_id: int, message: Message) -> str:
    entry = studio.world.chats[chat_id].find(message["message_id"])
    return words_of(entry.now) if entry else ""


async def test_a_long_reason_is_cut(office: Studio) -> None:
    """It leaves room for the rest of the message."""
    await ask(office, "/pause " + "🎨" * 900, "Paused")
    told = words_of(await office.answer(await office.say("a fox", BEN), "having a break"))
    assert told.count("🎨") == 99
    assert "🎨…" in told
