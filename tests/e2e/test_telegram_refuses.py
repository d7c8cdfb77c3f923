"""Telegram refuses a form, a message, a file or the token: a paid picture arrives, or the user is told."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.telegram.messenger import TelegramMessenger
from sandbox.faults import Fault, Kind
from tests.e2e.kit import ADA, BEN, FAST, GROUP, Mode, Room, Studio, picture, shows, until, words_of

FORMS = ["IMAGE_PROCESS_FAILED", "PHOTO_INVALID_DIMENSIONS", "PHOTO_SAVE_FILE_INVALID", "SOME_NEW_MEDIA_ERROR"]


def refuse(
    studio: Studio, *methods: str, words: str = "SOME_NEW_MEDIA_ERROR", times: int | None = None, code: int = 400
) -> None:
    """Let Telegram refuse calls of these methods."""
    studio.faults.add(
        *(Fault("telegram", method, "code", f"{code}:Bad Request: {words}", times=times) for method in methods)
    )


def _album(refused: str) -> str:
    return f'Failed to send message #1 with the error message "{refused}"'


@pytest.mark.parametrize("words", FORMS)
async def test_a_photo_that_is_refused_comes_as_a_file(studio: Studio, words: str) -> None:
    """A photo that Telegram refuses is sent as a document, once."""
    refuse(studio, "editMessageMedia", words=words, times=1)
    shown = await studio.picture(await studio.say("a red fox"))
    assert "document" in shown
    await studio.in_state("delivered")
    assert len(studio.from_bot(ADA)) == 1


async def test_buttons_that_are_refused_cost_no_picture(studio: Studio) -> None:
    """If photo and document are refused because of the buttons, the picture arrives without them."""
    refuse(studio, "editMessageMedia", words="BUTTON_DATA_INVALID", times=2)
    shown = await studio.picture(await studio.say("a red fox"))
    assert "reply_markup" not in shown


@pytest.mark.parametrize("words", [_album("IMAGE_PROCESS_FAILED"), "Group send failed"])
async def test_an_album_that_is_refused_comes_as_files(studio: Studio, words: str) -> None:
    """An album that is refused as photos is sent as documents; "Group send failed" counts after the second time."""
    refuse(studio, "sendMediaGroup", words=words, times=2 if "Group" in words else 1)
    asked = await studio.say("a red fox --n 2")
    assert "document" in await studio.picture(asked)
    await studio.in_state("delivered")
    assert sum("document" in message for message in studio.from_bot(ADA)) == 2


async def test_a_group_send_that_failed_is_tried_again(studio: Studio) -> None:
    """ "Group send failed" says nothing about the pictures, so the album is sent again."""
    refuse(studio, "sendMediaGroup", words="Group send failed", times=1)
    assert "photo" in await studio.picture(await studio.say("a red fox --n 2"))


async def test_an_album_that_is_refused_as_such_comes_one_by_one(studio: Studio) -> None:
    """An album that is refused as such is sent one by one, with the buttons below."""
    refuse(studio, "sendMediaGroup", words=_album("MEDIA_INVALID"))
    asked = await studio.say("a red fox --n 2")
    await studio.in_state("delivered")
    assert sum("photo" in message for message in studio.from_bot(ADA)) == 2
    assert (await studio.answer(asked, "a red fox"))["reply_markup"]


async def test_one_by_one_goes_on_after_a_crash(studio: Studio) -> None:
    """After a crash, pictures that were recorded as shown aren't sent again."""
    refuse(studio, "sendMediaGroup", words=_album("MEDIA_INVALID"))
    studio.faults.add(Fault("telegram", "sendPhoto", "delay", 0), Fault("telegram", "sendPhoto", "http", 502, times=3))
    await studio.say("a red fox --n 2")
    await studio.in_state("settled")
    await studio.restart()
    await studio.in_state("delivered")
    assert sum("photo" in message for message in studio.from_bot(ADA)) == 2


