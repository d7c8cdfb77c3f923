"""The daily look at the vendor's catalog: models that are gone are offered no more, and operators hear of prices."""

import asyncio

import structlog

from core.errors import ApiError
from core.models.credits import shown
from core.models.image_model import ImageModel, Protocol
from core.models.model_choice import Models
from core.models.spending import DAY_MS
from core.ports.clock import Clock
from core.ports.image_api import Catalog
from core.ports.repositories import Notes
from core.services.circuit_breaker import CircuitBreaker
from core.text import Text, Verbatim, text

log = structlog.get_logger()

_PRICES, _LOOKED_AT = "catalog_prices", "catalog_looked_at"
_AFTER_START_MS = 600_000
_LEAST_SHARE = 0.5
"""A catalog with fewer of the ids than this is taken for a broken one."""


class CatalogWatch:
    """Compare the table of models with the catalog. `rest_s` is the wait between two calls, as the catalog is slow."""

    def __init__(
        self,
        catalog: Catalog,
        models: Models,
        breaker: CircuitBreaker,
        notes: Notes,
        clock: Clock,
        rest_s: float = 1.0,
    ) -> None:
        self._catalog = catalog
        self._models = models
        self._breaker = breaker
        self._notes = notes
        self._clock = clock
        self._started_at = 0
        self._rest_s = rest_s

    async def look_daily(self) -> None:
        """Look once a day, for the first time some minutes after a start, which has better things to do."""
        now = self._clock.now_ms()
        self._started_at = self._started_at or now
        if now - self._started_at < _AFTER_START_MS:
            return
        last = await self._notes.get(_LOOKED_AT)
        if last is None or now - int(last) >= DAY_MS:
            await self._notes.put(_LOOKED_AT, str(now))
            await self.look()

    async def look(self) -> None:
        """Look once. A catalog that can't be read changes nothing."""
        compared = await compare(self._catalog, self._models, self._rest_s)
        if compared is None:
            return
        gone, prices = compared
        for name in self._models.names:
            if name in gone and self._models.drop(name):
                log.error("model_gone", model=name, error="the catalog no longer lists it")
                await self._breaker.tell(_gone(name))
            elif name not in gone and name in self._models.gone:
                self._models.gone.discard(name)
                log.warning("model_offered_again", model=name)
        await self._tell_prices(prices)

    async def _tell_prices(self, prices: list[str]) -> None:
        said = "\n".join(prices)
        if said == (await self._notes.get(_PRICES) or ""):
            return
        for line in prices:
            log.warning("model_price_differs", price=line)
        if prices:
            await self._breaker.tell(
                text(
                    "💱 The image API's prices differ from mine:\n{prices}\nCorrect them in MODELS_FILE, or with "
                    "CREDITS_PER_PICTURE for 4o.",
                    prices=Verbatim(said[:2000]),
                )
            )
        await self._notes.put(_PRICES, said or None)


def _gone(name: str) -> Text:
    return text("🧠 The image API's catalog no longer has the model {model}, so I don't offer it.", model=name)


async def compare(catalog: Catalog, models: Models, rest_s: float = 1.0) -> tuple[set[str], list[str]] | None:
    """Return the names of offered models that the catalog lacks, and a line for each price that differs.

    Return None if the catalog can't be read, or lacks most of the models. Models of the 4o endpoints aren't in it.
    """
    known = [models.known[name] for name in models.names if models.known[name].protocol is Protocol.JOBS]
    try:
        ids = await catalog.model_ids()
    except ApiError as error:
        log.info("catalog_unavailable", error=str(error))
        return None
    there = [model for model in known if _ids(model) <= ids]
    if not known or len(there) < _LEAST_SHARE * len(known):
        log.info("catalog_unavailable", error=f"it lists {len(there)} of {len(known)} models")
        return None
    lines: list[str] = []
    try:
        for model in there:
            await asyncio.sleep(rest_s)
            lines += await _differences(catalog, model)
    except ApiError as error:
        log.info("catalog_unavailable", model=model.name, error=str(error))
    return {model.name for model in known if model not in there}, lines


async def _differences(catalog: Catalog, model: ImageModel) -> list[str]:
    found = await catalog.model_prices(model.text_id or model.edit_id)
    own = {key: model.price(key) for key in (*model.resolutions, *map(str, model.factors))} or {"": model.price(None)}
    told = {key: found.get(key, found.get("", own[key])) for key in own}
    return [
        f"{model.name}{f' {key}' if key else ''}: {shown(told[key])} instead of {shown(own[key])}"
        for key in own
        if told[key] != own[key]
    ]


def _ids(model: ImageModel) -> set[str]:
    return {id_ for id_ in (model.text_id, model.edit_id) if id_}
