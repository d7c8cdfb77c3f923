"""/settings: preferences apply to every order that doesn't override them."""

from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, EVERYWHERE, GROUP, IN_GROUP, Message, Room, Studio, shows, until, words_of
from tests.e2e.test_buttons import forged

PLAIN = {"prompt": "a fox", "size": "1:1"}
ADMINS_ONLY = "Only admins"
ASK = ["Ask me"]
"""The value of the option that only private chats have."""


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return a private chat, and a group whose preferences Ada may change."""
    room = await Room.opened(idle, getattr(request, "param", "private"))
    return Room(idle, room.chat_id, ADA)


async def _menu(room: Room, person: int | None = None) -> Message:
    return await room.studio.answer(await room.say("/settings", person))


async def _set(room: Room, menu: Message, name: str, value: str) -> None:
    """Choose a value in the menu."""
    await room.set_option(menu, name, value)


async def _ordered(room: Room, words: str, person: int | None = None) -> dict[str, Any]:
    """Order, and return the body of generate without its webhook address."""
    count = len(room.studio.images.generated)
    await room.say(words, person)
    await until(lambda: len(room.studio.images.generated) > count)
    return {key: value for key, value in room.studio.images.generated[-1].items() if key != "callBackUrl"}


CHOICES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("size", "high", "", {"size": "2:3"}),
    ("size", "wide", "--size 1:1", {"size": "1:1"}),
    ("size", "square", "--ar portrait", {"size": "2:3"}),
    ("variants", "2", "", {"nVariants": 2}),
    ("variants", "4", "--n 1", {}),
    ("enhance", "on", "", {"isEnhance": True}),
    ("enhance", "on", "--no-enhance", {}),
    ("enhance", "off", "--enhance", {"isEnhance": True}),
    ("fallback", "flux", "", {"enableFallback": True}),
    ("fallback", "gpt", "", {"enableFallback": True, "fallbackModel": "GPT_IMAGE_1"}),
    ("fallback", "gpt", "--no-fallback", {}),
    ("fallback", "off", "--fallback flux", {"enableFallback": True}),
]


@EVERYWHERE
async def test_a_setting_counts_where_nothing_is_said(room: Room) -> None:
    """Every preference applies where the command says nothing, and an option of the command wins."""
    menu = await _menu(room)
    for name, value, options, expected in CHOICES:
        await _set(room, menu, name, value)
        assert await _ordered(room, f"/imagine a fox {options}") == PLAIN | expected, (name, value, options)
        await _unset_all(room, menu)


@EVERYWHERE
async def test_settings_stick(room: Room) -> None:
    """Preferences survive a restart."""
    menu = await _menu(room)
    for name, value in (("size", "high"), ("variants", "2"), ("enhance", "on"), ("fallback", "gpt")):
        await _set(room, menu, name, value)
    await room.studio.heard_everything()
    await room.studio.restart()
    expected: dict[str, Any] = {"prompt": "a fox", "size": "2:3", "nVariants": 2, "isEnhance": True}
    expected |= {"enableFallback": True, "fallbackModel": "GPT_IMAGE_1"}
    assert await _ordered(room, "/imagine a fox") == expected
    assert _values(await _menu(room)) == ["2:3", "2", "Enhance", "GPT", "Photo"] + ASK * (not room.is_group)


@EVERYWHERE
async def test_the_menu_shows_what_applies(room: Room) -> None:
    """Without preferences, the menu shows the built-in values, in the text and on one button for each option."""
    menu = await _menu(room)
    assert _values(menu) == ["1:1", "1", "Don't", "No", "Photo"] + ASK * (not room.is_group)
    labels = [button["text"] for button in room.buttons(menu)]
    assert labels[: 8 - room.is_group] == [*words_of(menu).splitlines()[2:], "↺ Defaults"]
    assert labels[8 - room.is_group :] == (["👥 Rules of this chat"] if room.is_group else [])
    await _set(room, menu, "size", "high")
    assert _values(room.now(menu) or {}) == ["2:3", "1", "Don't", "No", "Photo"] + ASK * (not room.is_group)


@EVERYWHERE
async def test_an_option_opens_and_closes(room: Room) -> None:
    """An option opens its choices with ✓ at the current one, and ⬅ leads back, also after a restart."""
    menu = await _menu(room)
    await room.press(menu, "set.open:variants")
    await until(lambda: [button["text"] for button in room.buttons(menu)] == ["✓ 1", "2", "4", "⬅ Back"])
    await room.studio.heard_everything()
    await room.studio.restart()
    await room.press(menu, "set.back")
    await until(lambda: room.now(menu) and words_of(room.now(menu) or {}) == words_of(menu))
    assert not room.studio.rows("preferences")
    await _set(room, menu, "variants", "4")
    await room.press(menu, "set.open:variants")
    await until(lambda: [button["text"] for button in room.buttons(menu)][:3] == ["1", "2", "✓ 4"])


@EVERYWHERE
async def test_a_choice_stays_when_it_is_pressed_again(room: Room) -> None:
    """A press on the current choice changes nothing and leads back."""
    menu = await _menu(room)
    for _ in range(2):
        await _set(room, menu, "size", "high")
        assert _values(room.now(menu) or {})[0] == "2:3"
    assert await _ordered(room, "/imagine a fox") == PLAIN | {"size": "2:3"}


@EVERYWHERE
async def test_defaults_unset_all(room: Room) -> None:
    """↺ unsets every option; a second press changes nothing."""
    menu = await _menu(room)
    await _set(room, menu, "size", "high")
    await _set(room, menu, "enhance", "on")
    for _ in range(2):
        await _unset_all(room, menu)
    assert await _ordered(room, "/imagine a fox") == PLAIN


@EVERYWHERE
async def test_a_menu_of_the_version_before(room: Room) -> None:
    """A button of an old menu sets its value, or unsets it if it has this value; then the menu is the new one."""
    sent = await room.studio.answer(await room.say("/settings"))
    values = []
    for _ in range(2):
        await forged(room, sent["message_id"], room.person, "set:size:high")
        await room.studio.heard_everything()
        values.append(_values(room.now(sent) or {})[0])
    assert values == ["2:3", "1:1"]
    assert room.data(sent, "set.open:size")


def _values(menu: Message) -> list[str]:
    """Return the values that the menu shows, in order, without the model."""
    lines = words_of(menu).splitlines()[2:]
    return [line.rpartition(": ")[2] for line in lines if not line.startswith("Model")]


async def _unset_all(room: Room, menu: Message) -> None:
    await room.press(menu, "set.unset")
    await until(
        lambda: _values(room.now(menu) or {}) == ["1:1", "1", "Don't", "No", "Photo"] + ASK * (not room.is_group)
    )


@EVERYWHERE
async def test_the_model_is_a_setting(room: Room) -> None:
    """It is shown and chosen like all others; where nothing is said, the chosen one paints."""
    menu = await _menu(room)
    assert "Model: GPT-4o" in words_of(menu)
    await _set(room, menu, "model", "gpt-fine")
    assert "Model: GPT Image 2.5 Fine" in words_of(room.now(menu) or {})
    await room.say("/imagine a fox")
    await until(lambda: room.studio.rows("jobs"))
    assert '"model": "gpt-fine"' in room.studio.rows("jobs")[0]["request"]


@EVERYWHERE
async def test_a_model_that_is_offered_no_more_is_not_set(room: Room) -> None:
    """A choice of a model that is no longer offered counts as none, in the menu and for orders."""
    await _set(room, await _menu(room), "model", "seedream")
    await room.studio.heard_everything()
    await room.studio.crash()
    await room.studio.start(models="4o,gpt")
    assert "Model: GPT-4o" in words_of(await _menu(room))
    assert await _ordered(room, "/imagine a fox") == PLAIN
    assert "instead_of" not in room.studio.rows("jobs")[0]["request"]


async def test_more_sizes(room: Room) -> None:
    """Wide and high shapes are offered as long as a model has them, and the nearest is painted by one that lacks it."""
    menu = await _menu(room)
    await _set(room, menu, "size", "cinema")
    assert _values(room.now(menu) or {})[0] == "16:9"
    assert await _ordered(room, "/imagine a fox") == PLAIN | {"size": "3:2"}
    await room.press(menu, "set.open:size")
    await until(lambda: "✓ 16:9" in [button["text"] for button in room.buttons(menu)])


async def test_one_model_is_no_choice(idle: Studio, one_model: None) -> None:
    """With 4o alone, the menu has neither a model nor a shape that it lacks."""
    room = await Room.opened(idle, "private")
    menu = await _menu(room)
    assert "Model" not in words_of(menu)
    await room.press(menu, "set.open:size")
    await until(lambda: "set.back" in str(room.buttons(menu)))
    assert [button["text"] for button in room.buttons(menu)] == ["✓ 1:1", "3:2", "2:3", "⬅ Back"]


@EVERYWHERE
async def test_results_as_files(room: Room) -> None:
    """With the preference for files, results are documents with the exact bytes, single or as an album."""
    await _set(room, await _menu(room), "as_file", "file")
    document = await room.paint("a fox")
    file = room.studio.world.files.get(document["document"]["file_id"])
    assert file
    assert [file.data] == room.studio.outputs()
    assert room.data(document, "again:")
    await room.say("/imagine two foxes --n 2")
    first = await room.come(shows("media_group_id"), document)
    assert "document" in first
    await room.edit("make it night", document)
    assert room.studio.inputs() == room.studio.outputs(0)


async def test_an_edit_keeps_its_shape(room: Room) -> None:
    """A size preference doesn't apply to edits, which keep their picture's proportions."""
    shown = await room.paint("a fox --size 2:3")
    await _set(room, await _menu(room), "size", "wide")
    await room.edit("make it night", shown)
    assert room.studio.images.generated[-1]["size"] == "2:3"


async def test_plain_words_follow_the_settings(room: Room) -> None:
    """In a private chat, text without a command follows the preferences, too."""
    await _set(room, await _menu(room), "size", "high")
    assert await _ordered(room, "a fox") == PLAIN | {"size": "2:3"}


@IN_GROUP
async def test_a_persons_own_go_before_the_chats(room: Room) -> None:
    """A person's own preferences win over the chat's, one by one."""
    alone = Room(room.studio, BEN, BEN)
    await _set(alone, await _menu(alone), "size", "high")
    menu = await _menu(room)
    await _set(room, menu, "size", "wide")
    await _set(room, menu, "enhance", "on")
    expected = PLAIN | {"isEnhance": True}
    assert await _ordered(room, "/imagine a fox", BEN) == expected | {"size": "2:3"}
    assert await _ordered(room, "/imagine a fox", ADA) == expected | {"size": "3:2"}


@IN_GROUP
async def test_the_chats_settings_stay_in_the_chat(room: Room) -> None:
    """A group's preferences don't apply to private chats or other groups."""
    await _set(room, await _menu(room), "size", "wide")
    den = Room(room.studio, room.studio.world.add_chat("supergroup", "Den", [BEN, ADA]).id, BEN)
    assert await _ordered(den, "/imagine a fox") == PLAIN
    assert await _ordered(Room(room.studio, ADA, ADA), "/imagine a fox") == PLAIN


@IN_GROUP
async def test_only_admins_change_a_chats_settings(room: Room) -> None:
    """A member gets no menu in a group, and a press on an admin's menu only says why."""
    refused = await _menu(room, BEN)
    assert ADMINS_ONLY in refused["text"]
    assert not room.buttons(refused)
    menu = await _menu(room)
    answer = await room.press(menu, "set.open:size", BEN)
    assert ADMINS_ONLY in answer["text"]
    assert answer["show_alert"]
    await room.studio.heard_everything()
    for data in ("set.unset", "set.pick:size:high", "set:size:high"):
        await forged(room, menu["message_id"], BEN, data)
    await room.studio.heard_everything()
    assert room.now(menu) == menu
    assert not room.studio.rows("preferences")


@IN_GROUP
async def test_whoever_is_made_an_admin_may(room: Room) -> None:
    """A new admin may change the group's preferences."""
    room.studio.world.promote(room.chat_id, BEN)
    menu = await _menu(room, BEN)
    await room.set_option(menu, "size", "high", BEN)
    assert room.studio.rows("preferences")


async def test_a_link_from_a_group_opens_the_own_settings(room: Room) -> None:
    """Members who aren't admins get a link to their own settings, which opens them in the private chat."""
    (asked,) = await room.studio.world.say(GROUP, BEN, "/settings")
    told = await room.studio.answer(asked, "Yours are here")
    assert "start=settings" in str(told)
    await room.studio.answer(await room.studio.say("/start settings", BEN), "Your settings")