async def test_the_last_resort_says_the_truth(studio: Studio) -> None:
    """If every form is refused, the user is told so, and that the picture was charged."""
    for method in ("editMessageMedia", "sendPhoto", "sendDocument"):
        refuse(studio, method, words="IMAGE_PROCESS_FAILED")
    told = await studio.answer(await studio.say("a red fox"), "refuses it here")
    assert "charged" in words_of(told)
    await studio.in_state("delivered")


async def test_history_comes_as_a_file_where_it_must(studio: Studio) -> None:
    """/history and its pictures are sent as documents if photos are refused."""
    await studio.picture(await studio.say("a red fox"))
    await studio.in_state("delivered")
    refuse(studio, "sendPhoto", words="IMAGE_PROCESS_FAILED")
    room = Room(studio, ADA, ADA)
    page = await studio.picture(await studio.say("/history"))
    assert "document" in page
    await room.press(page, "show")
    assert (await room.come(shows("document"), page))["caption"] == "a red fox"


@pytest.mark.parametrize("words", ["MESSAGE_ID_INVALID", "message to edit not found", "SOMETHING_NEW"])
async def test_a_placeholder_that_can_not_be_changed_is_replaced(studio: Studio, words: str) -> None:
    """If an edit is refused for a reason other than the picture, a new message shows it."""
    refuse(studio, "editMessageMedia", words=words, times=1)
    await studio.picture(await studio.say("a red fox"))
    await studio.in_state("delivered")


async def test_a_failure_is_told_in_a_new_message(studio: Studio) -> None:
    """A failure is told in a new message if the edit is refused."""
    studio.images.duration_s = 0.3
    asked = await studio.say("something nsfw")
    await studio.answer(asked)
    refuse(studio, "editMessageText", words="MESSAGE_ID_INVALID")
    await studio.answer(asked, "content policy")


@pytest.mark.parametrize("timing", [replace(FAST, refusal_first_wait_ms=50)])
async def test_nothing_is_delivered_that_did_not_arrive(studio: Studio) -> None:
    """If Telegram accepts neither picture nor text for a while, both are retried, and the picture arrives."""
    studio.images.duration_s = 0.2
    asked = await studio.say("a red fox")
    await studio.answer(asked)
    for method in ("editMessageMedia", "editMessageText", "sendMessage", "sendPhoto", "sendDocument"):
        refuse(studio, method, words="CONTENT_OF_THE_PHOTO_REFUSED")
    await until(lambda: studio.rows("jobs WHERE state = 'settled' AND attempts > 1"))
    studio.faults.clear()
    await studio.picture(asked)
    await studio.in_state("delivered")


@pytest.mark.parametrize("timing", [replace(FAST, refusal_first_wait_ms=1, refusal_longest_wait_ms=20, refusals=3)])
async def test_what_never_arrives_ends(studio: Studio) -> None:
    """After a day of refusals, the job ends with a line in the log."""
    for method in ("editMessageMedia", "editMessageText", "sendMessage", "sendPhoto", "sendDocument"):
        refuse(studio, method, words="CONTENT_OF_THE_PHOTO_REFUSED")
    await studio.say("a red fox")
    await studio.in_state("cancelled")


@pytest.mark.parametrize("forbidden", [{"photos"}, {"text"}, {"text", "photos"}])
async def test_a_group_that_forbids_some(studio: Studio, forbidden: set[str]) -> None:
    """In a group with restrictions, the permitted forms are used without a refused call."""
    studio.world.chats[GROUP].forbidden = forbidden
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    shown = await studio.picture(asked)
    assert ("document" if "photos" in forbidden else "photo") in shown
    await studio.in_state("delivered")
    assert len(studio.from_bot(GROUP)) == 1
    refused = [call for call in studio.world.log.calls if call.get("answer", 200) != 200]
    assert not refused


async def test_nothing_is_paid_where_nothing_can_be_shown(studio: Studio) -> None:
    """A group without photos and documents is told before anything is ordered, and a later permission counts."""
    studio.world.chats[GROUP].forbidden = {"photos", "documents"}
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    told = await studio.answer(asked, "doesn't let me send pictures")
    assert "Nothing was charged" in words_of(told)
    assert not studio.rows("jobs")
    studio.world.promote(GROUP, studio.world.bot["id"])
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    await studio.picture(asked)


