"""The requester's view of a job: one message that shows its progress and becomes the picture."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, FAST, GROUP, PATIENT, Mode, Room, Studio, picture, shows, until, words_of


@pytest.mark.parametrize("mode", [Mode.WEBHOOK, Mode.POLLING], ids=["webhook", "polling"])
async def test_the_placeholder_shows_progress_and_becomes_the_picture(studio: Studio) -> None:
    """One message in reply to the order confirms it, shows the progress, and becomes the picture."""
    studio.images.duration_s = 0.7
    asked = await studio.say("a red fox")
    placeholder = await studio.answer(asked, "Painting")
    await studio.answer(asked, "▰")
    shown = await studio.picture(asked)
    assert shown["message_id"] == placeholder["message_id"]
    assert shown["caption"] == "a red fox"
    progress = words_of(studio.world.history(ADA, shown["message_id"])[1])
    assert "%" in progress
    assert len(studio.from_bot(ADA)) == 1


async def test_several_pictures_are_one_album(studio: Studio) -> None:
    """Several pictures arrive as one album in reply to the order, and its caption stands below."""
    asked = await studio.say("a red fox --n 2")
    await studio.picture(asked)
    caption = await studio.world.wait_for(ADA, lambda message: "Which one?" in message.get("text", ""))
    album = [message for message in studio.from_bot(ADA) if "photo" in message]
    assert caption["message_id"] > max(message["message_id"] for message in album)
    assert len(album) == 2
    assert len({message["media_group_id"] for message in album}) == 1
    assert all(message["reply_to_message"]["message_id"] == asked["message_id"] for message in album)


async def test_fewer_pictures_than_asked_for_are_shown_and_said(studio: Studio) -> None:
    """If fewer pictures arrive than were ordered, they are shown, and the caption says so."""
    studio.faults.add(Fault("image", "task", "code", "partial"))
    shown = await studio.picture(await studio.say("a red fox --n 2"))
    assert "1 picture of the 2" in shown["caption"]


async def test_a_strip_comes_as_a_file(studio: Studio) -> None:
    """A picture whose proportions Telegram refuses as a photo is sent as a document."""
    out = io.BytesIO()
    Image.new("RGB", (60, 1300), "red").save(out, "PNG")
    studio.images.blank = lambda _: out.getvalue()
    shown = await studio.picture(await studio.say("a red strip"))
    assert "document" in shown
    assert shown["caption"] == "a red strip"


@pytest.mark.parametrize("timing", [replace(FAST, result_attempts=2)])
async def test_a_result_that_is_no_picture_is_never_sent(studio: Studio) -> None:
    """A result that isn't a picture is never sent, and the user is told."""
    studio.images.blank = lambda _: b"<html>not a picture</html>"
    asked = await studio.say("a red fox")
    await studio.answer(asked, "couldn't fetch it")
    assert "photo" not in studio.from_bot(ADA)[0]


@pytest.mark.parametrize("timing", [replace(FAST, result_attempts=2, result_rarely_ms=100)])
async def test_a_result_behind_a_long_outage_still_comes(studio: Studio) -> None:
    """While a result's host is down, downloads are retried rarely, and the picture is shown afterwards."""
    for link in ("result", "direct"):
        studio.faults.add(Fault("image", link, "http", 503, times=None))
    asked = await studio.say("a red fox")
    await until(lambda: studio.rows("jobs WHERE state = 'settled' AND attempts >= 5"))
    await studio.answer(asked, "I keep trying")
    studio.faults.clear()
    await studio.picture(asked)


