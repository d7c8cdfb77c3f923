"""Which web addresses Telegram takes from a bot: https ones. Plain http on this machine is the sandbox's exception."""

from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_secure(url: str) -> bool:
    """Whether an address is https, or http on this machine."""
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    if not address.hostname:
        return False
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in LOOPBACK)
