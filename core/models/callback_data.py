"""What a button says when it is pressed, in the 64 bytes Telegram gives it: a verb, and what it is about.

Nothing else is in it: whatever a button needs to know is looked up, so buttons outlive restarts and can't be forged
into more than a wish of whoever pressed them.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.models.job import PictureId

_DATA = re.compile(r"(?P<verb>[a-z]{2,6}):(?P<job>[0-9a-f]{12}):(?P<position>[0-9])(?::(?P<argument>[a-z0-9]{1,8}))?")


class Action(StrEnum):
    """What can be wanted of a result, an order or a draft; part of buttons people still have, so the values stay."""

    AGAIN = "again"
    VARY = "vary"
    EDIT = "edit"
    MASK = "mask"
    SIZES = "sizes"
    SIZE = "size"
    FILE = "file"
    DELETE = "del"
    REALLY_DELETE = "drop"
    PARENT = "back"
    PROMPT = "words"
    PICK = "pick"
    MENU = "menu"
    STOP = "stop"
    YES = "yes"
    SHOW = "show"
    GO = "go"
    REDO = "redo"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class CallbackData:
    """A pressed button, understood but not yet believed."""

    action: Action
    about: PictureId
    argument: str = ""

    @property
    def data(self) -> str:
        """Write it into a button."""
        tail = f":{self.argument}" if self.argument else ""
        return f"{self.action.value}:{self.about.job_id}:{self.about.position}{tail}"


def read_press(data: str) -> CallbackData | None:
    """Read it back; None for what we never wrote."""
    match = _DATA.fullmatch(data)
    if not match or match["verb"] not in set(Action):
        return None
    about = PictureId(match["job"], int(match["position"]))
    return CallbackData(Action(match["verb"]), about, match["argument"] or "")
