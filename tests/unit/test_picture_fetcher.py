"""Result pictures are downloaded from the internet and from trusted hosts, but never from private addresses."""

import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ThreadedResolver, web
from aiohttp.abc import ResolveResult
from pydantic import SecretStr

from bot.image_api import downloader
from bot.image_api.downloader import PictureFetcher, is_public
from bot.proxies import Proxies
from core.errors import AnswerLost, ApiError, ApiRefused, Failure, NotSent
from tests.unit.servers import serving

ANY = "0.0.0.0"  # noqa: S104 - to be refused


class Inside:
    """A server on the loopback address that notes each request."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []
        self.status = 200
        self.location = ""
        self.body = b"picture"
        self.length: int | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as the test configured."""
        self.asked.append(request.path)
        if self.location and request.path != "/end":
            return web.Response(status=302, headers={"Location": self.location.format(port=self.port)})
        response = web.StreamResponse(status=self.status)
        response.content_length = self.length
        await response.prepare(request)
        await response.write(self.body)
        if self.length and self.length > len(self.body) and request.transport:
            request.transport.close()
        return response


@pytest.fixture
async def inside() -> AsyncIterator[Inside]:
    """Run such a server."""
    server = Inside()
    async with serving(server.answer) as port:
        server.port = port
        yield server


async def _fetch(url: str, into: Path, *trusted: str) -> bytes:
    fetcher = PictureFetcher(trusted)
    await fetcher.open()
    try:
        found = await fetcher.fetch(url, into)
    finally:
        await fetcher.close()
    return into.read_bytes() if found.content is None else found.content  # noqa: ASYNC240 - a test may look


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.0.1.", ANY, "0", "2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1",
        "0177.0.0.1", "127.000.000.001", "①②⑦.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "user:pass@127.0.0.1",
        "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[::127.0.0.1]", "[2002:7f00:1::]", "[64:ff9b::127.0.0.1]", "[::1%25lo]", "[0:0:0:0:0:0:0:1]",
    ],
)  # fmt: skip
async def test_this_machine_is_never_reached(inside: Inside, tmp_path: Path, host: str) -> None:
    """No spelling of the loopback address gets a request through."""
    with pytest.raises(ApiError):
        await _fetch(f"http://{host}:{inside.port}/secret", tmp_path / "result")
    assert not inside.asked


