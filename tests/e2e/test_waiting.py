"""The wait for a picture: a bar and the time left, as long as earlier orders of its kind took."""

from tests.e2e.kit import ADA, BEN, Message, Studio, until, words_of


async def _painted(studio: Studio, words: str = "a fox", count: int = 3) -> None:
    """Make pictures, one after the other, so that the bot knows how long they take."""
    for _ in range(count):
        await studio.picture(await studio.say(words, studio.person()))
    await until(lambda: not studio.rows("jobs WHERE state != 'delivered'"))


async def _usual(studio: Studio, seconds: int) -> None:
    """Let the earlier orders have taken this long, for a bot that starts anew."""
    await studio.crash()
    await studio.rewrite("UPDATE jobs SET submitted_at = settled_at - ?", seconds * 1000)
    await studio.start()


def _said(studio: Studio, message: Message) -> list[str]:
    return [words_of(version) for version in studio.world.history(ADA, message["message_id"])]


async def test_the_time_left_is_told(studio: Studio) -> None:
    """After a restart, the bar and the time left come from the latest orders."""
    await _painted(studio)
    await _usual(studio, 42)
    studio.images.duration_s = 1.2
    asked = await studio.say("a red fox")
    told = words_of(await studio.answer(asked, "left"))
    assert told.startswith(("🎨 Painting… ▰", "🎨 Painting… ▱"))
    assert told.endswith(
        ("about 45 s left", "about 40 s left", "about 30 s left", "about 20 s left", "about 25 s left")
    )
    assert "%" not in told
    shown = await studio.picture(asked)
    bars = [words.count("▰") for words in _said(studio, shown) if "Painting" in words]
    assert bars == sorted(bars)


async def test_minutes_are_told_in_minutes(studio: Studio) -> None:
    """From a minute and a half on, the time left is told in minutes."""
    await _painted(studio)
    await _usual(studio, 150)
    studio.images.duration_s = 30
    await studio.answer(await studio.say("a red fox"), "min left")


async def test_an_order_that_is_late_comes_any_moment(studio: Studio) -> None:
    """The time left is never below zero."""
    await _painted(studio)
    await _usual(studio, 42)
    studio.images.duration_s = 30
    asked = await studio.say("a red fox")
    await studio.answer(asked, "left")
    await studio.in_state("generating")
    await studio.rewrite("UPDATE jobs SET submitted_at = submitted_at - 60000 WHERE state = 'generating'")
    late = words_of(await studio.answer(asked, "any moment now"))
    assert "▰▰▰▰▰▰▰▰▰▰▰▱" in late
    assert "-" not in late


async def test_quick_orders_show_no_bar(studio: Studio) -> None:
    """A bar that is full before it is seen is left out; another kind of order still has one."""
    await _painted(studio)
    studio.images.duration_s = 1.2
    asked = await studio.say("a red fox")
    await studio.answer(asked, "Painting…")
    shown = await studio.picture(asked)
    painting = {words for words in _said(studio, shown) if "Painting" in words}
    assert painting <= {"🎨 Painting…", "🎨 Painting… any moment now"}
    studio.images.duration_s = 30
    await studio.answer(await studio.say("a red fox --n 2", BEN), "%")
