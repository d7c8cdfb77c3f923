"""Downloads of result pictures, from the public internet and trusted hosts only."""

import ipaddress
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.proxies import Proxies
from core.errors import AnswerLost, ApiRefused, Failure, NotSent
from core.models.media import Incoming
from core.runtime.bounded import TooManyBytes, take_bounded

MAX_BYTES = 52_428_800  # bytes; no larger file can be sent (Bot API, sendDocument: 50 MB)
_MAX_REDIRECTS = 3
_WRAPPERS = (ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("64:ff9b::/96"))  # IPv4-compatible, NAT64
_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=15, sock_read=30)


class PictureFetcher:
    """A downloader for public http(s) addresses and for the trusted hosts (`host` or `host:port`)."""

    def __init__(
        self,
        trusted: Collection[str] = (),
        proxies: Proxies | None = None,
        *,
        user_agent: str = "imagine-bot/0.1",
    ) -> None:
        self._proxies = proxies or Proxies()
        self._trusted = frozenset(host.lower() for host in trusted)
        self._headers = {"User-Agent": user_agent}
        self._public: aiohttp.ClientSession | None = None
        self._private: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open the connection pools."""
        connector = aiohttp.TCPConnector(resolver=_PublicResolver())
        self._public = aiohttp.ClientSession(connector=connector, headers=self._headers, timeout=_TIMEOUT)
        self._private = aiohttp.ClientSession(headers=self._headers, timeout=_TIMEOUT)

    async def close(self) -> None:
        """Close the connection pools."""
        for session in (self._public, self._private):
            if session:
                await session.close()

    async def fetch(self, url: str, into: Path) -> Incoming:
        """Download `url`, into a file unless it is short.

        Raises ApiRefused if the link is dead or forbidden, NotSent or AnswerLost if another try may help, and
        StorageError.
        """
        try:
            target = URL(url)
            for _ in range(_MAX_REDIRECTS + 1):
                session, proxy = self._session_for(target), self._proxies.of(target)
                if proxy and session is self._public:  # the resolver would only see the proxy's name
                    session = await self._through_proxy(target)
                async with session.get(target, allow_redirects=False, proxy=proxy) as answer:
                    if answer.status in {301, 302, 303, 307, 308}:
                        target = target.join(URL(answer.headers.get("Location", "")))
                        continue
                    return Incoming(into, await _taken(answer, into))
        except ValueError as error:
            raise ApiRefused(Failure.LOST_RESULT, "the result link is no address") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise AnswerLost(type(error).__name__) from error
        raise ApiRefused(Failure.LOST_RESULT, "the result link redirects too often")

    def _session_for(self, url: URL) -> aiohttp.ClientSession:
        if url.scheme not in {"http", "https"} or not url.host or self._public is None or self._private is None:
            raise ApiRefused(Failure.LOST_RESULT, "the result link is not http")
        host = url.host.lower()
        written = f"[{host}]" if ":" in host else host
        if self._trusted & {host, written, f"{written}:{url.port}"}:
            return self._private
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return self._public
        if not is_public(address):
            raise ApiRefused(Failure.LOST_RESULT, "the result link points at a private address")
        return self._public

    async def _through_proxy(self, url: URL) -> aiohttp.ClientSession:
        """Return the session for a request through a proxy.

        Raises ApiRefused if the name leads to a private address. A name that is unknown here is left to the proxy.
        """
        if self._private is None:
            raise ApiRefused(Failure.LOST_RESULT, "the fetcher is not open")
        with suppress(OSError):
            found = await aiohttp.ThreadedResolver().resolve(url.host or "", url.port or 0, socket.AF_UNSPEC)
            if not all(is_public(_address(result)) for result in found):
                raise ApiRefused(Failure.LOST_RESULT, "the result link leads to a private address")
        return self._private


class _PublicResolver(AbstractResolver):
    """A resolver that never returns a private address, as the owner of a name can point it anywhere."""

    def __init__(self) -> None:
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [result for result in found if is_public(_address(result))]
        if not public:
            raise OSError(None, "the name leads to private addresses only")
        return public

    async def close(self) -> None:
        await self._inner.close()


def _address(result: ResolveResult) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(result["host"].split("%")[0])


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address, or the IPv4 address that it wraps, belongs to the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if any(address in network for network in _WRAPPERS):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast


async def _taken(answer: aiohttp.ClientResponse, into: Path) -> bytes | None:
    if answer.status >= 500 or answer.status == 429:
        raise AnswerLost(f"the result link answers HTTP {answer.status}")
    if answer.status != 200:
        raise ApiRefused(Failure.LOST_RESULT, f"the result link answers HTTP {answer.status}")
    if (answer.content_length or 0) > MAX_BYTES:
        raise ApiRefused(Failure.LOST_RESULT, "the result is larger than 50 MB")
    try:
        return await take_bounded(_pieces(answer), into, MAX_BYTES)
    except TooManyBytes as error:
        raise ApiRefused(Failure.LOST_RESULT, "the result is larger than 50 MB") from error


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield the body as it comes; other ways join the pieces that wait, and they are joined in the end."""
    async for piece, _ in answer.content.iter_chunks():
        yield piece