@pytest.mark.parametrize("code", [401, 404])
@pytest.mark.parametrize("method", ["editMessageMedia", "sendMessage", "sendMediaGroup", "getFile"])
async def test_an_error_about_the_bot_is_no_error_about_the_message(studio: Studio, code: int, method: str) -> None:
    """A token that is refused for a moment delays the picture, which arrives once."""
    studio.faults.add(Fault("telegram", method, "code", code, times=2))
    if method == "getFile":
        asked = await studio.say("make it night", files=[("a.png", picture(), True)])
    else:
        asked = await studio.say("a red fox --n 2" if method == "sendMediaGroup" else "a red fox")
    await studio.picture(asked)
    await studio.in_state("delivered")
    assert studio.asked_of_api("generate") == 1


async def test_an_album_is_not_lost_to_a_refused_token(studio: Studio) -> None:
    """Attempts that surely showed nothing aren't counted."""
    studio.faults.add(Fault("telegram", "sendMediaGroup", "code", 401, times=7))
    asked = await studio.say("a red fox --n 2")
    await studio.picture(asked)


async def test_a_file_that_is_not_there_yet(studio: Studio) -> None:
    """A file that is temporarily unavailable is requested again."""
    words = "wrong file_id or the file is temporarily unavailable"
    refuse(studio, "getFile", words=words, times=3)
    await studio.picture(await studio.say("make it night", files=[("a.png", picture(), True)]))


async def test_a_file_that_never_comes(studio: Studio) -> None:
    """If a file stays unavailable, the user is told, and nothing is charged."""
    refuse(studio, "getFile", words="wrong file_id or the file is temporarily unavailable")
    told = await studio.answer(
        await studio.say("make it night", files=[("a.png", picture(), True)]), "didn't give me your picture"
    )
    assert "Nothing was charged" in words_of(told)


@pytest.mark.parametrize("status", [404, 410, 403])
async def test_a_file_that_is_gone(studio: Studio, status: int) -> None:
    """A permanent refusal of a file isn't taken for a busy server."""
    studio.faults.add(Fault("file", "telegram", "http", status, times=None))
    await studio.answer(
        await studio.say("make it night", files=[("a.png", picture(), True)]), "didn't give me your picture"
    )
    assert not studio.asked_of_api("generate")


@pytest.mark.parametrize("status", [413, 400])
async def test_a_gateway_that_refuses_for_good(studio: Studio, status: int) -> None:
    """A gateway's page counts as a refusal: the other form is tried, and then the user is told."""
    studio.faults.add(Fault("telegram", "editMessageMedia", "html", status, times=None))
    await studio.answer(await studio.say("a red fox"), "refuses it here")


ODD = [None, '{"date": 1700000000000}', '{"message_id": null}', "true", "null", "[]", "7"]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("words", ["a red fox", "/help", "a red fox --n 2"])
async def test_an_answer_that_can_not_be_read_counts_as_done(studio: Studio, value: str | None, words: str) -> None:
    """An answer without a readable result counts as success: nothing is sent again, and later updates are handled."""
    for method in ("sendMessage", "editMessageMedia", "sendMediaGroup", "sendPhoto", "editMessageText"):
        studio.faults.add(Fault("telegram", method, "odd", value, times=None))
    await studio.say(words)
    await studio.heard_everything()
    if words != "/help":
        await studio.in_state("delivered")
    await asyncio.sleep(0)
    before = len(studio.from_bot(ADA))
    assert before <= 4
    pictures = [message for message in studio.from_bot(ADA) if "photo" in message]
    assert len(pictures) == (0 if words == "/help" else 2 if "--n" in words else 1)
    studio.faults.clear()
    await studio.picture(await studio.say("a hare"))


