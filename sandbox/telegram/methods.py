"""The table of implemented methods, and the steps of each call: check, limits, handler."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram import (
    methods_chat,
    methods_commands,
    methods_copy,
    methods_edit,
    methods_members,
    methods_pins,
    methods_profile,
    methods_send,
    methods_things,
    methods_updates,
)
from sandbox.telegram.calls import Call
from sandbox.telegram.world import World

Method = Callable[[World, Call], Awaitable[Any]]

HANDLERS: dict[str, Method] = {
    "getMe": methods_chat.get_me,
    "getChat": methods_members.get_chat,
    "getChatMember": methods_members.get_chat_member,
    "getChatAdministrators": methods_members.get_chat_administrators,
    "getChatMemberCount": methods_members.get_chat_member_count,
    "leaveChat": methods_members.leave_chat,
    "banChatMember": methods_members.ban_chat_member,
    "unbanChatMember": methods_members.unban_chat_member,
    "pinChatMessage": methods_pins.pin_chat_message,
    "unpinChatMessage": methods_pins.unpin_chat_message,
    "unpinAllChatMessages": methods_pins.unpin_all_chat_messages,
    "getFile": methods_chat.get_file,
    "sendChatAction": methods_chat.send_chat_action,
    "setMessageReaction": methods_chat.set_message_reaction,
    "answerCallbackQuery": methods_chat.answer_callback_query,
    "answerInlineQuery": methods_chat.answer_inline_query,
    "setMyName": methods_profile.setter("name"),
    "getMyName": methods_profile.getter("name"),
    "setMyDescription": methods_profile.setter("description"),
    "getMyDescription": methods_profile.getter("description"),
    "setMyShortDescription": methods_profile.setter("short_description"),
    "getMyShortDescription": methods_profile.getter("short_description"),
    "setMyCommands": methods_commands.set_my_commands,
    "getMyCommands": methods_commands.get_my_commands,
    "deleteMyCommands": methods_commands.delete_my_commands,
    "setChatMenuButton": methods_chat.set_chat_menu_button,
    "getChatMenuButton": methods_chat.get_chat_menu_button,
    "sendMessage": methods_send.send_message,
    **{
        f"send{kind.title().replace('_', '')}": methods_send.media_sender(kind)
        for kind in ("photo", "document", "video", "animation", "audio", "voice", "video_note", "sticker")
    },
    "sendLocation": methods_things.send_location,
    "sendVenue": methods_things.send_venue,
    "sendContact": methods_things.send_contact,
    "sendDice": methods_things.send_dice,
    "copyMessage": methods_copy.copy_message,
    "copyMessages": methods_copy.copy_messages,
    "forwardMessage": methods_copy.forward_message,
    "forwardMessages": methods_copy.forward_messages,
    "sendMediaGroup": methods_send.send_media_group,
    "editMessageText": methods_edit.edit_message_text,
    "editMessageCaption": methods_edit.edit_message_caption,
    "editMessageMedia": methods_edit.edit_message_media,
    "editMessageReplyMarkup": methods_edit.edit_message_reply_markup,
    "deleteMessage": methods_edit.delete_message,
    "deleteMessages": methods_edit.delete_messages,
    "logOut": methods_chat.nothing_to_do,
    "close": methods_chat.nothing_to_do,
    "getUserProfilePhotos": methods_chat.get_user_profile_photos,
    "getUpdates": methods_updates.get_updates,
    "setWebhook": methods_updates.set_webhook,
    "deleteWebhook": methods_updates.delete_webhook,
    "getWebhookInfo": methods_updates.get_webhook_info,
}
COUNTED = ("send", "editMessage", "copyMessage", "forwardMessage")
SEVERAL = ("media", "message_ids")
"""Parameters whose number of items is the number of messages."""


async def perform(world: World, call: Call) -> Any:
    """Run a checked call and return its `result`. Raises BotApiError if it fails.

    The limits apply before the method checks its content, so a failed call counts as well.
    """
    if call.method.startswith(COUNTED) and call.method != "sendChatAction" and "chat_id" in call.values:
        chat = world.chat_for_bot(call.values["chat_id"])
        several = [len(call.get(name)) for name in SEVERAL if isinstance(call.get(name), list)]
        world.gate(chat, weight=max(1, *several, 0))
    return await HANDLERS[call.method](world, call)
