"""Changes of a part of a picture, before they are ordered."""

import hashlib
from dataclasses import dataclass

from core.models.image_request import Picture
from core.models.job import Destination, PictureId


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A change of a part of a picture that is being put together.

    `base` is the picture, a PNG of ours; `words` say what shall happen, options and all.
    """

    address: Destination
    requester_id: int
    base: Picture
    words: str
    parent: PictureId | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A stored draft; `mask` once it is known, `message_id` is the preview that shows it. Nothing is paid for yet."""

    id: str
    new: NewDraft
    mask: Picture | None = None
    message_id: int | None = None

    @property
    def fingerprint(self) -> str:
        """What a preview shows, in eight digits: a yes to one is no yes to what is drawn or written after it."""
        said = f"{self.mask.sha256 if self.mask else ''} {self.new.words}"
        return hashlib.sha256(said.encode()).hexdigest()[:8]
