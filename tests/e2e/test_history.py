"""/history: the user's own pictures in pages of thumbnails, each of which can be shown again for free."""

import json

import pytest

from tests.e2e.kit import ADA, BEN, EVERYWHERE, IN_GROUP, Message, Room, opened, shows, until, words_of

SENDING = ("sendPhoto", "sendDocument", "sendMediaGroup", "editMessageMedia")


async def _eight(room: Room) -> None:
    """Make eight pictures, in albums and alone."""
    for words in ("foxes --n 4", "hares --n 2", "a bear", "an owl"):
        await room.say(f"/imagine {words}")
        done = len(room.studio.rows("jobs"))
        await room.studio.in_state("delivered", max(done, 1))
    await until(lambda: len(room.studio.rows("jobs WHERE state = 'delivered'")) == 4)


async def _history(room: Room, person: int | None = None) -> Message:
    return await room.studio.answer(await room.say("/history", person))


def _labels(room: Room, page: Message) -> list[str]:
    return [button["text"] for button in room.buttons(page)]


def _forge(room: Room, page: Message, data: str) -> None:
    """Press a button that isn't under the page, or not anymore."""
    person = room.studio.world.people[ADA]
    press = {"id": data, "from": person, "message": page, "data": data, "chat_instance": "1"}
    room.studio.world.updates.add("callback_query", press, ADA)


async def test_pages(room: Room) -> None:
    """A page has six pictures, and buttons turn the pages within the same message."""
    await _eight(room)
    await room.studio.restart()
    page = await _history(room)
    assert "Your pictures, 1–6." in page["caption"]
    assert _labels(room, page) == ["1", "2", "3", "4", "5", "6", "▶"]
    await room.press(page, "past")
    await until(lambda: _labels(room, page) == ["7", "8", "◀"])
    assert "7–8." in words_of(room.now(page) or {})
    await room.press(page, "past")
    await until(lambda: _labels(room, page) == ["1", "2", "3", "4", "5", "6", "▶"])
    assert len(room.studio.images.generated) == 4


@EVERYWHERE
async def test_a_number_shows_the_picture_again_for_nothing(room: Room) -> None:
    """A page is a picture; a number sends one by its file ID, without an upload, and with all its buttons."""
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    page = await _history(room)
    await room.studio.restart()
    before = {name: len(room.studio.world.log.of(name)) for name in SENDING}
    await room.press(page, "show")
    copy = await room.come(shows("photo"), page)
    sheet = room.studio.world.files.get(page["photo"][-1]["file_id"])
    assert sheet
    assert min(opened(sheet.data).size) >= 100
    calls = [call for name in SENDING for call in room.studio.world.log.of(name)[before[name] :]]
    file_ids = {size["file_id"] for size in shown["photo"]}
    assert [call["params"]["photo"] in file_ids for call in calls] == [True]
    assert copy["photo"] == shown["photo"]
    assert copy["caption"] == "a red fox"
    usual = shown["reply_markup"]["inline_keyboard"]
    *rows, star = copy["reply_markup"]["inline_keyboard"]
    assert (rows, [button["text"] for button in star]) == (usual, ["⭐ Add to favorites"])
    assert len(room.studio.images.generated) == 1


async def test_a_page_is_no_picture_to_change(room: Room) -> None:
    """Text in reply to a page orders nothing and asks which picture is meant."""
    await room.paint("a red fox")
    await room.studio.in_state("delivered")
    page = await _history(room)
    asked = await room.say("/edit make it night", reply_to=page["message_id"])
    await room.studio.answer(asked, "Which of the pictures?")
    assert len(room.studio.rows("jobs")) == 1


async def test_a_picture_that_telegram_forgot(room: Room) -> None:
    """If Telegram has forgotten a file ID, the picture is uploaded again."""
    await room.paint("a red fox")
    await room.studio.in_state("delivered")
    await room.studio.rewrite("UPDATE pictures SET file_id = 'forgotten'")
    page = await _history(room)
    await room.press(page, "show")
    await room.come(shows("photo"), page)
    await until(lambda: room.studio.rows("pictures")[0]["file_id"] != "forgotten")


@EVERYWHERE
async def test_an_empty_history(room: Room) -> None:
    """An empty history says how to get a picture, or that none comes from this chat."""
    page = await _history(room)
    assert ("from this chat" if room.is_group else "/imagine") in page["text"]


async def test_failures_and_cancelled_orders_are_not_in_it(room: Room) -> None:
    """Failed and canceled jobs aren't listed."""
    await room.studio.answer(await room.say("/imagine something forbidden"), "content policy")
    assert "photo" not in await _history(room)


@IN_GROUP
async def test_it_is_ones_own(room: Room) -> None:
    """Users see only their own pictures, and can't turn the pages of others."""
    await _eight(room)
    page = await _history(room)
    assert "from this chat" in (await _history(room, ADA))["text"]
    answer = await room.press(page, "past", ADA)
    assert "another person's history" in answer["text"]
    assert answer["show_alert"]
    assert _labels(room, page)[0] == "1"


