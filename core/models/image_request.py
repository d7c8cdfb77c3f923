"""A request for pictures, and the limits of the image API."""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.errors import MaskOfMany, NoPrompt, PromptTooLong, TooManyPictures
from core.text import text

MAX_PICTURES = 5
"""Image API docs, generate: up to 5 `filesUrl`."""
VARIANTS = (1, 2, 4)
"""Image API docs, generate: `nVariants` is 1, 2 or 4."""
MAX_PROMPT = 4_000  # characters; a Telegram message has at most 4,096 (Bot API, sendMessage)


class Size(StrEnum):
    """The three shapes that the image API paints (image API docs, generate: `size`)."""

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
        """Return the shape closest to `width` × `height` (both above 0), by the logarithm of the ratio."""
        wanted = math.log(width / height)
        return min(cls, key=lambda size: abs(math.log(size.ratio) - wanted))


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

    `size` is None until the shape of the first picture is known; then it is the nearest shape. Without pictures, None
    means square. `wished` is the ratio that the user asked for if the image API has only a near one. `unused` are the
    options that the user wrote and the image API doesn't have, as written; `worded` are those that became words of the
    prompt. `as_file` is about delivery: the result is sent as a file, in its original bytes.
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

    def checked(self) -> "Request":
        """Return self.

        Raises TooManyPictures, MaskOfMany, PromptTooLong or NoPrompt if the request is beyond the limits.
        """
        if len(self.pictures) > MAX_PICTURES:
            raise TooManyPictures(len(self.pictures), MAX_PICTURES)
        if self.mask and len(self.pictures) != 1:
            raise MaskOfMany
        if len(self.prompt) > MAX_PROMPT:
            raise PromptTooLong(len(self.prompt), MAX_PROMPT)
        if not self.prompt and not self.pictures:
            raise NoPrompt(text("Please tell me what to paint."))
        return self
