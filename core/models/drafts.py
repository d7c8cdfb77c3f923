"""Drafts: changes of a part of a picture, before they are ordered."""

import hashlib
from dataclasses import dataclass

from core.models.image_request import Picture
from core.models.job import Destination, PictureId


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft to be stored.

    `base` is the picture to change, a stored PNG. `words` are the prompt with its options.
    """

    address: Destination
    requester_id: int
    base: Picture
    words: str
    parent: PictureId | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A stored draft, for which nothing is paid yet.

    `mask` is None until the area is known. `message_id` is the message that shows the preview.
    """

    id: str
    new: NewDraft
    mask: Picture | None = None
    message_id: int | None = None

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that identify mask and words.

        A confirmation carries them, so it counts only for the preview that the user saw.
        """
        said = f"{self.mask.sha256 if self.mask else ''} {self.new.words}"
        return hashlib.sha256(said.encode()).hexdigest()[:8]
