"""The methods that edit and delete messages."""

from typing import Any

from sandbox.telegram.calls import Call
from sandbox.telegram.chats import Chat, Entry, Message
from sandbox.telegram.content import KINDS, caption_part, input_media_part, text_part
from sandbox.telegram.errors import BotApiError, bad_request
from sandbox.telegram.markup import shown_markup
from sandbox.telegram.world import World

WORDS = {"text", "entities", "link_preview_options"}
CAPTION = {"caption", "caption_entities", "show_caption_above_media"}
MEDIA = {*KINDS, "has_media_spoiler"}
ALONE = ("document", "audio")
"""Kinds of media that share an album only with their own kind."""
KEYBOARD = {"reply_markup"}
DELETABLE_S = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


async def edit_message_text(world: World, call: Call) -> Message:
    """Replace the text of a text message."""
    chat, entry = _target(world, call)
    words = text_part(world, call)
    if "text" not in entry.now:
        raise bad_request("there is no text in the message to edit")
    return _replace(world, call, (chat, entry), WORDS, words)


async def edit_message_caption(world: World, call: Call) -> Message:
    """Replace the caption. Without a new one, the caption is removed."""
    chat, entry = _target(world, call)
    words = caption_part(world, call.values)
    if "text" in entry.now:
        raise bad_request("there is no caption in the message to edit")
    return _replace(world, call, (chat, entry), CAPTION, words)


async def edit_message_media(world: World, call: Call) -> Message:
    """Replace the media of a message. A text message becomes a media message."""
    _target(world, call)
    content = await input_media_part(world, call, call.get("media"))
    chat, entry = _target(world, call)  # the message may have changed during the upload
    chat.permit(content)
    if "media_group_id" in entry.now and any((kind in entry.now) != (kind in content) for kind in ALONE):
        raise bad_request("message can't be edited")
    return _replace(world, call, (chat, entry), WORDS | CAPTION | MEDIA, content)


async def edit_message_reply_markup(world: World, call: Call) -> Message:
    """Replace the keyboard only."""
    return _replace(world, call, _target(world, call), set(), {})


async def delete_message(world: World, call: Call) -> bool:
    """Delete a message: the bot's own, any in a private chat, or any in a group where the bot is an administrator."""
    chat = world.chat_for_bot(call.get("chat_id"))
    entry = chat.find(call.get("message_id"))
    if entry is None:
        raise bad_request("message to delete not found")
    if not _may_delete(world, chat, entry):
        raise bad_request("message can't be deleted")
    world.remove(chat, entry)
    return True


async def delete_messages(world: World, call: Call) -> bool:
    """Delete several messages. Skip those that can't be deleted."""
    for message_id in call.get("message_ids"):
        try:
            await delete_message(world, Call(call.method, call.values | {"message_id": message_id}))
        except BotApiError:
            continue
    return True


def _target(world: World, call: Call) -> tuple[Chat, Entry]:
    if call.get("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    if call.get("chat_id") is None:
        raise bad_request("chat_id is empty")
    if call.get("message_id") is None:
        raise bad_request("message identifier is not specified")
    chat = world.chat_for_bot(call.get("chat_id"))
    entry = chat.find(call.get("message_id"))
    if entry is None:
        raise bad_request("message to edit not found")
    if entry.author != world.bot["id"]:
        raise bad_request("message can't be edited")
    return chat, entry


def _may_delete(world: World, chat: Chat, entry: Entry) -> bool:
    """Return whether the bot may delete a message.

    In groups and channels, no message older than 48 hours can be deleted, not even by an administrator (Bot API,
    deleteMessage).
    """
    if not chat.is_group:
        return True
    own = entry.author == world.bot["id"] or chat.bot_status == "administrator"
    return own and world.wall() < entry.now["date"] + DELETABLE_S


def _replace(world: World, call: Call, target: tuple[Chat, Entry], parts: set[str], content: dict[str, Any]) -> Message:
    """Replace parts of a message. The keyboard is always replaced: an edit without one removes it."""
    chat, entry = target
    keyboard = shown_markup(chat, call.get("reply_markup"), inline_only=True)
    if keyboard and "media_group_id" in entry.now:
        raise bad_request("message can't be edited")  # albums have no buttons
    changed = content | keyboard
    parts = parts | KEYBOARD
    if {key: value for key, value in entry.now.items() if key in parts} == changed:
        raise bad_request(NOT_MODIFIED)
    kept = {key: value for key, value in entry.now.items() if key not in parts}
    return world.revise(chat, entry, kept | changed)
