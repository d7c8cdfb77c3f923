"""The vendor's catalog of models, read tolerantly: its answers are seen to be there, but their form isn't recorded."""

from collections.abc import Iterator
from typing import Any

from bot.image_api.jobs_wire import credits_of

_LISTS = ("models", "list", "records", "items", "data")
_IDS = ("model", "id", "modelId", "name")
_PRICES = ("prices", "price", "list", "records", "items", "data")
_KEYS = ("resolution", "size", "factor", "upscale_factor", "quality")
_SUMS = ("credits", "price", "creditCost", "credit", "cost")
_MOST = 5_000


def read_ids(data: Any) -> set[str]:
    """Return the ids in a list of models, and none without one."""
    return {id_ for row in _rows(data, _LISTS) if (id_ := _id(row))}


def read_prices(data: Any) -> dict[str, int]:
    """Return the hundredths of credits of a model, by resolution; the key "" holds for all others."""
    if (alone := credits_of(data)) is not None:
        return {"": alone}
    if isinstance(data, dict):
        found = {_key(row): price for row in _rows(data, _PRICES) if (price := _price(row)) is not None}
        alone = _price(data)
        return found or ({"": alone} if alone is not None else {})
    return {_key(row): price for row in _rows(data, _PRICES) if (price := _price(row)) is not None}


def _rows(data: Any, names: tuple[str, ...]) -> Iterator[Any]:
    for _ in range(3):
        if isinstance(data, dict):
            data = next((data[name] for name in names if isinstance(data.get(name), list | dict)), None)
    yield from data[:_MOST] if isinstance(data, list) else ()


def _id(row: Any) -> str | None:
    if isinstance(row, str):
        return row
    if not isinstance(row, dict):
        return None
    return next((row[name] for name in _IDS if isinstance(row.get(name), str)), None)


def _key(row: Any) -> str:
    found = next((row[name] for name in _KEYS if row.get(name) is not None), "") if isinstance(row, dict) else ""
    return str(found)[:20]


def _price(row: Any) -> int | None:
    if not isinstance(row, dict):
        return None
    return next((price for name in _SUMS if (price := credits_of(row.get(name))) is not None), None)
