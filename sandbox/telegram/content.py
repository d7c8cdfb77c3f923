"""From the parameters of a call to the parts of a message: words, media, the answered message, the topic."""

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
"""Every kind of file that a message shows, but for stickers."""
FLAGS = {"protect_content": "has_protected_content", "has_spoiler": "has_media_spoiler"}


def text_part(world: World, call: Call) -> dict[str, Any]:
    """The words of a text message."""
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
    """The words under a picture, from a call or from an InputMedia."""
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
    """What a message says about how it was sent."""
    effect = {"effect_id": values["message_effect_id"]} if values.get("message_effect_id") else {}
    return {shown: True for given, shown in FLAGS.items() if values.get(given)} | effect


async def media_part(world: World, kind: str, source: Upload | str, details: Mapping[str, Any]) -> dict[str, Any]:
    """The picture or file of a message: uploaded, known by its identifier, or fetched from an address."""
    if isinstance(source, Upload):
        return await _keep(world, kind, source, details)
    if not source.startswith(("http://", "https://")):
        return world.files.media(source, kind)
    data, mime = await world.fetch(source, PHOTO_BY_URL_LIMIT if kind == "photo" else DOWNLOAD_LIMIT)
    if kind == "photo" and not mime.startswith("image/"):
        raise bad_request("wrong type of the web page content")
    return await _keep(world, kind, Upload(source.partition("?")[0].rpartition("/")[2], mime, data), details)


async def input_media_part(world: World, call: Call, given: Any) -> dict[str, Any]:
    """The media and caption of one of the InputMedia objects."""
    kind = given.get("type") if isinstance(given, dict) else None
    if not isinstance(kind, str) or kind not in MEDIA_TYPES:
        raise bad_request(f"can't parse InputMedia: this sandbox takes the types {', '.join(MEDIA_TYPES)}")
    media = check_object(MEDIA_TYPES[kind], given)
    words = caption_part(world, media)
    return await media_part(world, kind, call.attached(media["media"]), media) | words | flags_part(media)


def reply_of(chat: Chat, call: Call) -> Message | None:
    """The message that is answered, if it is still there; gone is fine where the bot has said so."""
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
    """The topic a message goes to. General has no thread id of its own, and sending to 1 fails, as at Telegram."""
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
