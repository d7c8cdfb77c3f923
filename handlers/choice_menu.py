"""Menus of choices: one row of buttons for each setting, with a mark at the value that holds."""

import re
from dataclasses import dataclass
from typing import Any

from core.errors import MessageGone
from core.models.keyboard import Button, Keyboard
from core.text import Joined, Renderable, Text, Verbatim, text
from handlers.context import Services
from handlers.parsing import ButtonPress

Choice = tuple[str, Renderable, Any]
"""A value of a setting: its key in callback data, its label, and the value itself."""

_BUTTONS_IN_ROW = 3
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
        return re.compile(rf"^{self.prefix}:(?P<name>[a-z_]+):(?P<value>[a-z0-9]+)$")

    def value(self, name: str, key: str) -> tuple[Any] | None:
        """Return the value of a choice in a tuple of one, as the value may be None; None for an unknown choice."""
        choices = self.settings[name][1] if name in self.settings else ()
        return next(((value,) for known, _, value in choices if known == key), None)

    def lines(self, values: object) -> list[Renderable]:
        """Return a line for each setting with the value it has in `values`."""
        return [
            text("{setting}: <b>{value}</b>", setting=title, value=_label(choices, getattr(values, name)))
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
