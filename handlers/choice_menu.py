"""Menus of choices: one row of buttons for each setting, with a mark at the value that holds.

`Choices` shows all choices at once, and `StepMenu` one button for each setting that opens its choices.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import MessageGone
from core.models.keyboard import Button, Keyboard
from core.text import Joined, Renderable, Text, Verbatim, text
from handlers.context import Services
from handlers.parsing import ButtonPress

Choice = tuple[str, Renderable, Any]
"""A value of a setting: its key in callback data, its label, and the value itself."""

_BUTTONS_IN_ROW = 3
BACK = text("⬅ Back")
DEFAULTS = text("↺ Defaults")
UNSET = text("not set")


@dataclass(frozen=True, slots=True)
class Choices:
    """A menu for the fields of a dataclass: `settings` maps a field's name to its title and its choices.

    Callback data: `PREFIX:FIELD:KEY`. The prefix tells the menus apart.
    """

    prefix: str
    settings: dict[str, tuple[Text, tuple[Choice, ...]]]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the pattern of this menu's callback data, with the groups `name` and `value`."""
        return re.compile(rf"^{self.prefix}:(?P<name>[a-z_]+):(?P<value>[a-z0-9][a-z0-9.-]*)$")

    def value(self, name: str, key: str) -> tuple[Any] | None:
        """Return the value of a choice in a tuple of one, as the value may be None; None for an unknown choice."""
        choices = self.settings[name][1] if name in self.settings else ()
        return next(((value,) for known, _, value in choices if known == key), None)

    def lines(self, values: object) -> list[Renderable]:
        """Return a line for each setting with the value it has in `values`."""
        return [line for _, line in self.named_lines(values)]

    def named_lines(self, values: object) -> list[tuple[str, Renderable]]:
        """Return a line for each setting with the value it has in `values`, after the name of the setting."""
        return [
            (name, text("{setting}: <b>{value}</b>", setting=title, value=_label(choices, getattr(values, name))))
            for name, (title, choices) in self.settings.items()
        ]

    def keyboard(self, values: object) -> Keyboard:
        """Return a keyboard with all choices, in rows that fit on a phone."""
        return tuple(
            tuple(
                self._button(name, choice, getattr(values, name)) for choice in choices[start : start + _BUTTONS_IN_ROW]
            )
            for name, (_, choices) in self.settings.items()
            for start in range(0, len(choices), _BUTTONS_IN_ROW)
        )

    def _button(self, name: str, choice: Choice, current: object) -> Button:
        key, label, value = choice
        marked = Joined((Verbatim("●"), label), " ") if value == current else label
        return Button(marked, f"{self.prefix}:{name}:{key}")


class Step(StrEnum):
    """A step in a menu that opens one setting at a time. Buttons carry the values, so they never change."""

    OPEN = "open"
    PICK = "pick"
    BACK = "back"
    UNSET = "unset"


@dataclass(frozen=True, slots=True)
class StepPress:
    """A press in a menu: the step, and where the step needs them, the setting and the key of its choice."""

    step: Step
    name: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class StepMenu:
    """A menu with one button for each setting of `choices`, which opens the setting's choices.

    Callback data: `PREFIX.STEP[:FIELD[:KEY]]`. That of `choices` itself, without a step, comes from old messages.
    """

    choices: Choices

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the pattern of this menu's callback data."""
        return re.compile(
            rf"^{self.choices.prefix}\.(?P<step>[a-z]+)(?::(?P<name>[a-z_]+)(?::(?P<value>[a-z0-9][a-z0-9.-]*))?)?$"
        )

    def read(self, data: str) -> StepPress | None:
        """Parse callback data of this menu; return None for an unknown step, setting or choice."""
        match = self.pattern.match(data)
        if not match or match["step"] not in set(Step):
            return None
        pressed = StepPress(Step(match["step"]), match["name"] or "", match["value"] or "")
        match pressed.step:
            case Step.OPEN:
                is_known = pressed.name in self.choices.settings
            case Step.PICK:
                is_known = self.choices.value(pressed.name, pressed.key) is not None
            case _:
                is_known = True
        return pressed if is_known else None

    def overview(self, values: object) -> Keyboard:
        """Return a keyboard with a button for each setting, and one that unsets all."""
        prefix = self.choices.prefix
        return (
            *((Button(line, f"{prefix}.{Step.OPEN}:{name}"),) for name, line in self.choices.named_lines(values)),
            (Button(DEFAULTS, f"{prefix}.{Step.UNSET}"),),
        )

    def opened(self, name: str, values: object) -> Keyboard:
        """Return a keyboard with the choices of one setting, and one button back."""
        prefix, (_, choices), current = self.choices.prefix, self.choices.settings[name], getattr(values, name)
        buttons = [
            Button(
                Joined((Verbatim("✓"), label), " ") if value == current else label, f"{prefix}.{Step.PICK}:{name}:{key}"
            )
            for key, label, value in choices
        ]
        rows = (tuple(buttons[start : start + _BUTTONS_IN_ROW]) for start in range(0, len(buttons), _BUTTONS_IN_ROW))
        return (*rows, (Button(BACK, f"{prefix}.{Step.BACK}"),))


def _label(choices: tuple[Choice, ...], current: object) -> Renderable:
    chosen = next((label for _, label, value in choices if value == current), None)
    return chosen or (UNSET if current is None else Verbatim(str(current)))


async def redraw(services: Services, button_press: ButtonPress, words: Renderable, keyboard: Keyboard) -> None:
    """Update the menu's message, or send a new one if it can't be changed anymore."""
    to = button_press.request.address
    try:
        await services.messenger.edit(to, button_press.message_id, words, keyboard=keyboard)
    except MessageGone:
        await services.messenger.send_text(to, words, keyboard=keyboard)
