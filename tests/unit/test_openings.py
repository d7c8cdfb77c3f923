"""The store of picture openings, on a real database; see bot.imaging.processor."""

from pathlib import Path

import pytest

from storage.openings import SqlOpenings
from tests.unit.stores import HandClock, database_in

pytestmark = pytest.mark.usefixtures("each_database")

A, B = "a" * 64, "b" * 64


async def test_what_is_left_open_counts_as_a_death(tmp_path: Path) -> None:
    """An opening that was left open counts as a death; a closed one doesn't, and a later success clears the count."""
    async with database_in(tmp_path) as database:
        openings = SqlOpenings(database, HandClock())
        assert await openings.begin(A, 2) == await openings.begin(B, 2) == 0
        await openings.end(B)
    async with database_in(tmp_path) as database:
        openings = SqlOpenings(database, HandClock())
        assert await openings.abandon() == {A: 1}
        assert await openings.abandon() == {}
        assert await openings.begin(A, 2) == 1
        await openings.end(A)
        assert await openings.begin(A, 2) == 0


async def test_what_was_put_away_is_not_opened(tmp_path: Path) -> None:
    """A picture that reached the maximum isn't opened, so asking again causes no further death."""
    async with database_in(tmp_path) as database:
        openings = SqlOpenings(database, HandClock())
        for deaths in (0, 1):
            assert await openings.begin(A, 2) == deaths
            await openings.abandon()
        assert await openings.begin(A, 2) == 2
        assert await openings.abandon() == {}
