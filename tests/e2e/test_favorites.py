"""⭐: favorites are a click away from /history, for the person whose pictures they are."""

import pytest

from tests.e2e.kit import ADA, BEN, EVERYWHERE, IN_GROUP, Message, Room, says, shows, until, words_of

STAR, UNSTAR = "⭐ Add to favorites", "☆ Remove from favorites"


async def _copy(room: Room, words: str = "/history") -> Message:
    """Show the first picture of a page again."""
    page = await room.studio.answer(await room.say(words))
    await room.press(page, "show")
    return await room.come(shows("photo"), page)


def _labels(room: Room, message: Message) -> list[str]:
    return [button["text"] for button in room.buttons(message)]


@EVERYWHERE
async def test_a_picture_becomes_a_favorite_and_stops_being_one(room: Room) -> None:
    """The button says what it does, /history ⭐ and its button list favorites, also after a restart."""
    await room.paint("a hare")
    await room.paint("a red fox")
    await room.studio.in_state("delivered", 2)
    copy = await _copy(room)
    assert (await room.press(copy, "star"))["text"] == "⭐ It's a favorite now. /history ⭐ shows them all."
    await until(lambda: UNSTAR in _labels(room, copy))
    await room.studio.restart()
    page = await room.studio.answer(await room.say("/history"))
    assert _labels(room, page) == ["1", "2", "⭐ Favorites"]
    await room.press(page, "past")
    await until(lambda: _labels(room, page) == ["1", "🗂 All"])
    assert words_of(room.now(page) or {}).startswith("⭐ Your favorites, 1–1.")
    assert "1. a red fox" in words_of(room.now(page) or {})
    await room.press(page, "past")
    await until(lambda: _labels(room, page) == ["1", "2", "⭐ Favorites"])
    again = await _copy(room, "/history ⭐")
    assert UNSTAR in _labels(room, again)
    assert "isn't a favorite anymore" in (await room.press(again, "star"))["text"]
    await until(lambda: STAR in _labels(room, again))
    asked = await room.say("/history ⭐")
    await room.studio.answer(asked, "no favorites")
    assert len(room.studio.images.generated) == 2


@pytest.mark.parametrize("words", ["⭐", "⭐️  ", " 🌟", "FAVORITES ", "Favourites", "fav", "★★"])
async def test_favorites_are_asked_for_in_many_ways(room: Room, words: str) -> None:
    """With other stars, spaces, capitals and spellings."""
    await room.studio.answer(await room.say(f"/history {words}"), "no favorites yet")


async def test_a_second_press_changes_nothing(room: Room) -> None:
    """A double press, and a press on an older copy, lead to the state that the button names."""
    await room.paint("a red fox")
    await room.studio.in_state("delivered")
    first, second = await _copy(room), await _copy(room)
    data = room.data(first, "star:")
    for message in (first, first, second):
        answer = await room.studio.world.press(room.chat_id, message["message_id"], room.person, data)
        assert "favorite now" in answer["text"]
    assert len(room.studio.rows("favorites")) == 1
    await until(lambda: UNSTAR in _labels(room, second))


async def test_the_star_stays_below_other_menus(room: Room) -> None:
    """📐 and back, and 🗑 and back, keep it under a copy; a fresh picture has no such row."""
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    copy = await _copy(room)
    usual = _labels(room, copy)
    for verb in ("sizes", "del"):
        await room.press(copy, verb)
        await until(lambda: STAR not in _labels(room, copy))
        await room.press(copy, "menu")
        await until(lambda: _labels(room, copy) == usual)
    await room.press(shown, "sizes")
    await until(lambda: len(_labels(room, shown)) == 4)
    await room.press(shown, "menu")
    await until(lambda: _labels(room, shown) == usual[:-1])


async def test_a_deleted_picture_is_no_favorite(room: Room) -> None:
    """A press under a copy of it says that it is gone."""
    await room.paint("a red fox")
    await room.studio.in_state("delivered")
    copy = await _copy(room)
    await room.studio.rewrite(
        "INSERT INTO favorites SELECT job_id, position, asked_by, created_at FROM pictures JOIN jobs ON id = job_id"
    )
    await room.studio.rewrite("UPDATE pictures SET deleted_at = 1")
    answer = await room.press(copy, "star")
    assert "deleted or is too old" in answer["text"]
    asked = await room.say("/history ⭐")
    await room.studio.answer(asked, "no favorites")


@IN_GROUP
async def test_favorites_are_ones_own(room: Room) -> None:
    """Even the group's owner can't choose the favorites of a member."""
    await room.paint("a red fox")
    await room.studio.in_state("delivered")
    copy = await _copy(room)
    answer = await room.press(copy, "star", ADA)
    assert "another person's history" in answer["text"]
    assert answer["show_alert"]
    assert not room.studio.rows("favorites")
    await room.press(copy, "star", BEN)
    await until(lambda: room.studio.rows("favorites"))
    await room.studio.answer(await room.say("/history ⭐", ADA), "no favorites from this chat")


async def test_favorites_have_pages(room: Room) -> None:
    """Their buttons stay among favorites."""
    for number in range(2):
        await room.say(f"/imagine foxes {number} --n 4")
    await until(lambda: len(room.studio.from_bot(ADA)) >= 2)
    for message in list(room.studio.from_bot(ADA)):
        if any(str(button.get("callback_data", "")).startswith("yes:") for button in room.buttons(message)):
            await room.press(message, "yes")
    await room.studio.in_state("delivered", 2)
    await room.studio.rewrite(
        "INSERT INTO favorites SELECT job_id, position, asked_by, created_at FROM pictures JOIN jobs ON id = job_id "
        "ORDER BY created_at, position LIMIT 7"
    )
    page = await room.studio.answer(await room.say("/history ⭐"))
    assert _labels(room, page) == ["1", "2", "3", "4", "5", "6", "▶", "🗂 All"]
    await room.press(page, "past")
    await until(lambda: _labels(room, page) == ["7", "◀", "🗂 All"])
    await room.press(page, "past")
    await until(lambda: _labels(room, page) == ["1", "2", "3", "4", "5", "6", "▶", "🗂 All"])
    assert says("favorites")(room.now(page) or {})
