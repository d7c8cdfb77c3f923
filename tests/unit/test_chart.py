"""The operators' chart fits a phone, and its bars match the numbers."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bot.imaging.chart import WIDTH, ceiling_of, chart, label_of, short
from core.models.statistics import ChatUse, Day, Statistics

LAST = date(2026, 3, 14)
BLUE, RED, AMBER = "#2f80ed", "#e5484d", "#f2a30f"


def _statistics(jobs: list[int], failures: list[int], busiest: tuple[ChatUse, ...] = ()) -> Statistics:
    first = LAST - timedelta(days=len(jobs) - 1)
    days = tuple(
        Day(first + timedelta(days=number), count, failed, (count - failed) * 6)
        for number, (count, failed) in enumerate(zip(jobs, failures, strict=True))
    )
    return Statistics(days, 3, 2, busiest)


def _drawn(statistics: Statistics, directory: Path) -> Image.Image:
    path = directory / "chart"
    chart(statistics, path)
    with Image.open(path) as image:
        assert image.format == "PNG"
        return image.convert("RGB")


def _plot_of_orders(image: Image.Image) -> "Counter[object]":
    """Return the colors of the first plot, without its title."""
    return Counter(image.crop((160, 400, WIDTH - 80, 640)).get_flattened_data())


def _count(image: Image.Image, color: str) -> int:
    return _plot_of_orders(image)[ImageColor.getrgb(color)]


@pytest.mark.parametrize("days", [1, 7, 14, 60])
def test_it_fits_a_telephone(tmp_path: Path, days: int) -> None:
    """The chart is 1080 pixels wide, at most twice as high, light, and a small file, however many days it shows."""
    busiest = tuple(ChatUse(-1_001_234_567_890 - number, 90 - number, 500) for number in range(5))
    image = _drawn(_statistics([90] * days, [9] * days, busiest), tmp_path)
    assert image.width == WIDTH
    assert image.height <= 2 * WIDTH
    assert min(image.crop((3, 3, 4, 4)).tobytes()) > 230
    assert (tmp_path / "chart").stat().st_size < 500_000


def test_bars_say_what_the_numbers_say(tmp_path: Path) -> None:
    """Failed and other jobs have bars in their own colors, in proportion to their numbers."""
    image = _drawn(_statistics([10, 10, 10, 10], [5, 5, 5, 5]), tmp_path)
    assert _count(image, BLUE) > 10_000
    assert _count(image, RED) == pytest.approx(_count(image, BLUE), rel=0.05)
    assert not _count(_drawn(_statistics([10, 10], [0, 0]), tmp_path), RED)
    half = _count(_drawn(_statistics([10, 5], [0, 0]), tmp_path), BLUE)
    assert half == pytest.approx(0.75 * _count(_drawn(_statistics([10, 10], [0, 0]), tmp_path), BLUE), rel=0.05)


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=60),
    st.lists(
        st.builds(ChatUse, st.integers(-(2**52), 2**52), st.integers(1, 10**9), st.integers(0, 10**9)), max_size=5
    ),
)
@settings(max_examples=8, deadline=None)
def test_any_numbers_can_be_drawn(
    tmp_path_factory: pytest.TempPathFactory, counts: list[tuple[int, int]], busiest: list[ChatUse]
) -> None:
    """A chart can be drawn for any numbers."""
    jobs, failures = [sum(pair) for pair in counts], [failed for _, failed in counts]
    ranked = tuple(sorted(busiest, key=lambda use: -use.jobs))
    _drawn(_statistics(jobs, failures, ranked), tmp_path_factory.mktemp("chart"))


@given(st.integers(0, 10**12))
def test_the_top_of_a_plot_is_round(most: int) -> None:
    """The top of the scale is at or above every bar, not far above, and even."""
    top = ceiling_of(most)
    assert most <= top <= max(2 * most, 2)
    assert top % 2 == 0
    assert int(str(top).rstrip("0")) in {1, 2, 4, 6}


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (999, "999"), (1000, "1k"), (1999, "1.9k"), (10_000, "10k"), (999_999, "999k"), (2_100_000, "2.1M")],
)
def test_large_numbers_are_short(number: int, words: str) -> None:
    """Large numbers are shortened and rounded down."""
    assert short(number) == words


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("", "-1001"),
        ("Den, @den", "Den, @den · -1001"),
        ("Ада", "-1001"),
        ("Ada 🦊", "-1001"),
        ("A\x07", "-1001"),
        ("x" * 40, "x" * 19 + "… · -1001"),
    ],
)
def test_a_chat_has_its_name_where_it_can_be_drawn(tmp_path: Path, name: str, label: str) -> None:
    """The typeface has little more than ASCII; other names are left out, and the number stays."""
    use = ChatUse(-1001, 5, 30, name)
    assert label_of(use) == label
    _drawn(_statistics([5], [0], (use,)), tmp_path)
