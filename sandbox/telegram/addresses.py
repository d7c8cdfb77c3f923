"""The rule for URLs that a bot hands over: Telegram takes https only. The sandbox also takes http on loopback
addresses.
"""

from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_secure(url: str) -> bool:
    """Return whether a URL is https, or http on a loopback address."""
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    if not address.hostname:
        return False
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in LOOPBACK)
