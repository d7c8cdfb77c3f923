"""Parse Telegram's messages and button presses. Nothing here sends or stores anything."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from telegram import ExternalReplyInfo, Message, MessageEntity, Update
from telegram.constants import ChatType
from telegram.ext import MessageHandler
from telegram.ext.filters import MessageFilter
from typing_extensions import override

from core.errors import FAILURE_TEXTS, BadOption, Failure, NoPicture
from core.models.image_request import Source
from core.models.job import Destination
from core.models.request_context import RequestContext
from core.text import text

MAX_FILE = 20_971_520
"""The largest file that a bot can download, in bytes (Bot API, getFile: 20 MB)."""
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
SETTINGS_LINK = "settings"
"""The name of the deep link to the settings; an invitation's code never has this form."""
_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,64})(?:@(?P<bot>\w+))?(?:\s+|$)")


def message_of(update: Update) -> Message:
    """Return the message of an update that a message filter let through."""
    if update.message is None:
        raise TypeError("the update has no message")
    return update.message


def is_private(message: Message) -> bool:
    """Return whether the message belongs to a private chat with the bot."""
    return message.chat.type == ChatType.PRIVATE


def request_of(message: Message) -> RequestContext:
    """Return the request that a message makes; the answer belongs in the same chat and topic, as a reply.

    An anonymous admin or a channel is the requester under the id of the chat that it speaks for.
    """
    sender = message.sender_chat or message.from_user or message.chat
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
    """A press of an inline button; `data` is the button's callback data, `message_id` the message it stands under."""

    query_id: str
    data: str
    person: int
    language: str
    chat_id: int
    message_id: int
    thread_id: int | None
    knows_topic: bool
    """Whether Telegram sent the message itself, so that a missing `thread_id` means no topic."""

    @property
    def request(self) -> RequestContext:
        """Return the request that the press makes; the answer belongs under the message with the button."""
        to = Destination(self.chat_id, self.thread_id, self.message_id, self.language)
        return RequestContext(to, self.person, f"press:{self.query_id}")


def button_press_of(update: Update) -> ButtonPress | None:
    """Return the button press of an update; None if Telegram names no message, as for inline messages."""
    query = update.callback_query
    if query is None or query.message is None:
        return None
    message = query.message
    # Of a very old message, Telegram sends only the id, with the date 0 (Bot API, InaccessibleMessage).
    known = isinstance(message, Message) and message.date.timestamp() > 0
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
    """Return the text or caption; the caption of a forwarded picture is another author's, so it counts as empty."""
    return message.text or ("" if message.forward_origin else message.caption) or ""


def is_order(message: Message) -> bool:
    """Return whether the sender says this personally: not another bot, a forward, or a channel's automatic forward."""
    if message.forward_origin or message.is_automatic_forward:
        return False
    return bool(message.sender_chat) or not (message.from_user and message.from_user.is_bot)


def replied_to(message: Message) -> Message | None:
    """Return the message that this one replies to.

    In a topic, Telegram names the topic's first message if this one replies to none.
    """
    replied = message.reply_to_message
    return None if replied is None or replied.forum_topic_created else replied


def is_reply(message: Message) -> bool:
    """Return whether this replies to a message of this or another chat, or to a story."""
    return bool(replied_to(message) or message.external_reply or message.reply_to_story)


def text_replied_to(message: Message) -> str:
    """Return the words that a message quotes or replies to, without their command.

    Words of the bot don't count, unless the sender selected them as the quote.
    """
    replied = replied_to(message)
    is_ours = replied is not None and replied.from_user is not None and replied.from_user.id == message.get_bot().id
    if message.quote and (message.quote.is_manual or not is_ours):
        return message.quote.text
    said = "" if replied is None or is_ours else replied.text or ""
    command = split_command(said)
    return command[2] if command else said


def own_buttons(message: Message) -> list[str]:
    """Return the callback data of the buttons under a message of the bot; an empty list for other messages."""
    if not message.from_user or message.from_user.id != message.get_bot().id or not message.reply_markup:
        return []
    return [str(button.callback_data) for row in message.reply_markup.inline_keyboard for button in row]


def without_mention(words: str, bot_name: str) -> str | None:
    """Return the words behind the first `@bot_name`, or those before it if nothing follows but options.

    Return None if the words don't mention the bot.
    """
    before, *behind = re.split(rf"(?i)[ \t]*(?<!\w)@{re.escape(bot_name)}\b[,:]?[ \t]*", words)
    if not behind:
        return None
    rest = " ".join(behind).strip()
    return f"{before} {rest}".strip() if not rest or rest.startswith(("--", "—", "–")) else rest


def split_command(words: str) -> tuple[str, str, str] | None:
    """Split `/name@bot rest` into name and bot in lower case, and the rest; None without a command."""
    match = _COMMAND.match(words)
    return (match["name"].lower(), (match["bot"] or "").lower(), words[match.end() :].strip()) if match else None


def command_of(message: Message) -> tuple[str, str, str] | None:
    """Split the command of a text or caption, as `split_command` does."""
    return split_command(words_of(message))


def rest_of(message: Message) -> str:
    """Return the words behind the command, or all words if there isn't one."""
    command = command_of(message)
    return command[2] if command else words_of(message)


def picture_of(message: Message | ExternalReplyInfo) -> Source | None:
    """Return the picture of a message, if it has one.

    Raises NoPicture for other media, and BadOption for a file that is too large to download.
    """
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
    """Return whether a message holds neither words nor a picture, including kinds that the library doesn't know."""
    if any(getattr(message, kind) for kind in _OTHER_KINDS):
        return True
    unknown = message.api_kwargs.values() if isinstance(message, ExternalReplyInfo) else ()
    return any(isinstance(value, dict | list) for value in unknown)


def _is_other_media(message: Message | ExternalReplyInfo) -> bool:
    return any(getattr(message, kind) for kind in _OTHER_MEDIA)


class OnCommand(MessageHandler[Any, None]):
    """A handler of messages that begin with a command. Its filters, which are slow, aren't asked about others."""

    @override
    def check_update(self, update: object) -> bool | dict[str, list[Any]] | None:
        message = update.message if isinstance(update, Update) else None
        return super().check_update(update) if message and words_of(message).startswith("/") else None


class Command(MessageFilter):
    """A filter that passes `/name` and `/name@bot` in a text or caption; without names, every command for the bot."""

    def __init__(self, *names: str) -> None:
        super().__init__(name=f"Command{names}")
        self._names = names

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        command = command_of(message) if is_order(message) else None
        if command is None or command[1] not in {"", message.get_bot().username.lower()}:
            return False
        return not self._names or command[0] in self._names


class DeepLink(MessageFilter):
    """A filter that passes `/start NAME`, which Telegram sends for a link `t.me/BOT?start=NAME`."""

    def __init__(self, name: str) -> None:
        super().__init__(name=f"DeepLink({name})")
        self._name = name

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        return rest_of(message) == self._name


class AddressedCommand(MessageFilter):
    """A filter that passes `/name@bot` in a text, but not the short `/name`."""

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        command = split_command(message.text or "")
        return command is not None and command[1] == message.get_bot().username.lower()


class Album(MessageFilter):
    """A filter that passes the pieces of albums."""

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        return message.media_group_id is not None


class AnyCommand(MessageFilter):
    """A filter that passes every command, including those for other bots."""

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        return command_of(message) is not None and not _is_prose(message)


def _is_prose(message: Message) -> bool:
    """Return whether Telegram marks no command at the start, as in "/usr/bin is a path"."""
    entities = message.entities or message.caption_entities
    return not any(entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0 for entity in entities)
