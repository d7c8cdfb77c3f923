"""The rules that the admins of a group set."""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """The members whose orders are accepted in a group. The values are stored, so they never change."""

    EVERYONE = "everyone"
    ADMINS = "admins"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class GroupRules:
    """The rules of one group; the defaults are those of a group without rules."""

    is_on: bool = True
    who: Who = Who.EVERYONE
    quiet: bool = False
    """Answer an order with a reaction instead of a placeholder."""
    reply_edits: bool = False
    """Treat a reply to one of the bot's pictures as an edit of it, also without a command."""
    daily: int | None = None
    """Whole credits for the group a day; None leaves it to the bot's settings."""
    listed: frozenset[int] = frozenset()
