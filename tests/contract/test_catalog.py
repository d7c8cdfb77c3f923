"""The catalog of models: read tolerantly, compared with the table, and never a reason to stop."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.image_api.catalog import read_ids, read_prices
from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from bot.model_table import read_models
from core.models.model_choice import Models
from core.services.catalog_watch import compare
from sandbox.faults import Fault
from sandbox.imageapi.server import ImageApiServer

KEY = "sandbox-key"


@pytest.fixture
def models() -> Models:
    """Return a table that tests may change."""
    return read_models()


@pytest.fixture
async def service() -> AsyncIterator[ImageApiServer]:
    """Run an image API."""
    async with ImageApiServer(api_key=KEY, limits=False) as server:
        yield server


@pytest.fixture
async def client(service: ImageApiServer, models: Models) -> AsyncIterator[HttpImageApi]:
    """Open the client."""
    async with HttpImageApi(service.url, service.url, SecretStr(KEY), PictureFetcher(), models=models) as api:
        yield api


async def test_nothing_differs(client: HttpImageApi, models: Models) -> None:
    """The sandbox's catalog has all models of the table at their prices."""
    assert await compare(client, models, 0) == (set(), [])


async def test_what_differs_is_named(service: ImageApiServer, client: HttpImageApi, models: Models) -> None:
    """A model that is gone, and a price that changed, are told."""
    service.api.gone = {"z-image"}
    service.api.price_changes = {"seedream/5-flash-text-to-image": 4.1}
    assert await compare(client, models, 0) == (
        {"draft"},
        ["seedream 1K: 4.1 instead of 3.24"] + [f"seedream {key}: 4.1 instead of 3.24" for key in ("1.5K", "2K")],
    )


@pytest.mark.parametrize("fault", [("code", 404), ("http", 503), ("html", None), ("drop", None)])
async def test_no_catalog_changes_nothing(
    service: ImageApiServer, client: HttpImageApi, models: Models, fault: tuple[Any, Any]
) -> None:
    """A provider without a catalog, or with a broken one, is no reason to drop a model."""
    service.api.faults.add(Fault("image", "catalog", *fault, times=None))
    assert await compare(client, models, 0) is None


async def test_a_catalog_of_others_changes_nothing(
    service: ImageApiServer, client: HttpImageApi, models: Models
) -> None:
    """If most of the models are missing, the catalog is taken for another one."""
    service.api.gone = {id_ for model in models.known.values() for id_ in (model.text_id, model.edit_id)}
    assert await compare(client, models, 0) is None


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        ([{"model": "a/b"}, {"id": "c"}, {"name": "d"}, "e", 3, None], {"a/b", "c", "d", "e"}),
        ({"list": [{"model": "a"}]}, {"a"}),
        ({"data": {"records": [{"modelId": "a"}]}}, {"a"}),
        (None, set()),
        ("models", set()),
    ],
)
def test_forms_of_the_list(data: Any, ids: set[str]) -> None:
    """Ids are found in each form that is likely."""
    assert read_ids(data) == ids


@pytest.mark.parametrize(
    ("data", "prices"),
    [
        (6, {"": 600}),
        ("3.24", {"": 324}),
        ({"credits": 0.8}, {"": 80}),
        (
            {"prices": [{"resolution": "1K", "credits": 6}, {"resolution": "2K", "price": "10"}]},
            {"1K": 600, "2K": 1000},
        ),
        ([{"creditCost": 5}], {"": 500}),
        ({"prices": []}, {}),
        (None, {}),
    ],
)
def test_forms_of_a_price(data: Any, prices: dict[str, int]) -> None:
    """Prices are found in each form that is likely."""
    assert read_prices(data) == prices


KEYS = st.sampled_from(["model", "prices", "credits", "data", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_no_answer_breaks_the_reading(data: Any) -> None:
    """Whatever the catalog is, it is read or found empty."""
    assert all(isinstance(id_, str) for id_ in read_ids(json.loads(json.dumps(data))))
    assert all(price >= 0 for price in read_prices(data).values())
