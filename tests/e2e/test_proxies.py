"""The bot works behind a proxy, and the proxy never leads to private addresses."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from bot.proxies import Proxies
from core.errors import ApiRefused, NotSent
from core.models.image_request import Request
from tests.e2e.kit import Mode, Studio
from tests.e2e.proxy import Proxy, proxy_to

OUTSIDE = "http://api.outside.example"


def _client(proxy: Proxy, key: str = "sandbox-key", root: str = OUTSIDE) -> HttpImageApi:
    proxies = Proxies(all=SecretStr(proxy.url))
    return HttpImageApi(root, root, SecretStr(key), PictureFetcher((), proxies), proxies)


@pytest.mark.parametrize("mode", [Mode.POLLING], ids=["polling"])
async def test_an_order_behind_a_proxy(idle: Studio) -> None:
    """Host names that only the proxy can resolve work for Telegram, the image API and results."""
    async with proxy_to(idle.sandbox.url) as proxy:
        idle.images.url = "http://results.outside.example"
        await idle.start(
            http_proxy=proxy.url,
            telegram_api_url="http://telegram.outside.example",
            image_api_url=OUTSIDE,
            upload_api_url=OUTSIDE,
            trusted_hosts=[],
        )
        await idle.picture(await idle.say("a red fox"))
        await idle.in_state("delivered")
        hosts = {address.split("/")[2] for address in proxy.asked}
        assert hosts == {"telegram.outside.example", "api.outside.example", "results.outside.example"}
        await idle.crash()


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1:1/a.png", "http://10.0.0.1/a.png", "http://[::1]/a.png", "http://localhost/a.png"]
)
async def test_what_is_inside_is_refused_by_us(idle: Studio, tmp_path: Path, link: str) -> None:
    """A result link to a private address is refused without asking the proxy."""
    async with proxy_to(idle.sandbox.url) as proxy:
        fetcher = PictureFetcher((), Proxies(all=SecretStr(proxy.url)))
        await fetcher.open()
        with pytest.raises((ApiRefused, NotSent)):
            await fetcher.fetch(link, tmp_path / "a")
        await fetcher.close()
        assert not proxy.asked


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_a_refused_tunnel_is_surely_not_sent(idle: Studio, status: int) -> None:
    """If the proxy refuses a tunnel, the client raises NotSent, because nothing reached the image API."""
    async with proxy_to(idle.sandbox.url) as proxy:
        proxy.refuses = status
        async with _client(proxy, root="https://api.outside.example") as api:
            with pytest.raises(NotSent):
                await api.generate(Request("a red fox"), [], None, None)
        assert proxy.asked == ["api.outside.example:443"]


async def test_a_request_that_can_not_be_made_was_not_sent(idle: Studio) -> None:
    """A request that can't be built raises NotSent."""
    async with proxy_to(idle.sandbox.url) as proxy, _client(proxy, key="a\nb") as api:
        with pytest.raises(NotSent):
            await api.generate(Request("a red fox"), [], None, None)
