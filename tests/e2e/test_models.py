"""The models that paint: /model shows and sets them, for a person and for a group."""

import json
from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, EVERYWHERE, IN_GROUP, Message, Room, Studio, until, words_of
from tests.e2e.test_buttons import forged


def _request(studio: Studio, order: int = -1) -> dict[str, Any]:
    """Return the stored request of an order."""
    rows = studio.rows("jobs WHERE part_of IS NULL ORDER BY created_at, rowid")
    return dict(json.loads(rows[order]["request"]))


async def _ordered(room: Room, words: str, person: int | None = None, **more: Any) -> dict[str, Any]:
    """Order, and return the stored request."""
    count = len(room.studio.rows("jobs"))
    await room.say(words, person, **more)
    await until(lambda: len(room.studio.rows("jobs")) > count)
    return _request(room.studio)


async def _list(room: Room, person: int = ADA) -> Message:
    return await room.studio.answer(await room.say("/model", person))


def _marked(room: Room, message: Message) -> list[str]:
    return [button["text"] for button in room.buttons(message) if button["text"].startswith("✓")]


@EVERYWHERE
async def test_the_list_has_all_models(room: Room) -> None:
    """Each model has a line with its name, its strength and its price, and a button; tools aren't among them."""
    shown = await _list(room)
    assert "gpt – GPT Image 2.5. Text in pictures, exact wishes, no background: 6–16 credits" in words_of(shown)
    assert "seedream – Seedream 5 Flash. Good pictures for little: 3.24 credits" in words_of(shown)
    assert "Topaz" not in words_of(shown)
    assert len(words_of(shown)) < 4096
    labels = [button["text"] for button in room.buttons(shown)]
    assert labels[:2] == ["✓ GPT-4o · 6", "GPT Image 2.5 · 6"]
    assert "Z-Image · 0.8" in labels


@EVERYWHERE
async def test_a_press_chooses_also_after_a_restart(room: Room) -> None:
    """The chosen model is marked, paints where nothing is said, and an option still wins."""
    shown = await _list(room)
    await room.studio.heard_everything()
    await room.studio.restart()
    answer = await room.studio.world.press(room.chat_id, shown["message_id"], ADA, "default:gpt-fine")
    assert "GPT Image 2.5 Fine paints from now on" in answer["text"]
    assert "6–16 credits" in answer["text"]
    await until(lambda: _marked(room, shown) == ["✓ GPT Image 2.5 Fine · 6"])
    assert (await _ordered(room, "/imagine a fox"))["model"] == "gpt-fine"
    assert (await _ordered(room, "/imagine a fox -m seedream"))["model"] == "seedream"


@pytest.mark.parametrize("word", ["GPT", " gpt ", "“gpt”", "GPT Image 2.5", "'gpt image 2.5'"])
async def test_a_name_chooses(room: Room, word: str) -> None:
    """A name or a title is understood in capitals, with spaces and in quotes."""
    told = await room.studio.answer(await room.say(f"/model {word}"))
    assert "GPT Image 2.5 paints from now on" in words_of(told)
    assert (await _ordered(room, "a fox"))["model"] == "gpt"


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("bannana", "banana"),
        ("seadream", "seedream"),
        ("🦊", None),
        ("upscale", None),
        ("модель", None),
        ("x" * 300, None),
    ],
)
async def test_an_unknown_name_gets_the_names(room: Room, word: str, nearest: str | None) -> None:
    """The answer names the nearest model, if there is one, and all others; nothing is chosen or ordered."""
    for command in ("/model", "/imagine a fox --model"):
        told = words_of(await room.studio.answer(await room.say(f"{command} {word}")))
        assert "I don't know the model" in told
        assert "4o, gpt, gpt-fine, banana" in told
        assert ("Did you mean --model " in told) == (nearest is not None)
        assert nearest is None or f"--model {nearest}" in told
    assert not room.studio.rows("jobs")
    assert not room.studio.rows("preferences")


async def test_the_last_of_two_names_counts(room: Room) -> None:
    """An option that stands there twice has the value that was written last."""
    assert (await _ordered(room, "a fox --model gpt --model Seedream"))["model"] == "seedream"


@IN_GROUP
async def test_only_admins_choose_for_a_group(room: Room) -> None:
    """A member sees the list, but neither their press nor their command changes the group's model."""
    shown = await _list(room, BEN)
    answer = await room.studio.world.press(room.chat_id, shown["message_id"], BEN, "default:gpt")
    assert "Only admins" in answer["text"]
    assert answer["show_alert"]
    refused = words_of(await room.studio.answer(await room.say("/model gpt", BEN)))
    assert "Only admins" in refused
    assert "--model gpt" in refused
    assert not room.studio.rows("preferences")


@IN_GROUP
async def test_a_persons_own_model_goes_before_the_chats(room: Room) -> None:
    """A member's own model paints for them in the group, too; the group's paints for all others."""
    await room.studio.answer(await room.say("/model gpt", ADA))
    await room.studio.answer(await Room(room.studio, BEN, BEN).say("/model seedream"))
    assert (await _ordered(room, "/imagine a fox", BEN))["model"] == "seedream"
    assert (await _ordered(room, "/imagine a fox", ADA))["model"] == "gpt"


@EVERYWHERE
async def test_a_model_may_be_switched_off_before_the_press(room: Room) -> None:
    """A press for a model that is offered no more is told, chooses nothing and brings the list up to date."""
    shown = await _list(room)
    await room.studio.heard_everything()
    await room.studio.crash()
    await room.studio.start(models="4o,seedream")
    for data in ("default:gpt", "default:upscale", "default:x.y-z"):
        answer = await forged(room, shown["message_id"], ADA, data)
        assert "isn't offered anymore" in answer["text"]
    await until(lambda: len(room.buttons(shown)) == 2)
    assert not room.studio.rows("preferences")


async def test_one_model_is_no_choice(idle: Studio, one_model: None) -> None:
    """With 4o alone, neither the menu nor /help names the command, and /model says why."""
    room = await Room.opened(idle, "private")
    assert "/model" not in words_of(await idle.answer(await room.say("/help")))
    assert "nothing to choose" in words_of(await _list(room))
    await until(lambda: idle.world.commands)
    names = {command["command"] for commands in idle.world.commands.values() for command in commands}
    assert "model" not in names


async def test_the_command_is_in_menu_and_help(room: Room) -> None:
    """With several models, both name it."""
    assert "/model – " in words_of(await room.studio.answer(await room.say("/help")))
    await until(lambda: room.studio.world.commands)
    names = {command["command"] for commands in room.studio.world.commands.values() for command in commands}
    assert "model" in names
