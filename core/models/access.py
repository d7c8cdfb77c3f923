"""The rules for access to the bot."""

from dataclasses import dataclass
from enum import StrEnum

from core.text import text

BANNED = text("⛔ The bot's operator has shut you out.")


class AccessMode(StrEnum):
    """The users who may use the bot. Operators always may, and banned users never may."""

    OPEN = "open"
    ALLOWLIST = "allowlist"
    """Users and chats on the list."""
    INVITE = "invite"
    """As ALLOWLIST, and users who redeemed an invitation."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The decisions about a user or chat. A ban outweighs the others; they count again when it ends."""

    is_allowed: bool = False
    is_invited: bool = False
    is_banned: bool = False
    has_budget: bool = False
    """True if every invitation that the user redeemed came with credits."""
