"""Every method the sandbox knows, by name, and the way each call goes: check, limits, do."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram import methods_chat, methods_edit, methods_members, methods_send, methods_updates
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
    "getFile": methods_chat.get_file,
    "sendChatAction": methods_chat.send_chat_action,
    "setMessageReaction": methods_chat.set_message_reaction,
    "answerCallbackQuery": methods_chat.answer_callback_query,
    "setMyCommands": methods_chat.set_my_commands,
    "getMyCommands": methods_chat.get_my_commands,
    "deleteMyCommands": methods_chat.delete_my_commands,
    "setChatMenuButton": methods_chat.set_chat_menu_button,
    "getChatMenuButton": methods_chat.get_chat_menu_button,
    "sendMessage": methods_send.send_message,
    "sendPhoto": methods_send.send_photo,
    "sendDocument": methods_send.send_document,
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
COUNTED = ("sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup", "editMessage")


async def perform(world: World, call: Call) -> Any:
    """Do what a checked call asks for and give back its `result`.

    The limits come before the method looks at its content, so a call that fails counts as well.
    """
    if call.method.startswith(COUNTED) and "chat_id" in call.values:
        chat = world.chat_for_bot(call.values["chat_id"])
        world.gate(chat, weight=max(1, len(call.get("media"))) if call.method == "sendMediaGroup" else 1)
    return await HANDLERS[call.method](world, call)
