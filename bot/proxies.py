"""The choice of the proxy for a request, by HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.

aiohttp's own `trust_env` isn't used, as it would also read passwords from a netrc file.
"""

import ipaddress
from dataclasses import dataclass
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from pydantic import SecretStr
from yarl import URL

_SCHEMES = {"http", "https"}


@dataclass(frozen=True, slots=True)
class Proxies:
    """An operator's proxies. Their addresses may contain passwords, so they are secrets."""

    http: SecretStr | None = None
    https: SecretStr | None = None
    all: SecretStr | None = None
    no: str | None = None
    """Hosts that are reached directly, separated by commas, as in curl; loopback addresses always are."""

    @property
    def are_given(self) -> bool:
        """Whether there is any proxy."""
        return any((self.http, self.https, self.all))

    @property
    def secrets(self) -> list[SecretStr]:
        """The passwords in the addresses, as they are written there."""
        given = [URL(proxy.get_secret_value()).password for proxy in (self.http, self.https, self.all) if proxy]
        return [SecretStr(password) for password in given if password]

    def of(self, url: str | URL) -> URL | None:
        """Return the proxy for an address; None if it is reached directly. Raises ValueError."""
        target = URL(url) if isinstance(url, str) else url
        given = {"http": self.http, "https": self.https}.get(target.scheme) or self.all
        host = target.host or ""
        if given is None or is_loopback(host):
            return None
        where = f"{host}:{target.port}" if target.port else host
        if self.no and proxy_bypass_environment(where, {"no": self.no}):
            return None
        value = given.get_secret_value()
        return URL(value if "://" in value else f"http://{value}")

    def problem(self, url: str) -> str | None:
        """Return why the proxy for an address can't be used; None if it can, or if none is needed."""
        try:
            proxy = self.of(url)
        except ValueError:
            return "the proxy's address can't be read"
        if proxy is None or (proxy.scheme in _SCHEMES and proxy.host):
            return None
        return f"{proxy.scheme} proxies are not supported, only http and https ones"

    def told(self, url: str) -> str:
        """Return words that name the proxy for an address, without its password; empty if there is none."""
        proxy = self.of(url)
        return f" through the proxy {proxy.host}:{proxy.port}" if proxy else ""


def is_loopback(host: str) -> bool:
    """Return whether a host name or IP address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
