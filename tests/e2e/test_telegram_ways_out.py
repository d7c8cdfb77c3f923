"""Alternatives after Telegram's refusals: another form, another message, or a text if nothing else works."""

from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from handlers import history
from sandbox.faults import Fault
from tests.e2e.kit import (
    ADA,
    BEN,
    FAST,
    GROUP,
    Message,
    Room,
    Studio,
    encoded,
    picture,
    says,
    shows,
    until,
    words_of,
)
from tests.e2e.test_telegram_refuses import refuse

FOX = "/imagine a red fox"
EDIT, ALBUM, PHOTO, FILE = "editMessageMedia", "sendMediaGroup", "sendPhoto", "sendDocument"


async def _as_files(studio: Studio, chat_id: int = ADA) -> None:
    await studio.rewrite("INSERT INTO preferences (scope_id, wishes) VALUES (?, ?)", chat_id, '{"as_file": true}')


def _calls(studio: Studio, *methods: str) -> list[dict[str, Any]]:
    return [call for call in studio.world.log.calls if call["method"] in methods]


def _refusals(studio: Studio) -> list[str]:
    return [call["method"] for call in studio.world.log.calls if call.get("answer", 200) != 200]


async def _painted(studio: Studio, words: str = "a red fox") -> Message:
    shown = await studio.picture(await studio.say(words))
    await studio.in_state("delivered")
    return shown


# --- refused documents --------------------------------------------------------------------------------------------


async def test_a_file_that_is_refused_comes_as_a_photo(studio: Studio) -> None:
    """A document that is refused is sent as a photo, despite the preference for files."""
    await _as_files(studio)
    refuse(studio, EDIT, times=1)
    assert "photo" in await _painted(studio)
    assert len(studio.from_bot(ADA)) == 1


async def test_an_album_of_files_that_is_refused_comes_as_photos(studio: Studio) -> None:
    """An album of documents that is refused is sent as photos."""
    await _as_files(studio)
    refuse(studio, ALBUM, times=1)
    await _painted(studio, "a red fox --n 2")
    assert sum("photo" in message for message in studio.from_bot(ADA)) == 2


async def test_a_group_that_forbids_files(studio: Studio) -> None:
    """In a group that forbids documents, they aren't even tried."""
    await _as_files(studio, GROUP)
    studio.world.chats[GROUP].forbidden = {"documents"}
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    assert "photo" in await studio.picture(asked)
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox --n 2")
    assert "photo" in await studio.picture(asked)
    await studio.in_state("delivered", 2)
    assert not _refusals(studio)


async def test_the_file_button_where_files_are_refused(studio: Studio) -> None:
    """📄 sends a photo if documents are refused."""
    shown = await _painted(studio)
    refuse(studio, FILE)
    room = Room(studio, ADA, ADA)
    await room.press(shown, "file")
    assert (await room.come(shows("photo"), shown))["caption"] == "a red fox"


# --- one of several -----------------------------------------------------------------------------------------------


async def test_one_picture_that_is_refused_holds_up_no_other(studio: Studio) -> None:
    """A refused picture of an album doesn't hold up the others; a line says that it is missing, and /history has it."""
    refuse(studio, ALBUM)
    refuse(studio, PHOTO, FILE, times=1)
    asked = await studio.say("a red fox --n 2")
    told = words_of(await studio.answer(asked, "1 picture is missing"))
    await studio.in_state("delivered")
    assert told.startswith("a red fox")
    assert "charged" in told
    assert sum("photo" in message for message in studio.from_bot(ADA)) == 1
    studio.faults.clear()
    assert "1–2." in words_of(await studio.picture(await studio.say("/history")))


async def test_several_that_are_refused_are_counted(studio: Studio) -> None:
    """Refused pictures are counted, and shown ones aren't sent again after a broken connection."""
    refuse(studio, ALBUM)
    refuse(studio, PHOTO, times=2)
    studio.faults.add(Fault("telegram", PHOTO, "odd", "{}"), Fault("telegram", PHOTO, "drop"))
    refuse(studio, PHOTO, times=2)
    refuse(studio, FILE, times=4)
    asked = await studio.say("a red fox --n 4")
    await studio.answer(asked, "2 pictures are missing")
    await studio.in_state("delivered")
    assert sum("photo" in message for message in studio.from_bot(ADA)) == 2


async def test_all_that_are_refused_are_told(studio: Studio) -> None:
    """If all pictures are refused, the text says so instead of counting missing ones."""
    refuse(studio, ALBUM, PHOTO, FILE)
    await studio.answer(await studio.say("a red fox --n 2"), "refuses it here")
    await studio.in_state("delivered")


