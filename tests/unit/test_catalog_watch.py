"""The daily look at the catalog: models that are gone aren't offered, and operators hear each change once."""

from typing import Any, cast

import pytest
from typing_extensions import override

from bot.model_table import read_models
from bot.telegram.i18n import in_language
from core.errors import NotSent
from core.models.model_choice import Models
from core.models.spending import DAY_MS
from core.ports.image_api import Catalog
from core.services.catalog_watch import CatalogWatch
from storage.database import Database
from storage.key_value import SqlNotes
from tests.unit.stores import HandClock

pytestmark = pytest.mark.usefixtures("each_database")

MINUTE_MS = 60_000


class Shelf(Catalog):
    """A catalog that has all models of a table, but those that a test takes out."""

    def __init__(self, models: Models) -> None:
        self.ids = {id_ for model in models.known.values() for id_ in (model.text_id, model.edit_id)}
        self.prices: dict[str, dict[str, int]] = {}
        self.is_down = False
        self.looks = 0

    @override
    async def model_ids(self) -> set[str]:
        self.looks += 1
        if self.is_down:
            raise NotSent("no answer")
        return self.ids

    @override
    async def model_prices(self, model_id: str) -> dict[str, int]:
        return self.prices.get(model_id, {})


class Ears:
    """The operators."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def tell(self, words: Any) -> bool:
        """See core.services.circuit_breaker.CircuitBreaker."""
        self.heard.append(in_language(words, "en"))
        return True


class Bench:
    """A watch with everything that a test turns."""

    def __init__(self, database: Database) -> None:
        self.models = read_models()
        self.shelf, self.ears, self.clock = Shelf(self.models), Ears(), HandClock()
        self.database = database
        self.watch = self.restarted()

    def restarted(self) -> CatalogWatch:
        """Return the watch of a new process."""
        notes = SqlNotes(self.database)
        return CatalogWatch(self.shelf, self.models, cast("Any", self.ears), notes, self.clock, 0.0)


@pytest.fixture
def bench(database: Database) -> Bench:
    """Return a watch."""
    return Bench(database)


async def test_a_model_that_is_gone_and_comes_back(bench: Bench) -> None:
    """It isn't offered, operators hear of it once, and it is offered again once it is listed."""
    bench.shelf.ids.discard("z-image")
    await bench.watch.look()
    await bench.watch.look()
    assert bench.models.gone == {"draft"}
    assert len(bench.ears.heard) == 1
    assert "draft" in bench.ears.heard[0]
    bench.shelf.ids.add("z-image")
    await bench.watch.look()
    assert not bench.models.gone


async def test_a_price_that_differs_is_told_once(bench: Bench) -> None:
    """A difference is told once, also over a restart, and again if it changes."""
    bench.shelf.prices["z-image"] = {"": 120}
    await bench.watch.look()
    await bench.restarted().look()
    (heard,) = bench.ears.heard
    assert "prices differ from mine:\ndraft: 1.2 instead of 0.8\n" in heard
    bench.shelf.prices["z-image"] = {"": 200}
    await bench.watch.look()
    assert "draft: 2 instead" in bench.ears.heard[1]
    bench.shelf.prices.clear()
    await bench.watch.look()
    assert len(bench.ears.heard) == 2


async def test_a_catalog_that_is_down_changes_nothing(bench: Bench) -> None:
    """Without an answer, or with a list of other things, every model stays."""
    bench.shelf.is_down = True
    await bench.watch.look()
    bench.shelf.is_down = False
    bench.shelf.ids = {"veo3", "z-image"}
    await bench.watch.look()
    assert not bench.models.gone
    assert not bench.ears.heard


async def test_one_look_a_day(bench: Bench) -> None:
    """The first look comes ten minutes after a start, and the next a day later, however often the bot restarts."""
    for passes_ms, looks in (
        (0, 0),
        (5 * MINUTE_MS, 0),
        (5 * MINUTE_MS, 1),
        (60 * MINUTE_MS, 1),
        (DAY_MS, 2),
    ):
        bench.clock.now += passes_ms
        await bench.watch.look_daily()
        assert bench.shelf.looks == looks
    again = bench.restarted()
    for passes_ms in (0, 11 * MINUTE_MS):
        bench.clock.now += passes_ms
        await again.look_daily()
    assert bench.shelf.looks == 2
