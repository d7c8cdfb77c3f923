"""/settings: preferences apply to every order that doesn't override them."""

from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, EVERYWHERE, IN_GROUP, Message, Room, Studio, shows, until, words_of

PLAIN = {"prompt": "a fox", "size": "1:1"}
ADMINS_ONLY = "Only admins"


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return a private chat, and a group whose preferences Ada may change."""
    room = await Room.opened(idle, getattr(request, "param", "private"))
    return Room(idle, room.chat_id, ADA)


async def _menu(room: Room, person: int | None = None) -> Message:
    return await room.studio.answer(await room.say("/settings", person))


async def _set(room: Room, menu: Message, name: str, value: str) -> None:
    """Press a value, and wait until the menu changes."""
    before = words_of(room.now(menu) or {})
    await room.studio.world.press(room.chat_id, menu["message_id"], room.person, f"set:{name}:{value}")
    await until(lambda: words_of(room.now(menu) or {}) != before)


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
        await _set(room, menu, name, value)


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
    assert words_of(await _menu(room)).count("not set") == 2


async def test_a_second_tap_unsets(room: Room) -> None:
    """A pressed value is marked and shown in the text, and a second press unsets it."""
    menu = await _menu(room)
    assert words_of(menu).count("not set") == 6
    await _set(room, menu, "size", "high")
    assert [button["text"] for button in room.buttons(menu) if "●" in button["text"]] == ["● 2:3"]
    assert words_of(room.now(menu) or {}).count("not set") == 5
    await _set(room, menu, "size", "high")
    assert words_of(room.now(menu) or {}) == words_of(menu)
    assert await _ordered(room, "/imagine a fox") == PLAIN


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
    answer = await room.press(menu, "set:size", BEN)
    assert ADMINS_ONLY in answer["text"]
    assert answer["show_alert"]
    await room.studio.heard_everything()
    assert room.now(menu) == menu
    assert not room.studio.rows("preferences")


@IN_GROUP
async def test_whoever_is_made_an_admin_may(room: Room) -> None:
    """A new admin may change the group's preferences."""
    room.studio.world.promote(room.chat_id, BEN)
    menu = await _menu(room, BEN)
    await room.press(menu, "set:size", BEN)
    await until(lambda: room.studio.rows("preferences"))
