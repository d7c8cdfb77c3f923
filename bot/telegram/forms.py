"""The forms of what is shown: pictures as photos and files, and keyboards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, ReplyParameters, WebAppInfo

from bot.telegram.i18n import Language, language, plain
from core.models.job import Destination
from core.models.keyboard import Button, Keyboard
from core.models.media import Permits, Showable
from core.runtime import files

PHOTO_BYTES = 10_000_000
PHOTO_SIDES = 10_000  # width + height
PHOTO_RATIO = 20


def kinds(pictures: Sequence[Showable], permits: Permits, *, as_file: bool) -> list[bool]:
    """Whether as files: as wished or as they must, then the other way; what the chat forbids is only the last resort.

    What is too large for a photo is never one.
    """
    if not all(map(fits_photo, pictures)):
        return [True]
    return sorted([as_file, not as_file], key=lambda is_file: not (permits.documents if is_file else permits.photos))


def forms(picture: Showable, permits: Permits, *, as_file: bool) -> list[tuple[Showable, bool]]:
    """What to try one after the other: by name and by bytes, in the one kind and then in the other."""
    named = [picture] if picture.file_id else []
    bytes_ = [replace(picture, file_id=None)] if not named or picture.path.exists() else []
    return [(form, is_file) for is_file in kinds([picture], permits, as_file=as_file) for form in named + bytes_]


def fits_photo(showable: Showable) -> bool:
    """Whether Telegram shows it as a photo: 10 MB, sides of 10,000 pixels in sum, no narrow strip."""
    picture = showable.picture
    longest, shortest = max(picture.width, picture.height), min(picture.width, picture.height)
    return (
        picture.size <= PHOTO_BYTES
        and picture.width + picture.height <= PHOTO_SIDES
        and longest <= PHOTO_RATIO * shortest
    )


def upload(file: BinaryIO, showable: Showable, number: int = 1) -> InputFile:
    """An open file under a name that says what it is."""
    picture = showable.picture
    name = f"imagine-{picture.sha256[:8]}-{number}.{picture.format}"
    return InputFile(file, filename=name, attach=True, read_file_handle=False)


@contextmanager
def opened(picture: Showable) -> Iterator[InputFile | str]:
    """What Telegram knows is named, what it does not know is uploaded."""
    if picture.file_id:
        yield picture.file_id
        return
    with files.opened(picture.path) as file:
        yield upload(file, picture)


def reply(to: Destination) -> ReplyParameters | None:
    """What is answered; that it is gone is fine."""
    return ReplyParameters(to.reply_to, allow_sending_without_reply=True) if to.reply_to else None


def markup(to: Destination, keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """A keyboard in the language of whoever is answered."""
    tongue = language(to.language)
    rows = [[_button(button, tongue) for button in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: Button, tongue: Language) -> InlineKeyboardButton:
    label = plain(tongue.render(button.label))
    if button.link:
        return InlineKeyboardButton(label, url=button.link)
    if button.app:
        return InlineKeyboardButton(label, web_app=WebAppInfo(button.app))
    if button.copy:
        return InlineKeyboardButton(label, copy_text=CopyTextButton(button.copy))
    return InlineKeyboardButton(label, callback_data=button.data)
