"""The models that paint: /model shows and sets them, for a person and for a group."""

import json
from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, EVERYWHERE, IN_GROUP, Message, Room, Studio, picture, says, stencil, until, words_of
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
        ("nano", "banana"),
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


@pytest.mark.parametrize("name", ["--model “Nano Banana 2”", "-m 'nano banana 2'", '—model "banana"', "--model=BANANA"])
async def test_a_quoted_title_is_an_option(room: Room, name: str) -> None:
    """A title in quotes is a value as a whole, and no part of it stays in the prompt."""
    request = await _ordered(room, f"a fox {name} in the snow")
    assert (request["model"], request["prompt"]) == ("banana", "a fox in the snow")


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


# --- buttons under results ----------------------------------------------------------------------------------------


async def _shown(room: Room, words: str = "a red fox --ar 16:9 --n 2", **more: Any) -> Message:
    """Return the message of a picture by 4o with its buttons, or of one picture of an album."""
    asked = await room.say(f"/imagine {words}", **more)
    await room.studio.in_state("delivered")
    picture = await room.studio.picture(asked)
    if not room.buttons(picture):
        below = await room.come(says("Which one?"), asked)
        await room.press(below, "show")
        picture = await room.come(lambda message: "photo" in message and "reply_markup" in message, below)
    return picture


@EVERYWHERE
async def test_again_with_another_model(room: Room) -> None:
    """🧠 lists the other models with their prices; a press orders the same wish again, and the usual buttons return."""
    shown = await _shown(room)
    await room.studio.heard_everything()
    await room.studio.restart()
    before = [button["text"] for button in room.buttons(shown)]
    await room.press(shown, "models")
    await until(lambda: "Nano Banana 2 · 16" in [button["text"] for button in room.buttons(shown)])
    assert "4o" not in str([button.get("callback_data") for button in room.buttons(shown)])
    await room.press(shown, "menu")
    await until(lambda: [button["text"] for button in room.buttons(shown)] == before)
    await room.press(shown, "models")
    await until(lambda: "model:" in str(room.buttons(shown)))
    data = next(b["callback_data"] for b in room.buttons(shown) if b["callback_data"].endswith(":banana-pro"))
    await room.studio.world.press(room.chat_id, shown["message_id"], room.person, data)
    await until(lambda: len(room.studio.rows("jobs WHERE part_of IS NULL")) == 2)
    first, second = _request(room.studio, 0), _request(room.studio)
    assert (first["model"], first["size"], first["wished"]) == ("4o", "3:2", "16:9")
    assert (second["model"], second["size"], second["variants"]) == ("banana-pro", "16:9", 2)
    assert second["prompt"] == "a red fox"
    assert "wished" not in second
    await until(lambda: [button["text"] for button in room.buttons(shown)] == before)


async def test_again_with_another_model_keeps_pictures_and_mask(room: Room) -> None:
    """Only models that can change pictures, or a part of one, are offered for such a request, which stays as it was."""
    files = [("a.png", picture((90, 60)), False), ("mask.png", stencil(), False)]
    preview = await room.studio.picture(await room.say("/mask a red door", files=files))
    await room.press(preview, "go")
    await room.studio.in_state("delivered")
    shown = await room.come(lambda message: "again:" in str(message.get("reply_markup")), preview)
    await room.press(shown, "models")
    await until(lambda: "menu:" in str(room.buttons(shown)))
    assert [button["text"] for button in room.buttons(shown)] == ["Qwen Image 2.1 · 4", "⬅ Back"]
    await room.press(shown, "model")
    await until(lambda: len(room.studio.rows("jobs")) == 2)
    first, second = _request(room.studio, 0), _request(room.studio)
    assert second["model"] == "qwen"
    assert (second["pictures"], second["mask"]) == (first["pictures"], first["mask"])


@IN_GROUP
async def test_a_stranger_orders_with_a_model_at_their_own_expense(room: Room) -> None:
    """A member who may order there can press 🧠, and the order is theirs."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    stranger = room.stranger()
    await room.press(shown, "models", stranger)
    await until(lambda: "model:" in str(room.buttons(shown)))
    await room.press(shown, "model", stranger)
    await until(lambda: len(room.studio.rows("jobs WHERE part_of IS NULL")) == 2)
    assert room.studio.rows("jobs WHERE part_of IS NULL ORDER BY rowid")[-1]["asked_by"] == stranger


async def test_a_press_for_a_model_that_was_switched_off(room: Room) -> None:
    """It is told, and nothing is ordered; 🧠 is gone where one model is left."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    await room.press(shown, "models")
    await until(lambda: "model:" in str(room.buttons(shown)))
    await room.studio.heard_everything()
    await room.studio.crash()
    await room.studio.start(models="4o")
    answer = await room.press(shown, "model")
    assert "isn't offered anymore" in answer["text"]
    assert "Nothing was charged" in answer["text"]
    await room.press(shown, "menu")
    await until(lambda: "again:" in str(room.buttons(shown)))
    assert "models:" not in str(room.buttons(shown))
    assert len(room.studio.rows("jobs")) == 1


async def test_the_shapes_are_those_of_the_model(room: Room) -> None:
    """📐 offers three shapes for 4o, and more for a model that has more."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    await room.press(shown, "sizes")
    await until(lambda: "size:" in str(room.buttons(shown)))
    assert [button["text"] for button in room.buttons(shown)] == ["1:1", "3:2", "2:3", "⬅ Back"]
    (job,) = room.studio.rows("jobs")
    await room.studio.rewrite("UPDATE jobs SET request = ?", json.dumps({"prompt": "a fox", "model": "banana"}))
    await room.press(shown, "menu")
    await until(lambda: "again:" in str(room.buttons(shown)))
    await room.press(shown, "sizes")
    await until(lambda: "16:9" in [button["text"] for button in room.buttons(shown)])
    assert len(room.buttons(shown)) == 10
    assert await _by_data(room, shown, f"size:{job['id']}:0:16x9")
    await until(lambda: len(room.studio.rows("jobs WHERE part_of IS NULL")) == 2)
    second = _request(room.studio)
    assert (second["model"], second["size"]) == ("banana", "16:9")


async def _by_data(room: Room, message: Message, data: str) -> dict[str, Any]:
    return await room.studio.world.press(room.chat_id, message["message_id"], room.person, data)


# --- captions -----------------------------------------------------------------------------------------------------


async def test_the_caption_names_an_unusual_model(idle: Studio) -> None:
    """The last line names the model if it isn't the bot's default, and a note says if another one was wanted."""
    idle.overrides["default_model"] = "gpt"
    room = await Room.opened(idle, "private")
    assert "🧠" not in (await room.paint("a fox --model 4o"))["caption"].replace("🧠 GPT-4o", "")
    assert (await room.paint("two foxes --model 4o"))["caption"].endswith("\n\n🧠 GPT-4o")


async def test_the_caption_says_who_stepped_in(room: Room) -> None:
    """An edit by a model that can't edit goes to one that can, in the placeholder and in the caption."""
    held = room.studio.hold_tasks()
    asked = await room.say("make it night --model draft", files=[("a.png", picture(), False)])
    placeholder = await room.studio.answer(asked)
    assert "Z-Image couldn't take this one, so it's by GPT-4o." in words_of(placeholder)
    await room.studio.in_state("generating")
    held.release()
    shown = await room.studio.picture(asked)
    assert shown["caption"].endswith("Z-Image couldn't take this one, so it's by GPT-4o.")


async def test_a_mask_with_a_model_without_masks(room: Room) -> None:
    """A mask with --model gpt is painted by a model that keeps the rest, and that is said."""
    files = [("a.png", picture((90, 60)), False), ("mask.png", stencil(), False)]
    preview = await room.studio.picture(await room.say("/mask a red door --model gpt", files=files))
    await room.press(preview, "go")
    await room.studio.in_state("delivered")
    assert (_request(room.studio)["model"], _request(room.studio)["instead_of"]) == ("4o", "gpt")


@pytest.mark.parametrize(("words", "size", "wished"), [("--ar 16:9", "3:2", "16:9"), ("--ar 9999:1", "3:2", "9999:1")])
async def test_a_shape_that_the_model_lacks(room: Room, words: str, size: str, wished: str) -> None:
    """The nearest shape is painted, and the caption says so; so it is with a resolution that the model lacks."""
    shown = await room.paint(f"a fox {words} --res 4K --transparent")
    assert (_request(room.studio)["size"], _request(room.studio)["wished"]) == (size, wished)
    assert f"{wished} isn't available" in shown["caption"]
    assert "I don't have --res 4K --transparent" in shown["caption"]


async def test_eleven_pictures(room: Room) -> None:
    """More pictures than the model takes are told with the models that take them, and nothing is charged."""
    files = [(f"{number}.png", picture(color="teal"), False) for number in range(10)]
    told = words_of(await room.studio.answer(await room.say("mix them", files=files)))
    assert "You sent 10 pictures, and this model takes at most 5" in told
    assert "gpt, gpt-fine, banana, banana-lite, seedream, qwen" in told
    assert not room.studio.rows("jobs")
    second = await room.say("mix them --model banana", files=files)
    await until(lambda: room.studio.rows("jobs"))
    assert _request(room.studio)["model"] == "banana"
    assert len(_request(room.studio)["pictures"]) == 10
    assert second


async def test_photos_one_after_the_other(room: Room) -> None:
    """Six photos in a row are asked about, refused for 4o with the names of others, and used by one of those."""
    asked = await room.say(files=[("a.png", picture(), False)])
    for number in range(2, 7):
        await room.come(says("photo" if number > 2 else "What should I do"), asked)
        asked = await room.say(files=[(f"{number}.png", picture(), False)])
    await room.come(says("6 photos"), asked)
    told = words_of(await room.come(says("at most 5"), await room.say("mix them")))
    assert "--model gpt" in told
    await room.say("mix them --model gpt")
    await until(lambda: room.studio.rows("jobs"))
    assert (_request(room.studio)["model"], len(_request(room.studio)["pictures"])) == ("gpt", 6)


async def test_an_album_that_was_asked_about(room: Room) -> None:
    """The words for an album of six reach the same refusal, and the question stays open for other words."""
    files = [(f"{number}.png", picture(), False) for number in range(6)]
    question = await room.studio.answer(await room.say(files=files))
    told = words_of(await room.studio.answer(await room.say("mix them", reply_to=question["message_id"])))
    assert "You sent 6 pictures, and this model takes at most 5" in told
    await room.say("mix them -m seedream", reply_to=question["message_id"])
    await until(lambda: room.studio.rows("jobs"))
    assert len(_request(room.studio)["pictures"]) == 6
