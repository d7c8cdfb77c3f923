"""The methods that copy and forward messages."""

from itertools import pairwise
from typing import Any

from sandbox.telegram.calls import Call
from sandbox.telegram.chats import Message
from sandbox.telegram.content import KINDS, caption_part
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods_send import post
from sandbox.telegram.senders import origin
from sandbox.telegram.world import World

CAPTION = {"caption", "caption_entities", "show_caption_above_media"}
WORDS = {"text", "entities", "link_preview_options", "has_media_spoiler"}
THINGS = {"sticker", "dice", "location", "venue", "contact"}
CONTENT = {*KINDS, *CAPTION, *WORDS, *THINGS}
MOST_AT_ONCE = 100
PAST = {"copy": "copied", "forward": "forwarded"}


async def copy_message(world: World, call: Call) -> dict[str, int]:
    """Copy a message, optionally with another caption."""
    source = _source(world, call, "copy", call.get("message_id"))
    content = _content(source)
    if "caption" in call.values and "text" not in content:
        content = _without_caption(content) | caption_part(world, call.values)
    return _id(post(world, call, content))


async def copy_messages(world: World, call: Call) -> list[dict[str, int]]:
    """Copy several messages."""
    contents = [_content(source) for source in _sources(world, call, "copy")]
    if call.get("remove_caption"):
        contents = [_without_caption(content) for content in contents]
    return _post_all(world, call, contents)


async def forward_message(world: World, call: Call) -> Message:
    """Forward a message."""
    return post(world, call, _forwarded(_source(world, call, "forward", call.get("message_id"))))


async def forward_messages(world: World, call: Call) -> list[dict[str, int]]:
    """Forward several messages."""
    return _post_all(world, call, [_forwarded(source) for source in _sources(world, call, "forward")])


def _source(world: World, call: Call, verb: str, message_id: int) -> Message:
    entry = world.chat_for_bot(call.get("from_chat_id")).find(message_id)
    if entry is None:
        raise bad_request(f"message to {verb} not found")
    if entry.now.get("has_protected_content") or not CONTENT & entry.now.keys():
        raise bad_request(f"message can't be {PAST[verb]}")
    return entry.now


def _sources(world: World, call: Call, verb: str) -> list[Message]:
    """Return the messages to copy or forward. Skip missing, protected and service messages."""
    wanted = call.get("message_ids")
    if len(wanted) > MOST_AT_ONCE:
        raise bad_request("too many message identifiers specified")
    if any(later <= earlier for earlier, later in pairwise(wanted)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    chat = world.chat_for_bot(call.get("from_chat_id"))
    found = [entry.now for message_id in wanted if (entry := chat.find(message_id))]
    kept = [each for each in found if CONTENT & each.keys() and not each.get("has_protected_content")]
    if not kept:
        raise bad_request(f"there are no messages to {verb}")
    return kept


def _post_all(world: World, call: Call, contents: list[dict[str, Any]]) -> list[dict[str, int]]:
    """Post the contents. Messages of one album form one album in the new chat, too."""
    groups = {content["media_group_id"]: world.new_album_id() for content in contents if "media_group_id" in content}
    moved = [
        content | ({"media_group_id": groups[content["media_group_id"]]} if "media_group_id" in content else {})
        for content in contents
    ]
    return [_id(post(world, call, content)) for content in moved]


def _content(source: Message) -> dict[str, Any]:
    return {key: value for key, value in source.items() if key in CONTENT or key == "media_group_id"}


def _forwarded(source: Message) -> dict[str, Any]:
    return {**_content(source), "forward_origin": source.get("forward_origin") or origin(source)}


def _without_caption(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in CAPTION}


def _id(message: Message) -> dict[str, int]:
    return {"message_id": message["message_id"]}
