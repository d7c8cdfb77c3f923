"""Ephemeral messages: messages in a group that only one member sees. The chat's history doesn't contain them."""

from typing import Any

from sandbox.telegram.calls import Call, check_object
from sandbox.telegram.chats import Message, without_reply
from sandbox.telegram.content import reply_of, topic_of
from sandbox.telegram.errors import bad_request
from sandbox.telegram.roles import IN_CHARGE
from sandbox.telegram.world import World


def whisper(world: World, call: Call, content: dict[str, Any]) -> Message:
    """Send an ephemeral message to one member. The bot must be an administrator of the group.

    The rules are from the Bot API; the texts of the errors are guesses.
    """
    chat = world.chat_for_bot(call.get("chat_id"))
    wanted = check_object("EphemeralMessageParameters", call.get("ephemeral_message_parameters"))
    receiver = world.people.get(wanted["receiver_user_id"])
    if chat.kind not in {"group", "supergroup"}:
        raise bad_request("ephemeral messages can be sent only to groups and supergroups")
    if chat.bot_status not in IN_CHARGE:
        raise bad_request("not enough rights to send an ephemeral message")
    if receiver is None or receiver["is_bot"] or not chat.role(receiver["id"]).present:
        raise bad_request("the receiver of an ephemeral message must be a member of the chat")
    reply = reply_of(chat, call)
    thread = topic_of(chat, call, reply)
    message: Message = {
        "message_id": 0,
        "ephemeral_message_id": len(chat.whispers) + 1,
        "receiver_user": receiver,
        "from": world.bot,
        "chat": chat.public(),
        "date": int(world.wall()),
        **chat.thread_fields(thread, reply),
        **content,
    }
    if reply is not None:
        message["reply_to_message"] = without_reply(reply)
    chat.whispers.append(message)
    # The page sorts by id. A fraction puts the message between the earlier and the later ones.
    world.events.emit("message", chat.id, message=message | {"message_id": chat.last_id + len(chat.whispers) / 10_000})
    return message
