"""Replies to messages in other chats, or to unreadable ones, never order a wrong picture."""

from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, EVERYWHERE, GROUP, Message, Room, Studio, color_of, picture, until

FILE = {"file_id": "x", "file_unique_id": "y", "file_size": 10}
ORIGIN = {"type": "user", "date": 1, "sender_user": {"id": BEN, "is_bot": False, "first_name": "Ben"}}
UNREADABLE: dict[str, dict[str, Any]] = {
    "video": {"video": FILE | {"width": 9, "height": 9, "duration": 3}},
    "voice": {"voice": FILE | {"duration": 3}},
    "video note": {"video_note": FILE | {"length": 9, "duration": 3}},
    "animation": {"animation": FILE | {"width": 9, "height": 9, "duration": 3}},
    "story": {"story": {"chat": {"id": BEN, "type": "private"}, "id": 3}},
    "moving sticker": {
        "sticker": FILE | {"type": "regular", "width": 9, "height": 9, "is_animated": True, "is_video": False}
    },
    "paid media": {"paid_media": {"star_count": 1, "paid_media": []}},
    "something newer than we are": {"hologram": {"file_id": "x"}},
}


def _elsewhere(room: Room, words: str, what: dict[str, Any], caption: bool = False, **more: Any) -> Message:
    """Reply in this room to something in another chat."""
    words = f"/edit {words}" if room.is_group else words
    content = {"caption" if caption else "text": words, "external_reply": {"origin": ORIGIN, **what}, **more}
    if words.startswith("/"):
        content["caption_entities" if caption else "entities"] = [{"type": "bot_command", "offset": 0, "length": 5}]
    return room.studio.world.say_raw(room.chat_id, room.person, content)


async def _sent(room: Room, as_document: bool = False) -> dict[str, Any]:
    """Return a message with a red picture that the bot doesn't know."""
    (message,) = await room.studio.world.say(GROUP, BEN, files=[("a.png", picture(color="red"), as_document)])
    return message


@EVERYWHERE
@pytest.mark.parametrize("kind", ["photo", "document", "sticker", "live photo"])
async def test_a_picture_of_another_chat(room: Room, kind: str) -> None:
    """A reply to a picture in another chat edits that picture, however it was sent."""
    sent = await _sent(room, as_document=kind == "document")
    match kind:
        case "sticker":
            sticker = await room.studio.world.say_sticker(GROUP, BEN, picture(color="red", form="WEBP"))
            what = {"sticker": sticker["sticker"]}
        case "live photo":
            film = FILE | {"width": 9, "height": 9, "duration": 3}
            what = {"live_photo": film | {"photo": sent["photo"]}}
        case _:
            what = {kind: sent[kind]}
    await room.studio.picture(_elsewhere(room, "make it night", what))
    assert [color_of(data) for data in room.studio.inputs()] == [(255, 0, 0)]
    assert len(room.studio.images.generated) == 1