@IN_GROUP
async def test_a_group_sees_only_what_is_its_own(room: Room) -> None:
    """A group shows only pictures made there, and the private chat shows all."""
    studio = room.studio
    den = Room(studio, studio.world.add_chat("supergroup", "Den", [BEN, ADA]).id, BEN)
    alone = Room(studio, BEN, BEN)
    for place, words in ((room, "a red fox"), (den, "a hare"), (alone, "an owl")):
        await place.paint(words)
    await studio.in_state("delivered", 3)
    for place, count in ((room, 1), (den, 1), (alone, 3)):
        page = await _history(place)
        assert f"1–{count}." in page["caption"]
    page = await _history(den)
    await den.press(page, "show")
    assert (await den.come(shows("photo"), page))["caption"] == "a hare"


async def test_pages_beyond_the_end(room: Room) -> None:
    """A page that no longer exists, because its pictures were deleted, says so."""
    await _eight(room)
    page = await _history(room)
    await room.studio.rewrite("UPDATE pictures SET deleted_at = 1")
    await room.press(page, "past")
    told = await room.come(shows("text"), page)
    assert "no pictures" in told["text"]


@IN_GROUP
@pytest.mark.parametrize("topic", [None, 3], ids=["general", "topic"])
async def test_it_is_shown_where_it_is_asked_for(room: Room, topic: int | None) -> None:
    """In a forum, the picture and its file appear in the topic of /history, not in the topic where it was made."""
    made = await room.studio.picture(await room.say("/imagine a red fox", thread_id=2))
    await room.studio.in_state("delivered")
    page = await room.studio.answer(await room.say("/history", thread_id=topic))
    await room.press(page, "show")
    copy = await room.come(shows("photo"), page)
    await room.press(copy, "file")
    document = await room.come(shows("document"), copy)
    assert [one.get("message_thread_id") for one in (made, page, copy, document)] == [2, topic, topic, topic]


async def test_words_and_dates_stand_below_the_sheet(room: Room) -> None:
    """They are numbered as on the sheet, each in one line; long prompts are cut, and markup is only words."""
    for words in ("an owl\n at  night", "<b>bold</b> & co", "fox " * 80):
        await room.paint(words)
    await room.studio.in_state("delivered", 3)
    await room.studio.rewrite("UPDATE jobs SET created_at = 1700000000000 + rowid")
    title, _, *lines = (await _history(room))["caption"].splitlines()
    assert title == "🗂 Your pictures, 1–3. Tap a number to go on from one."
    assert [line.endswith(" · Nov 14") for line in lines] == [True] * 3
    assert lines[0].startswith("1. fox fox")
    assert "…" in lines[0]
    assert lines[1:] == ["2. <b>bold</b> & co · Nov 14", "3. an owl at night · Nov 14"]


async def test_a_full_page_fits_into_a_caption(room: Room) -> None:
    """Also with the longest prompts, of characters that count twice, and the largest numbers."""
    await _eight(room)
    await room.studio.rewrite("UPDATE jobs SET request = ?", json.dumps({"prompt": "🦊" * 900}))
    page = await _history(room)
    _forge(room, page, room.data(page, "past:").rpartition(":")[0] + ":999999")
    await until(lambda: "999,999–1,000,000." in words_of(room.now(page) or {}))


async def test_new_pictures_move_no_page(room: Room) -> None:
    """A page goes on where the one before it ended, also if pictures came or were deleted meanwhile."""
    await _eight(room)
    page = await _history(room)
    sixth, position = room.data(page, "past:").split(":")[4:6]
    await room.paint("a whale")
    await room.studio.in_state("delivered", 5)
    await room.studio.rewrite(
        "UPDATE pictures SET deleted_at = 1 WHERE job_id = ? AND position = ?", sixth, int(position)
    )
    await room.press(page, "past")
    await until(lambda: "◀" in _labels(room, page))
    caption = words_of(room.now(page) or {})
    assert "foxes" in caption
    assert "whale" not in caption


async def test_buttons_of_the_version_before_turn_pages(room: Room) -> None:
    """They count from the newest picture, and lead to buttons of today."""
    await _eight(room)
    page = await _history(room)
    forward, back = ["7", "8", "◀"], ["1", "2", "3", "4", "5", "6", "▶"]
    _forge(room, page, f"history:{ADA}:6")
    await until(lambda: _labels(room, page) == forward)
    _forge(room, page, f"history:{ADA}:0")
    await until(lambda: _labels(room, page) == back)
    await room.press(page, "past")
    await until(lambda: _labels(room, page) == ["7", "8", "◀"])


async def test_a_page_whose_pictures_are_gone_leads_to_the_newest(room: Room) -> None:
    """Where the older pictures were deleted, the others are shown."""
    await _eight(room)
    page = await _history(room)
    oldest = min(room.studio.rows("jobs"), key=lambda job: int(job["created_at"]))["id"]
    await room.studio.rewrite("UPDATE pictures SET deleted_at = 1 WHERE job_id = ?", oldest)
    await room.press(page, "past")
    await until(lambda: _labels(room, page) == ["1", "2", "3", "4"])
