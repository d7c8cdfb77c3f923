"""The parts of a message from the parameters of a call: text, media, the replied message and the topic."""

from collections.abc import Mapping
from typing import Any

from sandbox.telegram.calls import Call, Upload, check_object
from sandbox.telegram.chats import Chat, Message
from sandbox.telegram.entities import format_text, utf16_length
from sandbox.telegram.errors import BotApiError, bad_request
from sandbox.telegram.files import DOWNLOAD_LIMIT, MEGABYTE, UPLOAD_LIMIT
from sandbox.telegram.pictures import NotAPictureError
from sandbox.telegram.world import World

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
PHOTO_BY_URL_LIMIT = 5 * MEGABYTE
MEDIA_TYPES = {
    "photo": "InputMediaPhoto",
    "document": "InputMediaDocument",
    "video": "InputMediaVideo",
    "animation": "InputMediaAnimation",
    "audio": "InputMediaAudio",
}
KINDS = (*MEDIA_TYPES, "voice", "video_note")
"""All kinds of media except stickers."""
FLAGS = {"protect_content": "has_protected_content", "has_spoiler": "has_media_spoiler"}


def text_part(world: World, call: Call) -> dict[str, Any]:
    """Return the text part of a message.

    Raises BotApiError if the text is empty or longer than 4096 UTF-16 code units (Bot API, sendMessage).
    """
    text, entities = format_text(call.get("text", ""), call.get("parse_mode"), call.get("entities"), world.known)
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    part: dict[str, Any] = {"text": text}
    if entities:
        part["entities"] = entities
    preview = call.get("link_preview_options")
    if preview is not None:
        part["link_preview_options"] = check_object("LinkPreviewOptions", preview)
    return part


def caption_part(world: World, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the caption part of a message, from a call or an InputMedia object.

    Raises BotApiError if the caption is longer than 1024 UTF-16 code units (Bot API, sendPhoto).
    """
    source, entities = values.get("caption", ""), values.get("caption_entities")
    text, entities = format_text(source, values.get("parse_mode"), entities, world.known)
    if utf16_length(text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    part: dict[str, Any] = {"caption": text} if text else {}
    if entities:
        part["caption_entities"] = entities
    if text and values.get("show_caption_above_media"):
        part["show_caption_above_media"] = True
    return part


def flags_part(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a message that result from flags of the call."""
    effect = {"effect_id": values["message_effect_id"]} if values.get("message_effect_id") else {}
    return {shown: True for given, shown in FLAGS.items() if values.get(given)} | effect


async def media_part(world: World, kind: str, source: Upload | str, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the media part of a message. `source` is an upload, a file identifier or a URL.

    Raises BotApiError if the file can't be used. By URL, a photo may have 5 MB and other files 20 MB (Bot API, Sending
    files).
    """
    if isinstance(source, Upload):
        return await _keep(world, kind, source, details)
    if not source.startswith(("http://", "https://")):
        return world.files.media(source, kind)
    data, mime = await world.fetch(source, PHOTO_BY_URL_LIMIT if kind == "photo" else DOWNLOAD_LIMIT)
    if kind == "photo" and not mime.startswith("image/"):
        raise bad_request("wrong type of the web page content")
    return await _keep(world, kind, Upload(source.partition("?")[0].rpartition("/")[2], mime, data), details)


async def input_media_part(world: World, call: Call, given: Any) -> dict[str, Any]:
    """Return the media, caption and flags of an InputMedia object."""
    kind = given.get("type") if isinstance(given, dict) else None
    if not isinstance(kind, str) or kind not in MEDIA_TYPES:
        raise bad_request(f"can't parse InputMedia: this sandbox takes the types {', '.join(MEDIA_TYPES)}")
    media = check_object(MEDIA_TYPES[kind], given)
    words = caption_part(world, media)
    return await media_part(world, kind, call.attached(media["media"]), media) | words | flags_part(media)


def reply_of(chat: Chat, call: Call) -> Message | None:
    """Return the message that the call replies to, or None if the call isn't a reply.

    If that message is gone, return None if the call permits it. Otherwise raise BotApiError.
    """
    given = call.get("reply_parameters")
    if not given:
        return None
    wanted = check_object("ReplyParameters", given)
    if wanted["message_id"] <= 0:
        return None
    entry = chat.find(wanted["message_id"]) if wanted.get("chat_id", chat.id) == chat.id else None
    thread = call.get("message_thread_id")
    if entry is not None and (thread is None or entry.now.get("message_thread_id") == thread):
        return entry.now
    if wanted.get("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def topic_of(chat: Chat, call: Call, reply: Message | None) -> int | None:
    """Return the thread id of the topic that a message goes to, or None for General and chats without topics.

    General has no thread id: sending to 1 fails, as at Telegram. Raises BotApiError for unknown and closed topics.
    """
    given = call.get("message_thread_id")
    if given is not None and given not in chat.topics:
        raise bad_request("message thread not found")
    if given is None and reply is not None and reply.get("is_topic_message"):
        given = reply["message_thread_id"]
    if given in chat.closed_topics and chat.bot_status != "administrator":
        raise bad_request("TOPIC_CLOSED")
    return None if given is None else int(given)


async def _keep(world: World, kind: str, file: Upload, details: Mapping[str, Any]) -> dict[str, Any]:
    data, name = file.data, file.name or "file"
    if len(data) > UPLOAD_LIMIT:
        raise BotApiError(413, "Request Entity Too Large")
    if not data:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        return await world.files.add_photo(data)
    if kind == "document":
        return await world.files.add_document(data, name, file.content_type)
    if kind == "sticker":
        try:
            return await world.files.add_sticker(data, animated=name.endswith(".tgs"), video=name.endswith(".webm"))
        except NotAPictureError as error:
            raise bad_request("IMAGE_PROCESS_FAILED") from error
    return world.files.add_moving(kind, data, name, file.content_type, details)
