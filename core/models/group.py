"""What the admins of a group decided about the bot."""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Whose orders are taken in a group; kept in the database, so the values stay as they are."""

    EVERYONE = "everyone"
    ADMINS = "admins"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class GroupRules:
    """The rules of one group; these are the ones of a group that never made any. `daily` is in credits."""

    is_on: bool = True
    who: Who = Who.EVERYONE
    quiet: bool = False
    """A reaction instead of a placeholder."""
    reply_edits: bool = False
    """Words in reply to a picture of the bot's are an edit of it, also without a command."""
    daily: int | None = None
    listed: frozenset[int] = frozenset()
