"""What a person asked for, as one value that knows the limits of the image service."""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.errors import MaskOfMany, NoPrompt, PromptTooLong, TooManyPictures
from core.text import text

MAX_PICTURES = 5
VARIANTS = (1, 2, 4)
MAX_PROMPT = 4_000  # characters; a Telegram message cannot carry more than 4,096


class Size(StrEnum):
    """The three shapes the image service can paint."""

    SQUARE = "1:1"
    LANDSCAPE = "3:2"
    PORTRAIT = "2:3"

    @property
    def ratio(self) -> float:
        """Width divided by height."""
        wide, high = self.value.split(":")
        return int(wide) / int(high)

    @classmethod
    def nearest(cls, width: float, height: float) -> "Size":
        """Find the shape closest to `width` × `height` (both above 0), judged by the logarithm of the ratio."""
        wanted = math.log(width / height)
        return min(cls, key=lambda size: abs(math.log(size.ratio) - wanted))


class Fallback(StrEnum):
    """The model that steps in when the main one fails."""

    FLUX = "FLUX_MAX"
    GPT = "GPT_IMAGE_1"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture whose bytes are stored under `sha256`. Sides in pixels, `size` in bytes."""

    sha256: str
    format: str
    width: int
    height: int
    size: int

    @property
    def source(self) -> "Source":
        """Itself, as the picture of an order."""
        return Source("", self.sha256, self.size, self)


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to change: one in Telegram, or one of the bot's own, whose bytes are `stored`.

    `file_id` fetches it, `unique_id` names its content for good, `size` is in bytes where Telegram told it.
    """

    file_id: str
    unique_id: str
    size: int | None = None
    stored: Picture | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One order of pictures; everything the generate call can be told, but for addresses.

    `size` is None until the first picture's shape is known (then its nearest shape), and square without pictures;
    `wished` is the ratio that was asked for where the service has only a near one. `as_file` is about showing only:
    the result comes as a file, as it was made.
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

    def checked(self) -> "Request":
        """Answer itself, or raise the Refused that says what the image service would not take."""
        if len(self.pictures) > MAX_PICTURES:
            raise TooManyPictures(len(self.pictures), MAX_PICTURES)
        if self.mask and len(self.pictures) != 1:
            raise MaskOfMany
        if len(self.prompt) > MAX_PROMPT:
            raise PromptTooLong(len(self.prompt), MAX_PROMPT)
        if not self.prompt and not self.pictures:
            raise NoPrompt(text("Please tell me what to paint."))
        return self
