"""HMAC-SHA256: the one signature that the bot makes, and that it checks of others."""

import hashlib
import hmac


def sign(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of the signature of `message` under `key`."""
    return hmac.new(key, message, hashlib.sha256).digest()


def is_equal(one: bytes, other: bytes) -> bool:
    """Compare two signatures in a time that tells nothing about where they differ."""
    return hmac.compare_digest(one, other)


class Signer:
    """The maker of signatures under the bot's own key.

    The signed message is `<purpose>:<part>:<part>…`. The purpose comes first, so a signature that was made for one
    purpose is worth nothing for another.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def sign(self, purpose: str, *parts: object) -> bytes:
        """Return the signature of `parts`, which must not contain a colon."""
        return sign(self._key, ":".join([purpose, *map(str, parts)]).encode())
