"""The forms of outgoing content: pictures as photos or documents, and keyboards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

from telegram import ForceReply, InputFile
from telegram.constants import FileSizeLimit

from bot.telegram.i18n import Language, language, plain
from core.models.job import Destination
from core.models.keyboard import Button, Keyboard
from core.models.media import Permits, Showable
from core.runtime import files
from core.text import clip

Json = dict[str, Any]

PHOTO_BYTES = FileSizeLimit.PHOTOSIZE_UPLOAD
PHOTO_SIDES = 10_000  # width + height, in pixels
PHOTO_RATIO = 20
FIELD_HINT_UNITS = ForceReply.MAX_INPUT_FIELD_PLACEHOLDER


def kinds(pictures: Sequence[Showable], permits: Permits, *, as_file: bool) -> list[bool]:
    """List the kinds to try in order, True for documents: the requested one first, but one that is forbidden last.

    A picture that is too large for a photo goes as a document only.
    """
    if not all(map(fits_photo, pictures)):
        return [True]
    return sorted([as_file, not as_file], key=lambda is_file: not (permits.documents if is_file else permits.photos))


def forms(picture: Showable, permits: Permits, *, as_file: bool) -> list[tuple[Showable, bool]]:
    """List the forms to try in order, with True for documents: by file id, then by bytes, in each kind."""
    named = [picture] if picture.file_id else []
    bytes_ = [replace(picture, file_id=None)] if not named or picture.path.exists() else []
    return [(form, is_file) for is_file in kinds([picture], permits, as_file=as_file) for form in named + bytes_]


def fits_photo(showable: Showable) -> bool:
    """Return whether Telegram takes a picture as a photo.

    Source: Bot API, sendPhoto. At most 10 MB; width and height at most 10,000 in sum; a ratio of at most 20.
    """
    picture = showable.picture
    longest, shortest = max(picture.width, picture.height), min(picture.width, picture.height)
    return (
        picture.size <= PHOTO_BYTES
        and picture.width + picture.height <= PHOTO_SIDES
        and longest <= PHOTO_RATIO * shortest
    )


def upload(file: BinaryIO, showable: Showable, number: int = 1) -> InputFile:
    """Return an open file for an upload as `imagine-<first 8 digits of sha256>-<number>.<format>`."""
    picture = showable.picture
    name = f"imagine-{picture.sha256[:8]}-{number}.{picture.format}"
    return InputFile(file, filename=name, attach=True, read_file_handle=False)


@contextmanager
def opened(picture: Showable) -> Iterator[tuple[str, list[InputFile]]]:
    """Yield the value that names a picture in a call, and the files that go with it: none if Telegram has it."""
    if picture.file_id:
        yield picture.file_id, []
        return
    with files.opened(picture.path) as file:
        sent = upload(file, picture)
        yield named(sent), [sent]


def named(sent: InputFile) -> str:
    """Return the value that names a file of the same call."""
    return sent.attach_uri or ""


def reply(to: Destination) -> Json | None:
    """Return the parameters of a reply, None without one. A message that is gone is fine."""
    return {"message_id": to.reply_to, "allow_sending_without_reply": True} if to.reply_to else None


def markup(to: Destination, keyboard: Keyboard) -> Json | None:
    """Return a keyboard in the recipient's language; None if it has no buttons."""
    tongue = language(to.language)
    rows = [[_button(button, tongue) for button in row] for row in keyboard]
    return {"inline_keyboard": rows} if rows else None


def markup_of_new(to: Destination, keyboard: Keyboard) -> Json | None:
    """Return the keyboard of a new text, which may ask for a reply instead."""
    if keyboard and keyboard[0][0].answers:
        hint = clip(plain(language(to.language).render(keyboard[0][0].label)), FIELD_HINT_UNITS)
        return {"force_reply": True, "selective": True, "input_field_placeholder": hint}
    return markup(to, keyboard)


def _button(button: Button, tongue: Language) -> Json:
    label = plain(tongue.render(button.label))
    if button.link:
        return {"text": label, "url": button.link}
    if button.app:
        return {"text": label, "web_app": {"url": button.app}}
    if button.copy:
        return {"text": label, "copy_text": {"text": button.copy}}
    return {"text": label, "callback_data": button.data}
