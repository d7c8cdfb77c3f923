"""A request for pictures."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from core.errors import MaskOfMany, NoPrompt, PromptTooLong
from core.text import text

VARIANTS = (1, 2, 4)
"""How many pictures an order can have (image API docs, generate: `nVariants` is 1, 2 or 4)."""

_SHAPE = re.compile(r"[1-9]\d{0,3}:[1-9]\d{0,3}", re.ASCII)


class Size(str):
    """A shape as width to height, such as "16:9". Raises ValueError for any other text."""

    __slots__ = ()
    SQUARE: ClassVar["Size"]
    LANDSCAPE: ClassVar["Size"]
    PORTRAIT: ClassVar["Size"]

    def __new__(cls, value: str) -> Self:
        """Check the text: two numbers above 0, of at most four digits each, with a colon between them."""
        if not _SHAPE.fullmatch(value):
            raise ValueError(f"{value!r} is not a shape")
        return super().__new__(cls, value)

    @property
    def ratio(self) -> float:
        """Width divided by height."""
        wide, high = self.split(":")
        return int(wide) / int(high)

    @classmethod
    def nearest(cls, width: float, height: float, among: Iterable["Size"] = ()) -> "Size":
        """Return the shape closest to `width` × `height` (both above 0), by the logarithm of the ratio.

        Without shapes to choose from, these are the three of the 4o image API (docs, generate: `size`).
        """
        wanted = math.log(width / height)
        return min(tuple(among) or THREE_SIZES, key=lambda size: abs(math.log(size.ratio) - wanted))


Size.SQUARE, Size.LANDSCAPE, Size.PORTRAIT = Size("1:1"), Size("3:2"), Size("2:3")
THREE_SIZES = (Size.SQUARE, Size.LANDSCAPE, Size.PORTRAIT)
"""The shapes that every model of pictures paints, or nearly so, and all that the 4o image API paints."""

MAX_PROMPT = 4_000  # characters; a Telegram message has at most 4,096 (Bot API, sendMessage)


class Fallback(StrEnum):
    """The model that the image API uses when its main one fails (image API docs, generate: `fallbackModel`)."""

    FLUX = "FLUX_MAX"
    GPT = "GPT_IMAGE_1"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture whose bytes are stored under `sha256`. `width` and `height` are in pixels, `size` in bytes."""

    sha256: str
    format: str
    width: int
    height: int
    size: int

    @property
    def file_name(self) -> str:
        """The name of its file in a store."""
        return f"{self.sha256}.{self.format.lower()}"

    @property
    def source(self) -> "Source":
        """This picture as the source of a job."""
        return Source("", self.sha256, self.size, self)


@dataclass(frozen=True, slots=True)
class Source:
    """A picture of a request: a file that Telegram has, or a stored one, or both.

    `file_id` downloads the file from Telegram and is empty if Telegram doesn't have it. `unique_id` identifies the
    content for good. `size` is in bytes, None if Telegram didn't tell it. `stored` is the picture whose bytes are
    stored.
    """

    file_id: str
    unique_id: str
    size: int | None = None
    stored: Picture | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request for pictures: all parameters of the generate call except URLs.

    `model` is the name of the model; until it is chosen, it is empty. `size` is None until the shape of the first
    picture is known; then it is the nearest shape. Without pictures, None means square. `wished` is the ratio that the
    user asked for if the model has only a near one. `unused` are the options that the user wrote and the model doesn't
    have, as written; `worded` are those that became words of the prompt. `instead_of` is the model that was asked for,
    if another one paints. `as_file` is about delivery: the result is sent as a file, in its original bytes.
    """

    prompt: str
    size: Size | None = None
    wished: str | None = None
    variants: int = 1
    enhance: bool = False
    fallback: Fallback | None = None
    china: bool = False
    as_file: bool = False
    pictures: tuple[Source, ...] = ()
    mask: Source | None = None
    unused: str = ""
    worded: str = ""
    model: str = ""
    resolution: str | None = None
    """One of the model's resolutions, such as "2K"; None means its first."""
    transparent: bool = False
    """Whether the picture has no background."""
    factor: int = 1
    """How many times larger the picture becomes, for a model that enlarges."""
    instead_of: str = ""

    def checked(self) -> "Request":
        """Return self. Raises MaskOfMany, PromptTooLong or NoPrompt if no model can take it."""
        if self.mask and len(self.pictures) != 1:
            raise MaskOfMany
        if len(self.prompt) > MAX_PROMPT:
            raise PromptTooLong(len(self.prompt), MAX_PROMPT)
        if not self.prompt and not self.pictures:
            raise NoPrompt(text("Please tell me what to paint."))
        return self
