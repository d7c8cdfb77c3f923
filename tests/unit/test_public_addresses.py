"""IP addresses are classified as public or private."""

import ipaddress

import pytest

from bot.image_api.downloader import is_public

ANY = "0.0.0.0"  # noqa: S104 - to be refused


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
