"""Read Telegram's messages: who, where, which pictures, which command. Nothing here sends or stores."""

import re
from dataclasses import dataclass
from pathlib import PurePath

from telegram import ExternalReplyInfo, Message, MessageEntity, Update
from telegram.constants import ChatType
from telegram.ext import ContextTypes
from telegram.ext.filters import MessageFilter

from core.errors import FAILURE_TEXTS, BadOption, Failure, NoPicture
from core.models.image_request import Source
from core.models.job import Destination
from core.models.request_context import RequestContext
from core.text import text

MAX_FILE = 20_971_520  # bytes; Telegram hands out no larger files
_IMAGE_SUFFIXES = {
    *(".jpg", ".jpeg", ".jfif", ".pjpeg", ".pjp", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp"),
}
_IMAGE_TYPES = {
    *("image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/webp", "image/heic", "image/heif"),
    *("image/gif", "image/bmp", "image/x-ms-bmp"),
}
_OTHER_MEDIA = ("document", "video", "animation", "video_note", "voice", "audio")
_OTHER_KINDS = (
    *("story", "paid_media", "checklist", "contact", "dice", "game", "giveaway", "giveaway_winners", "invoice"),
    *("location", "poll", "venue"),
)
_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,64})(?:@(?P<bot>\w+))?(?:\s+|$)")

Context = ContextTypes.DEFAULT_TYPE
"""What PTB hands to every handler."""


def message_of(update: Update) -> Message:
    """The message of an update that a message filter let through."""
    if update.message is None:
        raise TypeError("the update has no message")
    return update.message


def is_private(message: Message) -> bool:
    """Whether bot and person are alone."""
    return message.chat.type == ChatType.PRIVATE


def request_of(message: Message) -> RequestContext:
    """Who asked and where the answer belongs: same chat, same topic, as a reply."""
    sender = message.sender_chat or message.from_user or message.chat  # anonymous admins and channels have names, too
    address = Destination(
        chat_id=message.chat.id,
        thread_id=message.message_thread_id if message.is_topic_message else None,
        reply_to=message.message_id,
        language=(message.from_user and message.from_user.language_code) or "en",
    )
    idempotency_key = f"message:{message.chat.id}:{message.message_id}"
    return RequestContext(address, sender.id, idempotency_key, int(message.date.timestamp() * 1000))


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A pressed button: who pressed which, under which message."""

    query_id: str
    data: str
    person: int
    language: str
    chat_id: int
    message_id: int
    thread_id: int | None
    knows_topic: bool
    """Whether Telegram showed the message itself, so that no thread means that it stands in none."""

    @property
    def request(self) -> RequestContext:
        """The press as an order: its answer belongs under the message with the button."""
        to = Destination(self.chat_id, self.thread_id, self.message_id, self.language)
        return RequestContext(to, self.person, f"press:{self.query_id}")


def button_press_of(update: Update) -> ButtonPress | None:
    """Read a pressed button; None where Telegram no longer knows the message (it names none for inline ones)."""
    query = update.callback_query
    if query is None or query.message is None:
        return None
    message = query.message
    known = isinstance(message, Message)
    return ButtonPress(
        query.id,
        query.data or "",
        query.from_user.id,
        query.from_user.language_code or "en",
        message.chat.id,
        message.message_id,
        message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None,
        known,
    )


def words_of(message: Message) -> str:
    """Text or caption; the caption of a forwarded picture is somebody else's remark, not an order."""
    return message.text or ("" if message.forward_origin else message.caption) or ""


def is_order(message: Message) -> bool:
    """Whether somebody says this themselves, here and now: no other bot, no forwarded message, no channel's echo."""
    if message.forward_origin or message.is_automatic_forward:
        return False
    return bool(message.sender_chat) or not (message.from_user and message.from_user.is_bot)


def replied_to(message: Message) -> Message | None:
    """The message somebody answers; in a topic Telegram names its beginning where nothing is answered."""
    replied = message.reply_to_message
    return None if replied is None or replied.forum_topic_created else replied


def is_reply(message: Message) -> bool:
    """Whether somebody answers anything: a message here, one of another chat or topic, or a story."""
    return bool(replied_to(message) or message.external_reply or message.reply_to_story)


