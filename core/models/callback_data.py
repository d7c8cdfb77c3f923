"""The data in a button: an action and its subject, within 64 bytes (Bot API, InlineKeyboardButton.callback_data).

The grammar is `<action>:<id>:<position>[:<argument>]`. `<id>` is a job or a draft, 12 hexadecimal digits. `<position>`
is that of a result, one digit. `<argument>` has 1–20 lower-case letters, digits, dots and dashes: a shape, the name
of a model, a number, or the fingerprint of a draft.

Everything else is looked up when the button is pressed. So buttons work after a restart, and forged data is only a
request by the user who sent it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.models.job import PictureId

_DATA = re.compile(
    r"(?P<verb>[a-z]{2,6}):(?P<job>[0-9a-f]{12}):(?P<position>[0-9])(?::(?P<argument>[a-z0-9][a-z0-9.-]{0,19}))?"
)


class Action(StrEnum):
    """An action on a result, a job or a draft. Buttons in old chats carry the values, so they never change."""

    AGAIN = "again"
    VARY = "vary"
    EDIT = "edit"
    MASK = "mask"
    SIZES = "sizes"
    SIZE = "size"
    STYLES = "styles"
    STYLE = "style"
    FILE = "file"
    DELETE = "del"
    REALLY_DELETE = "drop"
    PARENT = "back"
    PROMPT = "words"
    PICK = "pick"
    MENU = "menu"
    STOP = "stop"
    YES = "yes"
    JUST = "just"
    REWORD = "reword"
    SHOW = "show"
    GO = "go"
    REDO = "redo"
    LEAVE = "leave"
    MODELS = "models"
    MODEL = "model"
    LARGER = "larger"
    TIMES = "times"
    CUTOUT = "cutout"


@dataclass(frozen=True, slots=True)
class CallbackData:
    """A parsed button press that is yet to be authorized."""

    action: Action
    about: PictureId
    argument: str = ""

    @property
    def data(self) -> str:
        """The text for the button."""
        tail = f":{self.argument}" if self.argument else ""
        return f"{self.action.value}:{self.about.job_id}:{self.about.position}{tail}"


def read_callback_data(data: str) -> CallbackData | None:
    """Parse the data of a button; return None if it doesn't follow the grammar."""
    match = _DATA.fullmatch(data)
    if not match or match["verb"] not in set(Action):
        return None
    about = PictureId(match["job"], int(match["position"]))
    return CallbackData(Action(match["verb"]), about, match["argument"] or "")