@pytest.mark.parametrize("timing", [replace(FAST, result_attempts=2)])
async def test_an_album_does_not_wait_long_for_one_of_its_pictures(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If some pictures of an album are missing, the others are shown after the usual attempts."""
    find = studio.images.files.find
    monkeypatch.setattr(studio.images.files, "find", lambda path: None if path.endswith("/1.png") else find(path))
    studio.faults.add(Fault("image", "direct", "http", 503, times=None))
    await studio.picture(await studio.say("a red fox --n 2"))
    await studio.in_state("delivered")
    assert [row["position"] for row in studio.rows("pictures")] == [1]


@pytest.mark.parametrize("kind", ["drop", "http", "cut"])
async def test_a_result_that_breaks_off_is_fetched_again(studio: Studio, kind: str) -> None:
    """A download that breaks off is repeated."""
    studio.faults.add(Fault("image", "result", kind, times=2))  # type: ignore[arg-type]
    await studio.picture(await studio.say("a red fox"))
    assert studio.asked_of_api("generate") == 1


async def test_a_deleted_placeholder_is_replaced(studio: Studio) -> None:
    """If the placeholder is deleted, the picture still arrives, once."""
    studio.images.duration_s = 0.2
    asked = await studio.say("a red fox")
    placeholder = await studio.answer(asked)
    studio.world.erase(ADA, placeholder["message_id"])
    await studio.picture(asked)
    await studio.in_state("delivered")
    assert len(studio.from_bot(ADA)) == 1


async def test_a_deleted_order_is_answered_all_the_same(studio: Studio) -> None:
    """If the order's message is deleted, the picture arrives without a reply."""
    studio.images.duration_s = 0.2
    asked = await studio.say("a red fox --n 2")
    await studio.answer(asked)
    studio.world.erase(ADA, asked["message_id"])
    await studio.world.wait_for(ADA, lambda message: message["from"]["is_bot"] and "photo" in message)
    await studio.in_state("delivered")


async def test_a_group_that_forbids_pictures_meanwhile(studio: Studio) -> None:
    """If a group forbids pictures in the meantime, the user is told, others are served, and /history has it."""
    first, second = studio.hold_tasks(1), studio.hold_tasks(1)
    (refused,) = await studio.world.say(GROUP, BEN, "/imagine a red fox")
    await studio.in_state("generating")
    (shown,) = await studio.world.say(GROUP, ADA, "/imagine a hare")
    await studio.in_state("generating", 2)
    studio.world.chats[GROUP].forbidden = {"photos", "documents"}
    first.release()
    told = await studio.answer(refused, "doesn't let me send pictures")
    assert not {"photo", "document"} & told.keys()
    studio.world.chats[GROUP].forbidden = {"photos"}
    second.release()
    assert "document" in await studio.picture(shown)
    await studio.in_state("delivered", 2)
    assert not studio.rows("chats WHERE gone_at IS NOT NULL")
    alone = Room(studio, BEN, BEN)
    page = await studio.picture(await alone.say("/history"))
    await alone.press(page, "show")
    assert (await alone.come(shows("photo"), page))["caption"] == "a red fox"
    assert len(studio.images.generated) == 2


@pytest.mark.parametrize("kind", ["drop", "drop_after", "http", "html", "cut"])
async def test_a_picture_is_shown_once_however_telegram_breaks_off(studio: Studio, kind: str) -> None:
    """If the connection breaks while the picture is shown, it is retried and appears once."""
    studio.faults.add(Fault("telegram", "editMessageMedia", kind))  # type: ignore[arg-type]
    asked = await studio.say("a red fox")
    await studio.picture(asked)
    await studio.in_state("delivered")
    assert len(studio.from_bot(ADA)) == 1


async def test_a_placeholder_that_could_not_be_sent_stops_nothing(studio: Studio) -> None:
    """If the placeholder can't be sent, the picture still arrives."""
    studio.faults.add(Fault("telegram", "sendMessage", "drop"))
    await studio.picture(await studio.say("a red fox"))
    assert len(studio.images.generated) == 1


async def test_a_long_prompt_is_cut_in_its_caption_only(studio: Studio) -> None:
    """A long prompt is cut in the caption, but reaches the image API complete."""
    prompt = "a fox " * 600
    shown = await studio.picture(await studio.say(prompt))
    assert shown["caption"].endswith("…")
    assert studio.images.generated[0]["prompt"] == prompt.strip()


async def test_an_order_that_need_not_wait_is_told_once(idle: Studio) -> None:
    """If nothing keeps an order waiting, its placeholder says from the start that it is painted."""
    studio = idle
    await studio.start(poll_interval_s=60)
    shown = await studio.picture(await studio.say("a red fox"))
    placeholder, _ = studio.world.history(ADA, shown["message_id"])
    assert "Painting" in words_of(placeholder)
    assert "reply_markup" not in placeholder
    assert "editMessageText" not in [call["method"] for call in studio.world.log.calls]


async def test_an_order_that_is_refused_first_is_told_each_time(studio: Studio) -> None:
    """Where a placeholder said that an order waits, it says later that it is painted, and has no ✖ any more."""
    studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    placeholder = await studio.answer(await studio.say("a red fox"), "busy right now")
    assert "stop:" in str(placeholder["reply_markup"])
    studio.faults.clear()
    held = studio.hold_tasks()
    await studio.world.wait_for(
        ADA, lambda message: "Painting" in words_of(message) and "reply_markup" not in message, after=1
    )
    held.release()


async def test_an_order_with_a_picture_can_be_canceled_while_it_is_uploaded(studio: Studio) -> None:
    """An upload takes a while, so the placeholder says that the order waits, with ✖."""
    shown = await studio.picture(await studio.say("at night", files=[("a.png", picture(), False)]))
    first = studio.world.history(ADA, shown["message_id"])[0]
    assert "Yours is next" in words_of(first)
    assert "stop:" in str(first["reply_markup"])


@PATIENT
async def test_a_place_in_the_queue_is_told(studio: Studio) -> None:
    """A queued order is told how many orders are before it."""
    studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    await studio.say("a red fox")
    await studio.refused_once()
    asked = await studio.say("a hare", BEN)
    await studio.world.wait_for(BEN, lambda message: message["message_id"] > asked["message_id"])
    assert "1 request is before yours" in words_of(studio.world.history(BEN, asked["message_id"] + 1)[0])