async def test_a_name_that_leads_inside(inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host name that resolves to private addresses is refused."""
    _resolve_all_to(monkeypatch, "127.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%lo")
    with pytest.raises(ApiError):
        await _fetch(f"http://pictures.example:{inside.port}/1.png", tmp_path / "result")
    assert not inside.asked


async def test_a_name_with_one_foot_inside(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a host name resolves to several addresses, only the public ones are used."""
    _resolve_all_to(monkeypatch, "127.0.0.1", "8.8.8.8")
    found = await downloader._PublicResolver().resolve("pictures.example", inside.port)
    assert [result["host"] for result in found] == ["8.8.8.8"]


async def test_a_name_with_one_foot_inside_never_reaches_a_proxy(
    inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If only one address of a name is private, no proxy is asked for it, because the proxy could choose that one."""
    _resolve_all_to(monkeypatch, "8.8.8.8", "127.0.0.1")
    fetcher = PictureFetcher((), Proxies(all=SecretStr(f"http://127.0.0.1:{inside.port}")))
    await fetcher.open()
    try:
        with pytest.raises(ApiRefused):
            await fetcher.fetch("http://pictures.example/1.png", tmp_path / "result")
    finally:
        await fetcher.close()
    assert not inside.asked


def _resolve_all_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def resolve(_: ThreadedResolver, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)


@pytest.mark.parametrize("trusted", ["127.0.0.1", "127.0.0.1:{port}"])
async def test_a_trusted_host_is_reached(inside: Inside, tmp_path: Path, trusted: str) -> None:
    """A file on a trusted host is downloaded unchanged."""
    inside.body = bytes(range(256)) * 4096
    url = f"http://127.0.0.1:{inside.port}/1.png"
    assert await _fetch(url, tmp_path / "result", trusted.format(port=inside.port)) == inside.body


@pytest.mark.parametrize("trusted", ["[::1]:{port}", "::1", "[::1]"])
async def test_a_trusted_host_of_ipv6(tmp_path: Path, trusted: str) -> None:
    """A trusted IPv6 address can be written with or without brackets."""
    server = Inside()
    try:
        async with serving(server.answer, host="::1") as port:
            assert (
                await _fetch(f"http://[::1]:{port}/1.png", tmp_path / "result", trusted.format(port=port)) == b"picture"
            )
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")


@pytest.mark.parametrize("trusted", ["127.0.0.1:1", "localhost", "127.0.0.2", "0.0.1", ""])
async def test_trust_is_exact(inside: Inside, tmp_path: Path, trusted: str) -> None:
    """Trust is exact: another port, another name or a part of it isn't trusted."""
    with pytest.raises(ApiRefused):
        await _fetch(f"http://127.0.0.1:{inside.port}/1.png", tmp_path / "result", trusted)
    assert not inside.asked


async def test_a_redirect_within_a_trusted_host(inside: Inside, tmp_path: Path) -> None:
    """A redirect to a permitted target is followed."""
    inside.location = "/end"
    assert (
        await _fetch(f"http://127.0.0.1:{inside.port}/1", tmp_path / "result", f"127.0.0.1:{inside.port}") == b"picture"
    )


@pytest.mark.parametrize(
    "location",
    ["http://localhost:{port}/end", "http://[::ffff:127.0.0.1]:{port}/end", "//2130706433:{port}/end", "file:///etc/passwd",
     "ftp://127.0.0.1/end", "http://", "http://[", "gopher://127.0.0.1:{port}/end"],
)  # fmt: skip
async def test_a_redirect_inwards(inside: Inside, tmp_path: Path, location: str) -> None:
    """A redirect to a private address or another scheme isn't followed."""
    inside.location = location
    with pytest.raises(ApiError):
        await _fetch(f"http://127.0.0.1:{inside.port}/1", tmp_path / "result", f"127.0.0.1:{inside.port}")
    assert set(inside.asked) == {"/1"}


@pytest.mark.parametrize("location", ["/1", "/again", "?"])
async def test_a_circle_ends(inside: Inside, tmp_path: Path, location: str) -> None:
    """Endless redirects are abandoned."""
    inside.location = location
    with pytest.raises(ApiRefused) as refused:
        await _fetch(f"http://127.0.0.1:{inside.port}/1", tmp_path / "result", "127.0.0.1")
    assert refused.value.failure is Failure.LOST_RESULT
    assert len(inside.asked) <= 5


@pytest.mark.parametrize("announced", [True, False])
async def test_a_result_too_large(
    inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, announced: bool
) -> None:
    """A result larger than the limit is refused, with or without a length header, and never fills the disk."""
    monkeypatch.setattr(downloader, "MAX_BYTES", 1000)
    inside.body, inside.length = b"x" * 200_000, 200_000 if announced else None
    with pytest.raises(ApiRefused):
        await _fetch(f"http://127.0.0.1:{inside.port}/1", tmp_path / "result", "127.0.0.1")
    written = tmp_path / "result"
    assert not written.exists() or written.stat().st_size <= 1000


@pytest.mark.parametrize(
    ("status", "kind"), [(404, ApiRefused), (403, ApiRefused), (500, AnswerLost), (503, AnswerLost), (429, AnswerLost)]
)
async def test_dead_links_and_tired_servers(inside: Inside, tmp_path: Path, status: int, kind: type[ApiError]) -> None:
    """A dead link raises ApiRefused, and a server error raises AnswerLost."""
    inside.status = status
    with pytest.raises(kind):
        await _fetch(f"http://127.0.0.1:{inside.port}/1", tmp_path / "result", "127.0.0.1")


async def test_a_transfer_that_breaks_off(inside: Inside, tmp_path: Path) -> None:
    """A download that breaks off raises AnswerLost."""
    inside.length = 9_999
    with pytest.raises(AnswerLost):
        await _fetch(f"http://127.0.0.1:{inside.port}/1", tmp_path / "result", "127.0.0.1")


async def test_nobody_at_home(tmp_path: Path) -> None:
    """A refused connection raises NotSent."""
    async with serving(Inside().answer) as port:
        pass
    with pytest.raises(NotSent):
        await _fetch(f"http://127.0.0.1:{port}/1", tmp_path / "result", "127.0.0.1")


@pytest.mark.parametrize(
    "url", ["", "/a.png", "file:///etc/passwd", "http://", "https://:80/", "http://[::1", "data:,x", "http://a:b"]
)
async def test_what_is_no_address(tmp_path: Path, url: str) -> None:
    """An invalid URL is refused at once."""
    with pytest.raises(ApiRefused):
        await _fetch(url, tmp_path / "result")


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.0.0.1", ANY, "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:a00:1::", "2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe",
        "64:ff9b::10.0.0.1", "::169.254.169.254", "2001:db8::1", "2001::1",
    ],
)  # fmt: skip
def test_addresses_inside(address: str) -> None:
    """Private, local, shared, reserved and multicast addresses aren't public, even wrapped in IPv6."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::", "64:ff9b::8.8.8.8"]
)
def test_addresses_of_the_open_internet(address: str) -> None:
    """Addresses of the internet are public, even wrapped in IPv6."""
    assert is_public(ipaddress.ip_address(address))
