"""Menus of choices: each line a setting, each of its values a button, the chosen one marked."""

import re
from dataclasses import dataclass
from typing import Any

from core.errors import MessageGone
from core.models.keyboard import Button, Keyboard
from core.text import Joined, Renderable, Text, Verbatim, text
from handlers.context import Services
from handlers.parsing import ButtonPress

Choice = tuple[str, Renderable, Any]
"""A value: its short name in buttons, its name to people, and itself."""

_A_ROW = 3
UNSET = text("not set")


@dataclass(frozen=True, slots=True)
class Choices:
    """The settings of a dataclass, by the names of its fields. `prefix` tells the menus' buttons apart."""

    prefix: str
    settings: dict[str, tuple[Text, tuple[Choice, ...]]]

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the data of these buttons looks like."""
        return re.compile(rf"^{self.prefix}:(?P<name>[a-z_]+):(?P<value>[a-z0-9]+)$")

    def value(self, name: str, short: str) -> tuple[Any] | None:
        """Look up what a button stands for; None for what was never offered."""
        choices = self.settings[name][1] if name in self.settings else ()
        return next(((value,) for known, _, value in choices if known == short), None)

    def lines(self, values: object) -> list[Renderable]:
        """Say how everything is set."""
        return [
            text("{setting}: <b>{value}</b>", setting=title, value=_name(choices, getattr(values, name)))
            for name, (title, choices) in self.settings.items()
        ]

    def keyboard(self, values: object) -> Keyboard:
        """Offer everything, in rows that fit on a phone."""
        return tuple(
            tuple(self._button(name, choice, getattr(values, name)) for choice in choices[start : start + _A_ROW])
            for name, (_, choices) in self.settings.items()
            for start in range(0, len(choices), _A_ROW)
        )

    def _button(self, name: str, choice: Choice, now: object) -> Button:
        short, label, value = choice
        return Button(Joined((Verbatim("●"), label), " ") if value == now else label, f"{self.prefix}:{name}:{short}")


def _name(choices: tuple[Choice, ...], now: object) -> Renderable:
    chosen = next((label for _, label, value in choices if value == now), None)
    return chosen or (UNSET if now is None else Verbatim(str(now)))


async def redraw(services: Services, button_press: ButtonPress, words: Renderable, keyboard: Keyboard) -> None:
    """Show a menu as it is now: in its message, or in a new one where that can't be changed any more."""
    to = button_press.request.address
    try:
        await services.messenger.edit(to, button_press.message_id, words, keyboard=keyboard)
    except MessageGone:
        await services.messenger.send_text(to, words, keyboard=keyboard)