@pytest.mark.parametrize("what", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_something_unreadable_is_told(room: Room, what: dict[str, Any]) -> None:
    """A reply to unusable content is told so and costs nothing."""
    await room.studio.answer(_elsewhere(room, "make it night", what), "still")
    await room.studio.heard_everything()
    assert not room.studio.images.requests


async def test_a_story_is_told(room: Room) -> None:
    """A story is recognized in its own field."""
    content = {"text": "make it night", "reply_to_story": {"chat": {"id": BEN, "type": "private"}, "id": 3}}
    await room.studio.answer(room.studio.world.say_raw(ADA, ADA, content), "still")
    assert not room.studio.images.requests


async def test_words_of_another_chat_are_no_picture(room: Room) -> None:
    """A reply to text in another chat is a new order."""
    await room.studio.picture(_elsewhere(room, "a red fox", {}))
    assert not room.studio.inputs()


@EVERYWHERE
async def test_a_result_of_another_chat_keeps_its_line(room: Room) -> None:
    """A reply to a result in another chat uses the stored bytes and knows its parent."""
    (asked,) = await room.studio.world.say(GROUP, BEN, "/imagine a red fox")
    shown = await room.studio.picture(asked)
    await room.studio.in_state("delivered")
    chat = {"id": GROUP, "type": "supergroup", "title": "Friends"}
    what = {"photo": shown["photo"], "chat": chat, "message_id": shown["message_id"]}
    await room.studio.picture(_elsewhere(room, "make it night", what))
    assert room.studio.inputs() == room.studio.outputs(0)
    first, second = room.studio.rows("jobs ORDER BY created_at, rowid")
    assert second["parent_id"] == first["id"]


@EVERYWHERE
async def test_a_drawing_over_a_picture_of_another_chat(room: Room) -> None:
    """A picture in reply to a picture in another chat is a drawing on it, and nothing is ordered at once."""
    what = {"photo": (await _sent(room))["photo"]}
    drawn = (await _sent(room))["photo"]
    words = "/mask a door" if room.is_group else "a door"
    content = {"caption": words, "photo": drawn, "external_reply": {"origin": ORIGIN, **what}}
    if room.is_group:
        content["caption_entities"] = [{"type": "bot_command", "offset": 0, "length": 5}]
    await room.studio.answer(room.studio.world.say_raw(room.chat_id, room.person, content), "marked")
    assert not room.studio.images.requests


async def test_a_mention_in_reply_to_a_picture_elsewhere(studio: Studio) -> None:
    """In a group, a mention works like a command."""
    (sent,) = await studio.world.say(GROUP, BEN, files=[("a.png", picture(color="red"), False)])
    content = {
        "text": "@imagine_sandbox_bot make it night",
        "entities": [{"type": "mention", "offset": 0, "length": 20}],
        "external_reply": {"origin": ORIGIN, "photo": sent["photo"]},
    }
    await studio.picture(studio.world.say_raw(GROUP, ADA, content))
    assert [color_of(data) for data in studio.inputs()] == [(255, 0, 0)]


@EVERYWHERE
async def test_imagine_in_reply_to_a_picture_changes_it(room: Room) -> None:
    """Any command with text in reply to a picture edits that picture."""
    sent = await _sent(room) if room.is_group else await room.say(files=[("a.png", picture(color="red"), False)])
    await room.studio.picture(await room.say("/imagine make it night", reply_to=sent["message_id"]))
    assert [color_of(data) for data in room.studio.inputs()] == [(255, 0, 0)]


@pytest.mark.parametrize("words", ["a red fox", "/imagine a red fox", "/imagine@imagine_sandbox_bot a red fox"])
async def test_imagine_in_reply_to_a_text_paints_that_text(room: Room, words: str) -> None:
    """`/imagine` alone in reply to a text orders that text, with the options of the command."""
    await room.studio.crash()
    said = await room.say(words)
    await room.studio.unheard()
    await room.studio.start()
    await room.studio.picture(await room.say("/imagine --size 2:3", reply_to=said["message_id"]))
    (order,) = room.studio.images.generated
    assert (order["prompt"], order["size"]) == ("a red fox", "2:3")


async def test_imagine_in_reply_to_a_part_of_a_text(room: Room) -> None:
    """If part of the text is quoted, that part is ordered."""
    content = {
        "text": "/imagine",
        "entities": [{"type": "bot_command", "offset": 0, "length": 8}],
        "external_reply": {"origin": ORIGIN},
        "quote": {"text": "a red fox", "position": 12, "is_manual": True},
    }
    await room.studio.picture(room.studio.world.say_raw(room.chat_id, room.person, content))
    assert [order["prompt"] for order in room.studio.images.generated] == ["a red fox"]


async def test_imagine_in_reply_to_the_bot_offers_examples(room: Room) -> None:
    """`/imagine` alone in reply to the bot's own text offers examples."""
    help_ = await room.studio.answer(await room.say("/help"))
    await room.studio.answer(await room.say("/imagine", reply_to=help_["message_id"]), "Tell me what to paint")
    await room.studio.heard_everything()
    assert not room.studio.images.requests


async def test_words_of_their_own_go_before_those_replied_to(room: Room) -> None:
    """`/imagine` with a prompt ignores the text that it replies to."""
    said = await room.say("/help")
    await room.studio.picture(await room.say("/imagine a hare", reply_to=said["message_id"]))
    await until(lambda: room.studio.images.generated)
    assert [order["prompt"] for order in room.studio.images.generated] == ["a hare"]
