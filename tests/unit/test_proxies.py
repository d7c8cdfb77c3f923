"""Proxies are used for the right requests, and a proxy's password stays secret."""

import pytest
from pydantic import SecretStr

from bot.check import _proxies as proxies_found
from bot.proxies import Proxies
from bot.settings import load

PROXY = SecretStr("http://ada:s3cret-pass@proxy.example:3128")


@pytest.mark.parametrize(
    ("url", "no", "used"),
    [
        ("https://api.telegram.org/bot1:A/getMe", "", True),
        ("http://result.example/a.png", "", False),
        ("https://api.kie.ai/x", "kie.ai", False),
        ("https://api.kie.ai/x", "other.example, api.kie.ai:443", False),
        ("https://api.kie.ai/x", "*", False),
        ("https://127.0.0.1:8080/x", "", False),
        ("https://localhost/x", "", False),
        ("https://[::1]/x", "", False),
    ],
)
def test_what_goes_through(url: str, no: str, used: bool) -> None:
    """HTTPS_PROXY applies to https only; NO_PROXY and loopback addresses bypass it."""
    assert bool(Proxies(https=PROXY, no=no or None).of(url)) is used


def test_all_proxy_is_for_both_kinds() -> None:
    """ALL_PROXY applies where no specific proxy is set; a proxy without a scheme is an http proxy."""
    proxies = Proxies(https=PROXY, all=SecretStr("other.example:8080"))
    assert str(proxies.of("http://a.example")) == "http://other.example:8080"
    assert proxies.told("https://a.example") == " through the proxy proxy.example:3128"


def test_what_is_not_supported_is_said() -> None:
    """Unsupported and invalid proxies are reported."""
    socks = Proxies(all=SecretStr("socks5://127.0.0.1:1080"))
    assert "socks5 proxies are not supported" in (socks.problem("https://a.example") or "")
    assert socks.problem("http://127.0.0.1:1") is None
    assert Proxies(all=SecretStr("http://a:b:c:d")).problem("https://a.example")


def test_check_says_what_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` reports the proxy in one line, without the password."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:A")
    monkeypatch.setenv("IMAGE_API_KEY", "key")
    monkeypatch.setenv("HTTPS_PROXY", PROXY.get_secret_value())
    monkeypatch.setenv("NO_PROXY", "api.kie.ai")
    assert proxies_found(load(_env_file=None)) == [
        (True, "the bot reaches Telegram through the proxy proxy.example:3128")
    ]


def test_the_password_is_a_secret() -> None:
    """The password doesn't appear in reprs or messages."""
    proxies = Proxies(https=PROXY)
    assert "s3cret-pass" not in repr(proxies) + proxies.told("https://a.example")
    assert [secret.get_secret_value() for secret in proxies.secrets] == ["s3cret-pass"]
