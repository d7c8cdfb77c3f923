"""The methods that send new messages."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram.calls import Call
from sandbox.telegram.chats import Message
from sandbox.telegram.content import (
    caption_part,
    flags_part,
    input_media_part,
    media_part,
    reply_of,
    text_part,
    topic_of,
)
from sandbox.telegram.errors import bad_request
from sandbox.telegram.markup import keyboard_beside, shown_markup
from sandbox.telegram.whispers import whisper
from sandbox.telegram.world import World

MOST_IN_ALBUM = 10


async def send_message(world: World, call: Call) -> Message:
    """Send a text message to the chat, or an ephemeral one to one member of a group."""
    if call.get("ephemeral_message_parameters"):
        return whisper(world, call, text_part(world, call))
    return post(world, call, text_part(world, call))


def media_sender(kind: str) -> Callable[[World, Call], Awaitable[Message]]:
    """Return the method that sends one kind of media with an optional caption."""

    async def send(world: World, call: Call) -> Message:
        words = caption_part(world, call.values)
        return post(world, call, await media_part(world, kind, call.file(kind), call.values) | words)

    return send


async def send_media_group(world: World, call: Call) -> list[Message]:
    """Send an album of 1-10 photos and videos, documents, or audio files. If one of them is invalid, send none."""
    media = call.get("media")
    if not media:
        raise bad_request("there are not enough messages to send as an album")
    if len(media) > MOST_IN_ALBUM:
        raise bad_request("too many messages to send as an album")
    kinds = {str(item.get("type")) for item in media if isinstance(item, dict)}
    if "animation" in kinds:
        raise bad_request("can't use the media of the specified type in the album")
    for alone in ("document", "audio"):
        if alone in kinds and len(kinds) > 1:
            raise bad_request(f"{alone} can't be mixed with other media types")
    contents = await asyncio.gather(*(input_media_part(world, call, item) for item in media))
    group = {"media_group_id": world.new_album_id()} if len(media) > 1 else {}
    _check_place(world, call)
    for content in contents:
        world.chat_for_bot(call.get("chat_id")).permit(content)
    return [post(world, call, group | content) for content in contents]


def _check_place(world: World, call: Call) -> None:
    chat = world.chat_for_bot(call.get("chat_id"))
    topic_of(chat, call, reply_of(chat, call))


def post(world: World, call: Call, content: dict[str, Any]) -> Message:
    """Post the bot's message to the destination that the call names."""
    chat = world.chat_for_bot(call.get("chat_id"))
    chat.permit(content)
    keyboard = shown_markup(chat, call.get("reply_markup"))
    reply = reply_of(chat, call)
    thread = topic_of(chat, call, reply)
    shown = content | flags_part(call.values) | keyboard
    beside = keyboard_beside(call.get("reply_markup"))
    return world.post(chat, world.bot, shown, reply=reply, thread_id=thread, keyboard=beside)
