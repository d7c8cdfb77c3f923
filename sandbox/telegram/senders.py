"""The sender of a message: a user, an anonymous administrator's group, or a channel."""

from typing import Any

from sandbox.telegram.chats import Chat, Message, User, user

# Telegram's own accounts, the same everywhere. They are `from` if a chat sends the message instead of a user.
GROUP_ANONYMOUS: User = user(1087968824, "Group", "GroupAnonymousBot", bot=True)
CHANNEL_BOT: User = user(136817688, "Channel", "Channel_Bot", bot=True)
TELEGRAM: User = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
STAND_INS = {account["id"]: account for account in (GROUP_ANONYMOUS, CHANNEL_BOT, TELEGRAM)}


def signature(chat: Chat, sender: User, mask: Chat | None) -> dict[str, Any]:
    """Return `from` and `sender_chat` of a message. A channel post has no `from`."""
    if chat.kind == "channel":
        return {"sender_chat": chat.public()}
    if mask is None:
        return {"from": sender}
    stand_in = GROUP_ANONYMOUS if mask is chat else CHANNEL_BOT
    return {"from": stand_in, "sender_chat": mask.public()}


def origin(message: Message) -> dict[str, Any]:
    """Return the MessageOrigin of a forwarded message."""
    sent = {"date": message["date"]}
    if "sender_chat" not in message:
        return {"type": "user", **sent, "sender_user": message["from"]}
    if message["sender_chat"]["type"] != "channel":
        return {"type": "chat", **sent, "sender_chat": message["sender_chat"]}
    return {"type": "channel", **sent, "chat": message["sender_chat"], "message_id": message["message_id"]}


def forwarded(post: Message) -> dict[str, Any]:
    """Return the content of the message that Telegram adds to a discussion group for a post in its channel."""
    own = {"message_id", "chat", "date", "reply_to_message", "message_thread_id", "reply_markup", "edit_date"}
    copied = {key: value for key, value in post.items() if key not in own}
    return {**copied, "from": TELEGRAM, "sender_chat": post["chat"], "is_automatic_forward": True} | {
        "forward_origin": origin(post)
    }


def who_wrote(message: Message) -> str:
    """Return the name that users see above a message."""
    author: dict[str, Any] = message.get("sender_chat") or message["from"]
    return str(author.get("title") or author["first_name"])
