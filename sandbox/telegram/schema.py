"""What each method takes: the part of the Bot API's reference this sandbox speaks.

A trailing `!` marks what is required. A parameter that is not listed is ignored, as at Telegram, unless the sandbox is
strict.
"""

from typing import Final

INT, STR, BOOL, CHAT, FILE, LIST, DICT = "Integer", "String", "Boolean", "Chat", "File", "Array", "Object"
INTS, NAMES = "Array of Integer", "Array of String"
Fields = dict[str, str]


def _required(kind: str) -> str:
    return kind + "!"


_WHERE: Final[Fields] = {"business_connection_id": STR, "chat_id": _required(CHAT), "message_thread_id": INT}
_HOW: Final[Fields] = {
    "direct_messages_topic_id": INT,
    "disable_notification": BOOL,
    "protect_content": BOOL,
    "allow_paid_broadcast": BOOL,
    "message_effect_id": STR,
    "suggested_post_parameters": DICT,
    "reply_parameters": DICT,
    "reply_markup": DICT,
}
_CAPTION: Final[Fields] = {"caption": STR, "parse_mode": STR, "caption_entities": LIST}
_TARGET: Final[Fields] = {
    "business_connection_id": STR,
    "chat_id": CHAT,
    "message_id": INT,
    "inline_message_id": STR,
    "reply_markup": DICT,
}
_TEXT: Final[Fields] = {"parse_mode": STR, "entities": LIST, "link_preview_options": DICT}

METHODS: Final[dict[str, Fields]] = {
    "getMe": {},
    "getUpdates": {"offset": INT, "limit": INT, "timeout": INT, "allowed_updates": NAMES},
    "setWebhook": {
        "url": _required(STR),
        "certificate": FILE,
        "ip_address": STR,
        "max_connections": INT,
        "allowed_updates": NAMES,
        "drop_pending_updates": BOOL,
        "secret_token": STR,
    },
    "deleteWebhook": {"drop_pending_updates": BOOL},
    "getWebhookInfo": {},
    "logOut": {},
    "close": {},
    "getUserProfilePhotos": {"user_id": _required(INT), "offset": INT, "limit": INT},
    "getFile": {"file_id": _required(STR)},
    "sendMessage": {**_WHERE, **_HOW, **_TEXT, "text": _required(STR), "ephemeral_message_parameters": DICT},
    "sendPhoto": {
        **_WHERE,
        **_HOW,
        **_CAPTION,
        "photo": _required(FILE),
        "show_caption_above_media": BOOL,
        "has_spoiler": BOOL,
    },
    "sendDocument": {
        **_WHERE,
        **_HOW,
        **_CAPTION,
        "document": _required(FILE),
        "thumbnail": FILE,
        "disable_content_type_detection": BOOL,
    },
    "sendMediaGroup": {
        **_WHERE,
        **{name: kind for name, kind in _HOW.items() if name not in {"reply_markup", "suggested_post_parameters"}},
        "media": _required(LIST),
    },
    "editMessageText": {**_TARGET, **_TEXT, "text": _required(STR)},
    "editMessageCaption": {**_TARGET, **_CAPTION, "show_caption_above_media": BOOL},
    "editMessageMedia": {**_TARGET, "media": _required(DICT)},
    "editMessageReplyMarkup": _TARGET,
    "deleteMessage": {"chat_id": _required(CHAT), "message_id": _required(INT)},
    "deleteMessages": {"chat_id": _required(CHAT), "message_ids": _required(INTS)},
    "answerCallbackQuery": {
        "callback_query_id": _required(STR),
        "text": STR,
        "show_alert": BOOL,
        "url": STR,
        "cache_time": INT,
    },
    "sendChatAction": {**_WHERE, "action": _required(STR)},
    "setMessageReaction": {
        "chat_id": _required(CHAT),
        "message_id": _required(INT),
        "reaction": LIST,
        "is_big": BOOL,
    },
    "setMyCommands": {"commands": _required(LIST), "scope": DICT, "language_code": STR},
    "getMyCommands": {"scope": DICT, "language_code": STR},
    "deleteMyCommands": {"scope": DICT, "language_code": STR},
    "getChat": {"chat_id": _required(CHAT)},
    "getChatMember": {"chat_id": _required(CHAT), "user_id": _required(INT)},
    "getChatAdministrators": {"chat_id": _required(CHAT), "return_bots": BOOL},
    "getChatMemberCount": {"chat_id": _required(CHAT)},
    "leaveChat": {"chat_id": _required(CHAT)},
    "setChatMenuButton": {"chat_id": INT, "menu_button": DICT},
    "getChatMenuButton": {"chat_id": INT},
}

OBJECTS: Final[dict[str, Fields]] = {
    "ReplyParameters": {
        "message_id": _required(INT),
        "chat_id": CHAT,
        "allow_sending_without_reply": BOOL,
        "quote": STR,
        "quote_parse_mode": STR,
        "quote_entities": LIST,
        "quote_position": INT,
        "checklist_task_id": INT,
        "poll_option_id": STR,
    },
    "EphemeralMessageParameters": {"receiver_user_id": _required(INT)},
    "LinkPreviewOptions": {
        "is_disabled": BOOL,
        "url": STR,
        "prefer_small_media": BOOL,
        "prefer_large_media": BOOL,
        "show_above_text": BOOL,
    },
    "InputMediaPhoto": {
        **_CAPTION,
        "type": _required(STR),
        "media": _required(STR),
        "show_caption_above_media": BOOL,
        "has_spoiler": BOOL,
    },
    "InputMediaDocument": {
        **_CAPTION,
        "type": _required(STR),
        "media": _required(STR),
        "thumbnail": STR,
        "disable_content_type_detection": BOOL,
    },
    "InlineKeyboardButton": {
        "text": _required(STR),
        "icon_custom_emoji_id": STR,
        "style": STR,
        "url": STR,
        "callback_data": STR,
        "web_app": DICT,
        "login_url": DICT,
        "switch_inline_query": STR,
        "switch_inline_query_current_chat": STR,
        "switch_inline_query_chosen_chat": DICT,
        "copy_text": DICT,
        "callback_game": DICT,
        "pay": BOOL,
    },
    "WebAppInfo": {"url": _required(STR)},
    "CopyTextButton": {"text": _required(STR)},
    "MenuButton": {"type": _required(STR), "text": STR, "web_app": DICT},
    "MessageEntity": {
        "type": _required(STR),
        "offset": _required(INT),
        "length": _required(INT),
        "url": STR,
        "user": DICT,
        "language": STR,
        "custom_emoji_id": STR,
        "unix_time": INT,
        "date_time_format": STR,
    },
    "BotCommand": {"command": _required(STR), "description": _required(STR)},
    "ReactionTypeEmoji": {"type": _required(STR), "emoji": _required(STR)},
}

MISSING: Final[dict[str, str]] = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "message_id": "message identifier is not specified",
    "file_id": "file_id is empty",
    "user_id": "invalid user_id specified",
}
"""Telegram's own words where it has special ones for a parameter that is not there."""
