"""Who may use the bot."""

from dataclasses import dataclass
from enum import StrEnum

from core.text import text

BANNED = text("⛔ Whoever runs this bot has shut you out of it.")


class AccessMode(StrEnum):
    """Who may use the bot, apart from operators, who always may, and the banned, who never may."""

    OPEN = "open"
    ALLOWLIST = "allowlist"
    """People and chats on the list."""
    INVITE = "invite"
    """Those, and whoever redeemed an invitation."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person or chat; a ban outweighs the rest, and what it outweighs is back when it ends."""

    is_allowed: bool = False
    is_invited: bool = False
    is_banned: bool = False
    has_budget: bool = False
    """Came by invitations, each of which brought credits."""
