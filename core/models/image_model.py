"""The models that paint and their abilities, as data. `bot/models.toml` is the table."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.models.image_request import Size
from core.text import Renderable, Verbatim

FOUR_O = "4o"
"""The name of the model that paints if no other is chosen, and of every job of a release before there were models."""


class Protocol(StrEnum):
    """The endpoints of the image API that a model is asked by."""

    FOUR_O = "4o"
    JOBS = "jobs"


class Tool(StrEnum):
    """The work of a model that paints nothing new."""

    UPSCALE = "upscale"
    CUTOUT = "cutout"


class Auto(StrEnum):
    """When a model takes "auto" for a ratio, and then keeps the shape of the first picture."""

    NEVER = "never"
    EDIT = "edit"
    ALWAYS = "always"


class MaskPolarity(StrEnum):
    """The color that means "change this" in a mask. The bot's own masks have black."""

    BLACK = "black"
    WHITE = "white"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a picture that a model takes: bytes, pixels, and both sides in pixels. 0 means any."""

    max_bytes: int = 0
    max_pixels: int = 0
    min_side: int = 0
    max_side: int = 0

    def has_room(self, width: int, height: int) -> bool:
        """Return whether a picture of these sides is within the bounds."""
        return self.scale(width, height) == 1.0

    def scale(self, width: int, height: int) -> float:
        """Return the factor that brings a picture's sides and pixels within the bounds; 1 if they are.

        The upper bounds win over the lower one.
        """
        most = min(
            self.max_side / max(width, height) if self.max_side else 1.0,
            math.sqrt(self.max_pixels / (width * height)) if self.max_pixels else 1.0,
            1.0,
        )
        if most < 1.0 or min(width, height) >= self.min_side:
            return most
        wanted = self.min_side / min(width, height)
        return min(wanted, self.max_side / max(width, height)) if self.max_side else wanted

    @property
    def key(self) -> str:
        """A text that differs for other bounds."""
        return f"{self.max_bytes}-{self.max_pixels}-{self.min_side}-{self.max_side}"


NO_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class ImageModel:
    """One model. The fields that end in `_field` are keys of its input (vendor's docs, one page for each model)."""

    name: str
    title: str
    prices: Mapping[str, int]
    """Hundredths of credits for a picture, by resolution or factor; the key "" holds for all that aren't named."""
    protocol: Protocol = Protocol.JOBS
    good_at: Renderable = field(default_factory=lambda: Verbatim(""))
    text_id: str = ""
    """The vendor's id for a picture from words alone, empty if the model needs a picture."""
    edit_id: str = ""
    """The vendor's id for a picture from pictures, empty if the model can't edit."""
    pictures_field: str = ""
    max_pictures: int = 0
    one_picture: bool = False
    """Whether the field holds one link instead of a list."""
    bounds: Bounds = field(default_factory=Bounds)
    ratio_field: str = ""
    ratios: tuple[Size, ...] = ()
    ratio_required: bool = False
    auto: Auto = Auto.NEVER
    resolution_field: str = ""
    resolutions: tuple[str, ...] = ()
    resolution_required: bool = False
    factor_field: str = ""
    factors: tuple[int, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Keys and values that are always sent."""
    transparent: Mapping[str, Any] = field(default_factory=dict)
    """Keys and values for a picture without a background; empty if the model has none."""
    mask_field: str = ""
    mask_polarity: MaskPolarity = MaskPolarity.BLACK
    enhance_field: str = ""
    prompt_min: int = 0
    prompt_max: int = 4_000
    variants: tuple[int, ...] = (1,)
    """The numbers of pictures that one task can have."""
    vendor_fallback: bool = False
    """Whether the vendor can let another model step in, and route through China."""
    tool: Tool | None = None

    @property
    def can_edit(self) -> bool:
        """Whether it makes pictures from pictures."""
        return bool(self.edit_id)

    @property
    def can_mask(self) -> bool:
        """Whether it keeps the part that a mask doesn't mark."""
        return bool(self.mask_field)

    @property
    def by_itself(self) -> bool:
        """Whether one task has all pictures of an order."""
        return len(self.variants) > 1

    def keeps_shape(self, resolution: str | None) -> bool:
        """Return whether an edit can be left to keep the shape of the first picture.

        With a resolution other than the first, a ratio is named, as some models want it (vendor's docs, gpt-image).
        """
        return self.auto is not Auto.NEVER and resolution in {None, *self.resolutions[:1]}

    def price(self, key: str | None) -> int:
        """Return the hundredths of credits for a picture of a resolution, or of a factor."""
        if key and key in self.prices:
            return self.prices[key]
        return self.prices.get("", min(self.prices.values(), default=0))