async def test_an_update_ends_even_when_the_apology_fails(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update ends even if the error message about it fails, too."""
    studio.forgiving = True

    async def broken(*_: Any, **__: Any) -> None:
        raise ValueError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(TelegramMessenger, "send_text", broken)
        await studio.say("/help")
        await studio.heard_everything()
    await studio.picture(await studio.say("a hare"))


@pytest.mark.usefixtures("unforgetting")
async def test_an_update_that_was_begun_too_often_is_given_up(idle: Studio) -> None:
    """An update whose handling repeatedly ends the process is abandoned after a limit, and not before."""
    await idle.start()
    await idle.say("/help")
    await idle.heard_everything()
    for attempts in (17, 21):
        assert not idle.rows("inbox WHERE trouble IS NOT NULL")
        await idle.rewrite("UPDATE inbox SET done_at = NULL, attempts = ?", attempts)
        await idle.restart()
        await idle.heard_everything()
    assert idle.rows("inbox WHERE trouble = 'given up'")
    await idle.world.wait_for(ADA, lambda message: "went wrong" in words_of(message))


@pytest.fixture
def impatiently(idle: Studio) -> None:
    """Retry updates that can't be answered at once."""
    idle.timing = replace(idle.timing, update_longest_wait_ms=50)


@pytest.mark.usefixtures("impatiently")
async def test_an_outage_of_telegram_loses_no_answer(studio: Studio) -> None:
    """Every request during an outage of Telegram is answered afterwards, however many attempts that takes."""
    studio.faults.add(Fault("telegram", "sendMessage", "http", 502, times=None))
    asked = await studio.say("/help")
    await until(lambda: studio.rows("inbox WHERE tries > 25"))
    studio.faults.clear()
    await studio.answer(asked, "Commands")


@pytest.mark.parametrize("timing", [replace(FAST, message_of_use_ms=0)])
@pytest.mark.usefixtures("impatiently")
@pytest.mark.parametrize("words", ["/help", "/edit it"])
async def test_what_came_too_late_is_said(studio: Studio, words: str) -> None:
    """After hours, a request isn't answered any more, and the user is told so."""
    studio.faults.add(Fault("telegram", "sendMessage", "http", 502, times=None))
    asked = await studio.say(words)
    await until(lambda: studio.rows("inbox WHERE tries > 2"))
    studio.faults.clear()
    await studio.answer(asked, "left this undone")
    await studio.heard_everything()
    assert len(studio.from_bot(ADA)) == 1


@pytest.mark.parametrize("mode", [Mode.WEBHOOK], ids=["webhook"])
async def test_a_press_is_acknowledged_at_once(studio: Studio) -> None:
    """In a group whose message limit is used up, a press is answered at once, and its result waits."""
    (asked,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    shown = await studio.picture(asked)
    await studio.in_state("delivered")
    kind: Kind = "retry_after"
    studio.faults.add(Fault("telegram", "sendMessage", kind, 20), Fault("telegram", "editMessageText", kind, 20))
    await studio.world.say(GROUP, ADA, "/help")
    await until(lambda: any(call.get("answer") == 429 for call in studio.world.log.calls))
    room = Room(studio, GROUP, BEN)
    for person, button in ((BEN, "edit"), (ADA, "again")):
        async with asyncio.timeout(5):
            await room.press(shown, button, person)


@pytest.mark.parametrize("mode", [Mode.POLLING], ids=["polling"])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("drop", None),
        ("html", None),
        *(("odd", value) for value in ("null", "true", "{}", "[7]")),
        *(("code", code) for code in ("404:Not Found: method not found", "401", "400:Bad Request: no")),
    ],
)
async def test_fetching_goes_on_behind_a_strange_answer(studio: Studio, kind: Kind, value: str | None) -> None:
    """A lost or unreadable answer to getUpdates, or a refusal for a moment, doesn't stop polling."""
    studio.faults.add(Fault("telegram", "getUpdates", kind, value))
    await studio.picture(await studio.say("a red fox"))
    assert len(studio.images.generated) == 1
