"""The methods about chats and their members, and leaveChat."""

from typing import Any

from sandbox.telegram.calls import Call
from sandbox.telegram.chats import Chat, without_reply
from sandbox.telegram.errors import bad_request
from sandbox.telegram.roles import PERMISSIONS, chat_member
from sandbox.telegram.world import World

ACCEPTED_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
FOR_ADMINS = {"can_change_info", "can_pin_messages", "can_manage_topics"}
RIGHTS = {"text": "can_send_messages", "photos": "can_send_photos", "documents": "can_send_documents"}

Json = dict[str, Any]


async def get_chat(world: World, call: Call) -> Json:
    """Return the ChatFullInfo object of a chat."""
    chat = world.chat_for_bot(call.get("chat_id"))
    full: Json = {"accent_color_id": abs(chat.id) % 7, "max_reaction_count": 11}
    full |= {"accepted_gift_types": dict.fromkeys(ACCEPTED_GIFTS, False)}
    if chat.reactions_allowed is not None:
        full["available_reactions"] = [{"type": "emoji", "emoji": emoji} for emoji in chat.reactions_allowed]
    if chat.kind in {"group", "supergroup"}:
        full["permissions"] = {name: name not in FOR_ADMINS for name in PERMISSIONS}
        full["permissions"] |= {RIGHTS[kind]: False for kind in chat.forbidden}
    if chat.linked is not None:
        full["linked_chat_id"] = chat.linked
    pinned = [entry for number in chat.pinned if (entry := chat.find(number))]
    if pinned:
        full["pinned_message"] = without_reply(pinned[-1].now)
    return chat.public() | full


async def get_chat_member(world: World, call: Call) -> Json:
    """Return the ChatMember object of a user. The stand-in of a user who writes as a chat isn't a member."""
    chat = world.chat_for_bot(call.get("chat_id"))
    _may_look(chat)
    user = world.known(call.get("user_id"))
    if user is None:
        raise bad_request("invalid user_id specified")
    return chat_member(user, world.role_of(chat, user["id"]), chat.kind)


async def get_chat_administrators(world: World, call: Call) -> list[Json]:
    """Return the administrators, anonymous ones included. Other bots are included only with `return_bots`."""
    chat = world.chat_for_bot(call.get("chat_id"))
    if not chat.is_group:
        raise bad_request("there are no administrators in the private chat")
    _may_look(chat)
    found = [(world.known(user_id), world.role_of(chat, user_id)) for user_id in [*chat.members, world.bot["id"]]]
    bots = call.get("return_bots", False)
    return [
        chat_member(user, role, chat.kind)
        for user, role in found
        if user is not None and role.in_charge and (bots or not user["is_bot"] or user is world.bot)
    ]


async def get_chat_member_count(world: World, call: Call) -> int:
    """Return the number of members, the bot included."""
    return len(world.chat_for_bot(call.get("chat_id")).members) + 1


async def leave_chat(world: World, call: Call) -> bool:
    """Let the bot leave a chat."""
    chat = world.chat_for_bot(call.get("chat_id"))
    if not chat.is_group:
        raise bad_request("chat member status can't be changed in private chats")
    world.leave(chat.id, world.bot["id"])
    return True


async def ban_chat_member(world: World, call: Call) -> bool:
    """Remove a user, or keep the user from joining."""
    chat, user_id = _removable(world, call)
    world.expel(chat.id, user_id, "kicked")
    return True


async def unban_chat_member(world: World, call: Call) -> bool:
    """Let a user join again. A user who is in the chat is removed, unless the call has `only_if_banned`."""
    chat, user_id = _removable(world, call)
    status = world.role_of(chat, user_id).status
    if status == "kicked" or (world.role_of(chat, user_id).present and not call.get("only_if_banned")):
        world.expel(chat.id, user_id, "left")
    return True


def _removable(world: World, call: Call) -> tuple[Chat, int]:
    chat, user = world.chat_for_bot(call.get("chat_id")), world.known(call.get("user_id"))
    if not chat.is_group:
        raise bad_request("chat member status can't be changed in private chats")
    if user is None:
        raise bad_request("invalid user_id specified")
    if chat.bot_status != "administrator":
        raise bad_request("not enough rights to restrict/unrestrict chat member")
    if user is world.bot:
        raise bad_request("can't restrict self")
    role = world.role_of(chat, user["id"])
    if role.in_charge:
        owner = role.status == "creator"
        raise bad_request("can't remove chat owner" if owner else "user is an administrator of the chat")
    return chat, user["id"]


def _may_look(chat: Chat) -> None:
    if chat.kind == "channel" and chat.bot_status != "administrator":
        raise bad_request("member list is inaccessible")
