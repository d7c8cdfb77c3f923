"""The client of the image API, and the sandbox's image API to read it against, over real HTTP."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina
from pydantic import SecretStr

from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from sandbox.imageapi.record import Wire
from sandbox.imageapi.server import ImageApiServer

KEY = "sandbox-key"


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries of what may be repeated come at once."""
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture(params=["new", "old"])
def wire(request: pytest.FixtureRequest) -> Wire:
    """The style in which record-info answers: as it does today, or as the older pages say."""
    style: Wire = request.param
    return style


@pytest.fixture
async def service(wire: Wire) -> AsyncIterator[ImageApiServer]:
    """The sandbox's image API, painting at once."""
    async with ImageApiServer(api_key=KEY, fast=True, duration_s=0.0, wire=wire) as server:
        yield server


@pytest.fixture
async def client(service: ImageApiServer) -> AsyncIterator[HttpImageApi]:
    """The bot's client, with the right key, allowed to fetch from the sandbox."""
    fetcher = PictureFetcher([service.url.removeprefix("http://")])
    async with HttpImageApi(service.url, service.url, SecretStr(KEY), fetcher) as api:
        yield api
