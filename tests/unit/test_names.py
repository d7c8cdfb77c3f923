"""Names are found in any case, belong to one person at a time, and are written no more often than they change."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models.names import Name
from core.models.spending import DAY_MS
from storage import names as names_module
from storage.names import SqlNames
from tests.unit.stores import HandClock, database_in

pytestmark = pytest.mark.usefixtures("each_database")

ADA, BEN = Name.of(1, "Ada_L", "Ada", "de"), Name.of(2, None, "Ben")


@pytest.fixture
def clock() -> HandClock:
    """Time that passes when a test says so."""
    return HandClock()


@pytest.fixture
async def names(tmp_path: Path, clock: HandClock) -> AsyncIterator[SqlNames]:
    """No name is known yet."""
    async with database_in(tmp_path) as database:
        yield SqlNames(database, clock)


async def test_a_name_is_found(names: SqlNames) -> None:
    """By its user name in any case, and by its number; an unknown one has only the number."""
    await names.put(ADA)
    await names.put(BEN)
    assert [await names.find(name) for name in ("ADA_L", "ada_l", "Ben", "")] == [1, 1, None, None]
    assert [await names.get(number) for number in (1, 2, 3)] == [ADA, BEN, Name(3)]
    assert [name.label for name in (ADA, BEN, Name(3), Name.of(4, "x", None))] == ["Ada, @ada_l", "Ben", "", "@x"]


async def test_a_user_name_moves(names: SqlNames) -> None:
    """It leaves the earlier owner, who takes it back only by being seen with it."""
    await names.put(ADA)
    taker = Name.of(9, "ADA_l", "Eve")
    await names.put(taker)
    assert (await names.find("ada_l"), (await names.get(1)).username) == (9, None)
    assert names.is_known(taker)
    assert not names.is_known(ADA)
    await names.put(ADA)
    assert (await names.find("ada_l"), (await names.get(9)).username) == (1, None)
    await names.put(Name.of(1, None, "Ada"))
    assert await names.find("ada_l") is None


async def test_a_name_is_written_once_a_day(names: SqlNames, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A known name needs no write until a day is over or the clock was set back, and few are remembered."""
    assert not names.is_known(ADA)
    await names.put(ADA)
    assert names.is_known(ADA)
    assert not names.is_known(Name.of(1, "Ada_L", "Ada Lovelace", "de"))
    clock.now += DAY_MS
    assert not names.is_known(ADA)
    clock.now -= 2 * DAY_MS
    assert not names.is_known(ADA)
    clock.now += DAY_MS
    monkeypatch.setattr(names_module, "_REMEMBERED", 1)
    await names.put(BEN)
    assert [names.is_known(name) for name in (ADA, BEN)] == [False, True]


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Ada", "Ada"),
        ("  A\nda\t ", "A da"),
        ("A\u202eda\u200f\x00", "Ada"),
        ("👩🏽\u200d🎨 Ада", "👩🏽\u200d🎨 Ада"),
        ("x" * 99, "x" * 63 + "…"),
        ("\u2066\u2069", None),
        ("", None),
        (None, None),
    ],
)
def test_a_title_stays_in_its_line(title: str | None, kept: str | None) -> None:
    """Control characters and those that turn a line go, and the length is bounded."""
    assert Name.of(1, None, title).title == kept


@pytest.mark.parametrize("username", ["a" * 33, "имя", "a b", "", "a\n", None])
def test_what_is_no_user_name(username: str | None) -> None:
    """Telegram permits letters, digits and underscores; anything else isn't stored."""
    assert Name.of(1, username, None, "x" * 20) == Name(1)