# --- requests that can't be shown ---------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["show", "file"])
async def test_a_picture_that_can_not_be_shown_again_is_told(studio: Studio, verb: str) -> None:
    """If neither photo nor document can be shown, a press on a number of /history or on 📄 says so."""
    shown = await _painted(studio)
    room = Room(studio, ADA, ADA)
    under = await studio.picture(await studio.say("/history")) if verb == "show" else shown
    refuse(studio, PHOTO, FILE)
    await room.press(under, verb)
    assert "kept" in words_of(await room.come(says("doesn't let me show this"), under))


async def test_a_history_that_can_not_be_shown_is_told(studio: Studio) -> None:
    """If the page of /history is refused, the user is told."""
    await _painted(studio)
    refuse(studio, PHOTO, FILE)
    await studio.answer(await studio.say("/history"), "doesn't let me show this")
    await studio.heard_everything()
    assert len(studio.from_bot(ADA)) == 2


async def test_a_history_in_a_group_without_pictures_is_told(studio: Studio) -> None:
    """In a group without pictures, /history says that it works in private."""
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    await studio.picture(asked)
    await studio.in_state("delivered")
    studio.world.chats[GROUP].forbidden = {"photos", "documents"}
    (asked,) = await studio.world.say(GROUP, BEN, "/history")
    assert "in private" in words_of(await studio.answer(asked, "doesn't let me show that"))


