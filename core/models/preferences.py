"""The preferences of users and chats."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from core.models.image_request import Fallback, Request, Size


class AfterResult(StrEnum):
    """The treatment of words that sound like a change, right after a result. The values are stored."""

    ASK = "ask"
    CHANGE = "change"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Values for the options that a command leaves out; None means without a preference."""

    size: Size | None = None
    variants: int | None = None
    enhance: bool | None = None
    fallback: Fallback | Literal["off"] | None = None
    as_file: bool | None = None
    after_result: AfterResult | None = None
    model: str | None = None
    """The name of a model, which may be offered no more."""

    def over(self, other: "Preferences") -> "Preferences":
        """Return these preferences, with those of `other` for the fields that are None."""
        return Preferences(
            size=self.size or other.size,
            variants=self.variants or other.variants,
            enhance=other.enhance if self.enhance is None else self.enhance,
            fallback=self.fallback or other.fallback,
            as_file=other.as_file if self.as_file is None else self.as_file,
            after_result=self.after_result or other.after_result,
            model=self.model or other.model,
        )

    def among(self, names: Collection[str]) -> "Preferences":
        """Return these preferences, without the model if its name isn't one of `names`."""
        return self if self.model in names else replace(self, model=None)

    @property
    def request(self) -> Request:
        """A request without a prompt and with these preferences."""
        return Request(
            prompt="",
            size=self.size,
            variants=self.variants or 1,
            enhance=bool(self.enhance),
            fallback=self.fallback if isinstance(self.fallback, Fallback) else None,
            as_file=bool(self.as_file),
            model=self.model or "",
        )


DEFAULTS = Preferences(
    size=Size.SQUARE, variants=1, enhance=False, fallback="off", as_file=False, after_result=AfterResult.ASK
)
"""The values that apply without any preference. They are only shown: an edit keeps the shape of its picture."""
