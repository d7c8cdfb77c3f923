"""Work that costs no credits is limited: a user can't fill the disk with masks without ordering pictures."""

from pathlib import Path

import pytest

from core.errors import Refused
from core.models.drafts import NewDraft
from core.models.image_request import Picture
from core.models.job import Destination
from core.services.mask_drafts import HOURLY_BYTES, HOURLY_WORKS, Meter
from storage.drafts import SqlDrafts
from tests.e2e.kit import Studio, picture
from tests.unit.stores import HandClock, database_in

PERSON, MEGABYTE = 7, 1_048_576


async def test_a_mask_without_credits(idle: Studio) -> None:
    """A user who can't afford one picture gets a refusal, and the bot prepares nothing."""
    await idle.start(daily_credits_per_person=0)
    asked = await idle.say("/mask a red door", files=[("a.png", picture(), False)])
    await idle.answer(asked, "You have no pictures left.")
    assert not idle.rows("drafts")
    assert not list((idle.directory / "pictures").glob("??/*"))


class Hours:
    """A clock that the test turns."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


@pytest.mark.parametrize(("size", "works"), [(0, HOURLY_WORKS), (MEGABYTE, HOURLY_WORKS), (HOURLY_BYTES // 4, 4)])
def test_so_much_within_an_hour(size: int, works: int) -> None:
    """The meter limits count and bytes for each user, and allows more an hour later."""
    hours = Hours()
    meter = Meter(hours)
    for _ in range(works):
        meter.check(PERSON)
        meter.note(PERSON, size)
    with pytest.raises(Refused):
        meter.check(PERSON)
    meter.check(PERSON + 1)
    hours.now = 3600
    meter.check(PERSON)


async def test_the_oldest_drafts_make_room(tmp_path: Path) -> None:
    """The oldest drafts are dropped to stay within the limits on count and bytes; a shared picture counts once."""
    clock = HandClock()
    async with database_in(tmp_path) as database:
        drafts = SqlDrafts(database, clock)
        made = []
        for number in range(6):
            clock.now += 1
            base = Picture(f"{number % 5:064x}", "png", 9, 9, 10)
            made.append(await drafts.add(NewDraft(Destination(PERSON), PERSON, base, "words")))
        await drafts.add(NewDraft(Destination(8), 8, Picture("f" * 64, "png", 9, 9, 99), "another's"))
        assert await drafts.make_room(PERSON, 9, 50) == 0
        assert await drafts.make_room(PERSON, 5, 50) == 1
        assert await drafts.make_room(PERSON, 5, 25) == 3
        assert [bool(await drafts.get(draft.id, 99)) for draft in made] == [False] * 4 + [True] * 2
        assert await drafts.make_room(PERSON, 5, 1) == 1
        assert len(await database.fetch("drafts_of_person", requester_id=8)) == 1