async def test_a_page_that_can_not_be_turned_comes_anew(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a page's message can't be edited, the next page is a new message."""
    monkeypatch.setattr(history, "PAGE", 1)
    await _painted(studio, "a red fox --n 2")
    page = await studio.picture(await studio.say("/history"))
    refuse(studio, EDIT, words="message can't be edited")
    room = Room(studio, ADA, ADA)
    await room.press(page, "past")
    assert "2–2." in words_of(await room.come(shows("photo"), page))


@pytest.mark.parametrize("files", [1, 2], ids=["a file", "an album"])
async def test_a_preview_that_can_not_be_shown_is_told(studio: Studio, files: int) -> None:
    """If a preview is refused, the user is told."""
    refuse(studio, PHOTO, FILE)
    sent = [("hole.png", _marked("RGBA", (0, 128, 128, 255), (0, 0, 0, 0)), True)]
    if files == 2:
        sent = [("a.png", picture((64, 64)), True), ("b.png", _marked("L", 255, 0), True)]
    await studio.answer(await studio.say("/mask a red door", files=sent), "doesn't let me show this")


def _marked(mode: str, color: Any, mark: Any) -> bytes:
    image = Image.new(mode, (64, 64), color)
    image.paste(mark, (10, 10, 40, 40))
    return encoded(image)


# --- refused replies, texts and messages --------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["message to be replied not found", "REPLY_MESSAGE_ID_INVALID", "MESSAGE_ID_INVALID"])
@pytest.mark.parametrize(
    ("said", "method"),
    [("/help", "sendMessage"), (FOX, "sendMessage"), (f"{FOX} --n 2", ALBUM), ("/history", PHOTO)],
)
async def test_an_answer_that_may_be_no_reply(studio: Studio, words: str, said: str, method: str) -> None:
    """If the message to reply to is gone, the answer is sent without a reply, once."""
    room = Room(studio, GROUP, BEN)
    await room.paint("a hare")
    await studio.in_state("delivered")
    before = len(_calls(studio, method))
    refuse(studio, method, words=words, times=1)
    await room.come(lambda _: True, await room.say(said))
    await studio.heard_everything()
    await until(lambda: not studio.rows("jobs WHERE state != 'delivered'"))
    calls = _calls(studio, method)[before:]
    assert ["reply_parameters" in call["params"] for call in calls] == [True, False]


@pytest.mark.parametrize("said", ["a red fox", "a red fox --n 2"])
async def test_a_group_whose_permissions_are_not_told(studio: Studio, said: str) -> None:
    """If the permissions are unknown, the first refusal of text is remembered, and pictures arrive alone."""
    studio.world.chats[GROUP].forbidden = {"text"}
    refuse(studio, "getChat", words="something is wrong")
    (asked,) = await studio.world.say(GROUP, BEN, f"/imagine {said}")
    await studio.picture(asked)
    await studio.in_state("delivered")
    assert [method for method in _refusals(studio) if method != "getChat"] == ["sendMessage"]
    (asked,) = await studio.world.say(GROUP, BEN, f"/imagine {said}")
    await studio.picture(asked)
    await studio.in_state("delivered", 2)
    assert len(_calls(studio, "sendMessage")) == 1


async def test_a_group_that_forbids_texts_meanwhile(studio: Studio) -> None:
    """If the text below a picture is refused, the picture gets the buttons."""
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a hare")
    await studio.picture(asked)
    await studio.in_state("delivered")
    refuse(studio, "sendMessage", words="not enough rights to send text messages to the chat")
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    assert (await studio.picture(asked))["reply_markup"]
    assert len(_calls(studio, "sendMessage")) == 2


async def test_a_menu_that_can_not_be_changed_comes_anew(studio: Studio) -> None:
    """A menu that can't be edited is sent again with the current preferences."""
    menu = await studio.answer(await studio.say("/settings"))
    refuse(studio, "editMessageText", words="there is no text in the message to edit")
    room = Room(studio, ADA, ADA)
    await room.press(menu, "set.open:as_file", ADA)
    again = await room.come(says("Results come as"), menu)
    assert "✓ Photo" in [button["text"] for button in room.buttons(again)]


@pytest.mark.parametrize("method", [EDIT, "editMessageText", "setMessageReaction"])
async def test_a_server_that_lacks_a_method(studio: Studio, method: str) -> None:
    """If a server lacks a method, an alternative is used, without waiting for a token."""
    refuse(studio, method, words="method not found", code=404)
    await _painted(studio)


# --- unavailable files --------------------------------------------------------------------------------------------


UNAVAILABLE = "wrong file_id or the file is temporarily unavailable"


@pytest.mark.parametrize("timing", [replace(FAST, update_fetches=1, album_fetches=1, album_again_ms=10)])
@pytest.mark.parametrize("kind", ["refused", "nameless"])
@pytest.mark.parametrize("files", [1, 2], ids=["a file", "an album"])
async def test_a_mask_that_is_not_handed_out(studio: Studio, kind: str, files: int) -> None:
    """If a mask's file is unavailable, the user is told, and that nothing was charged."""
    if kind == "refused":
        refuse(studio, "getFile", words=UNAVAILABLE)
    else:
        studio.faults.add(Fault("telegram", "getFile", "odd", '{"file_path": null}', times=None))
    sent = [(f"{number}.png", picture((64, 64)), True) for number in range(files)]
    told = words_of(
        await studio.answer(await studio.say("/mask a red door", files=sent), "didn't give me your picture")
    )
    assert "Nothing was charged" in told
    await studio.heard_everything()
    assert len(studio.from_bot(ADA)) == 1


async def test_a_mask_that_is_handed_out_late(studio: Studio) -> None:
    """A mask's file that is available a moment later is used."""
    refuse(studio, "getFile", words=UNAVAILABLE, times=1)
    sent = [("hole.png", _marked("RGBA", (0, 128, 128, 255), (0, 0, 0, 0)), True)]
    await studio.answer(await studio.say("/mask a red door", files=sent), "Only the tinted area will change")


# --- updates ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unforgetting")
async def test_a_press_in_a_group_that_is_given_up_is_told_there(studio: Studio) -> None:
    """An abandoned press in a group is told below the button, not in private."""
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    shown = await studio.picture(asked)
    await studio.in_state("delivered")
    await Room(studio, GROUP, BEN).press(shown, "sizes")
    await studio.heard_everything()
    await studio.rewrite("UPDATE inbox SET done_at = NULL, attempts = 21 WHERE payload LIKE '%callback_query%'")
    await studio.restart()
    told = await studio.answer(shown, "went wrong")
    assert told["chat"]["id"] == GROUP
    assert not studio.from_bot(BEN)


async def test_nulls_count_as_absent_wherever_they_stand(studio: Studio) -> None:
    """A null counts as absent in the objects of an update, too."""
    user = {"id": ADA, "is_bot": False, "first_name": "Ada", "language_code": None, "last_name": None}
    reply = {"message_id": 1, "date": 1, "chat": {"id": ADA, "type": "private", "title": None}, "from": user}
    content = {
        "text": "/imagine a red fox",
        "entities": [None, {"type": "bot_command", "offset": 0, "length": 8, "user": None, "url": None}],
        "caption_entities": None,
        "photo": None,
        "link_preview_options": None,
        "reply_to_message": reply | {"text": "a hare", "photo": None, "document": None},
        "reply_markup": {"inline_keyboard": [None, [None, {"text": "x", "url": "http://a.example", "web_app": None}]]},
        "forward_origin": None,
        "sticker": None,
        "quote": None,
    }
    assert words_of(await studio.picture(studio.world.say_raw(ADA, ADA, content))) == "a red fox"


async def test_an_album_whose_answers_get_lost_is_sent_a_few_times(studio: Studio) -> None:
    """While no answer arrives, a chat gets an album at most four times, and then the words with its buttons."""
    studio.faults.add(Fault("telegram", ALBUM, "drop_after", times=None))
    await studio.say("a red fox --n 2")
    await studio.in_state("delivered")
    assert sum("photo" in message for message in studio.from_bot(ADA)) == 2 * 4