def text_replied_to(message: Message) -> str:
    """Return the words that a message quotes or answers, without their command; the bot's own words are no prompt."""
    replied = replied_to(message)
    is_ours = replied is not None and replied.from_user is not None and replied.from_user.id == message.get_bot().id
    if message.quote and (message.quote.is_manual or not is_ours):
        return message.quote.text
    said = "" if replied is None or is_ours else replied.text or ""
    command = split_command(said)
    return command[2] if command else said


def own_buttons(message: Message) -> list[str]:
    """What the buttons under a message of ours say when they are pressed; of anybody else's, nothing."""
    if not message.from_user or message.from_user.id != message.get_bot().id or not message.reply_markup:
        return []
    return [str(button.callback_data) for row in message.reply_markup.inline_keyboard for button in row]


def without_mention(words: str, bot_name: str) -> str | None:
    """Take `@bot` out of what somebody said; None where the bot is not named."""
    rest, named = re.subn(rf"(?i)[ \t]*(?<!\w)@{re.escape(bot_name)}\b[,:]?[ \t]*", " ", words)
    return rest.strip() if named else None


def split_command(words: str) -> tuple[str, str, str] | None:
    """Split `/name@bot rest` into name and bot in lower case, and rest; None where it is no command."""
    match = _COMMAND.match(words)
    return (match["name"].lower(), (match["bot"] or "").lower(), words[match.end() :].strip()) if match else None


def command_of(message: Message) -> tuple[str, str, str] | None:
    """Split the command of a text or caption."""
    return split_command(words_of(message))


def rest_of(message: Message) -> str:
    """What stands behind the command."""
    command = command_of(message)
    return command[2] if command else words_of(message)


def picture_of(message: Message | ExternalReplyInfo) -> Source | None:
    """The picture in a message, if there is one. Raises NoPicture or BadOption for a file that can't be one for us."""
    photo = message.photo or (message.live_photo.photo if message.live_photo else None)
    if photo:
        largest = max(photo, key=lambda size: size.width * size.height)
        return Source(largest.file_id, largest.file_unique_id, largest.file_size)
    if message.sticker:
        if message.sticker.is_animated or message.sticker.is_video:
            raise NoPicture(text("That sticker moves. I can work with still ones, and with photos."))
        return Source(message.sticker.file_id, message.sticker.file_unique_id, message.sticker.file_size)
    document = message.document
    if document and not message.animation and _is_image(document.mime_type, document.file_name):
        if (document.file_size or 0) > MAX_FILE:
            raise BadOption(FAILURE_TEXTS[Failure.HUGE_PICTURE])
        return Source(document.file_id, document.file_unique_id, document.file_size)
    if _is_other_media(message):
        raise NoPicture(
            text("I can only work with still pictures: photos, and files that are a JPG, PNG, WEBP, HEIC, GIF or BMP.")
        )
    return None


def _is_image(mime_type: str | None, name: str | None) -> bool:
    return (mime_type or "") in _IMAGE_TYPES or PurePath(name or "").suffix.lower() in _IMAGE_SUFFIXES


def is_unreadable(message: Message | ExternalReplyInfo) -> bool:
    """Whether a message holds something that is neither words nor a picture, also of a kind that PTB doesn't know."""
    if any(getattr(message, kind) for kind in _OTHER_KINDS):
        return True
    unknown = message.api_kwargs.values() if isinstance(message, ExternalReplyInfo) else ()
    return any(isinstance(value, dict | list) for value in unknown)


def _is_other_media(message: Message | ExternalReplyInfo) -> bool:
    return any(getattr(message, kind) for kind in _OTHER_MEDIA)


class Command(MessageFilter):
    """Passes `/name` and `/name@us`, in a text or a caption, but nothing addressed to another bot."""

    def __init__(self, bot_name: str, *names: str) -> None:
        super().__init__(name=f"Command{names}")
        self._bot_name = bot_name.lower()
        self._names = names

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        command = command_of(message) if is_order(message) else None
        if command is None or command[1] not in {"", self._bot_name}:
            return False
        return not self._names or command[0] in self._names


class Album(MessageFilter):
    """Passes the pieces of albums."""

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        return message.media_group_id is not None


class AnyCommand(MessageFilter):
    """Passes whatever looks like a command, for whomever it is."""

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        return command_of(message) is not None and not _is_prose(message)


def _is_prose(message: Message) -> bool:
    """Telegram marks real commands; "/usr/bin is a path" has no such mark."""
    entities = message.entities or message.caption_entities
    return not any(entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0 for entity in entities)
