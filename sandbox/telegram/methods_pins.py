"""The methods that pin and unpin messages."""

from sandbox.telegram.calls import Call
from sandbox.telegram.chats import Chat, without_reply
from sandbox.telegram.errors import bad_request
from sandbox.telegram.world import World


async def pin_chat_message(world: World, call: Call) -> bool:
    """Pin a message. A service message reports it, unless the message was already pinned."""
    chat = _pinnable(world, call)
    entry = chat.find(call.get("message_id"))
    if entry is None:
        raise bad_request("message to pin not found")
    number = entry.now["message_id"]
    if number not in chat.pinned:
        chat.pinned.append(number)
        world.post(chat, world.bot, {"pinned_message": without_reply(entry.now)})
    return True


async def unpin_chat_message(world: World, call: Call) -> bool:
    """Unpin one message, by default the last pinned one."""
    chat = _pinnable(world, call)
    there = [number for number in chat.pinned if chat.find(number)]
    number = call.get("message_id", there[-1] if there else None)
    if number not in there:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(number)
    return True


async def unpin_all_chat_messages(world: World, call: Call) -> bool:
    """Unpin all messages."""
    _pinnable(world, call).pinned.clear()
    return True


def _pinnable(world: World, call: Call) -> Chat:
    chat = world.chat_for_bot(call.get("chat_id"))
    if chat.is_group and chat.bot_status != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat
