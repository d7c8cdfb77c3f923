"""The image API client and the sandbox's image API that it is tested against, over real HTTP."""

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
    """Retry without waiting."""
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture(params=["new", "old"])
def wire(request: pytest.FixtureRequest) -> Wire:
    """Return the response style of record-info: the current one, or the one of older vendor pages."""
    style: Wire = request.param
    return style


@pytest.fixture
async def service(wire: Wire) -> AsyncIterator[ImageApiServer]:
    """Run the sandbox's image API, which generates at once."""
    async with ImageApiServer(api_key=KEY, fast=True, duration_s=0.0, wire=wire) as server:
        yield server


@pytest.fixture
async def client(service: ImageApiServer) -> AsyncIterator[HttpImageApi]:
    """Open the bot's client with the right key, allowed to fetch from the sandbox."""
    fetcher = PictureFetcher([service.url.removeprefix("http://")])
    async with HttpImageApi(service.url, service.url, SecretStr(KEY), fetcher) as api:
        yield api
