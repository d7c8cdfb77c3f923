"""The parameters of each method: the part of the Bot API that the sandbox implements.

A trailing `!` marks a required parameter. Unlisted parameters are ignored, as at Telegram, unless the sandbox is
strict.
"""

from typing import Final

INT, STR, BOOL, CHAT, FILE, LIST, DICT = "Integer", "String", "Boolean", "Chat", "File", "Array", "Object"
INTS, NAMES, FLOAT = "Array of Integer", "Array of String", "Float"
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

_SEEN: Final[Fields] = {"thumbnail": FILE, "width": INT, "height": INT, "duration": INT}
_HEARD: Final[Fields] = {"duration": INT, "performer": STR, "title": STR, "thumbnail": FILE}
_FILM: Final[Fields] = {"cover": FILE, "start_timestamp": INT, "supports_streaming": BOOL}
_COVERED: Final[Fields] = {"show_caption_above_media": BOOL, "has_spoiler": BOOL}
_INPUT: Final[Fields] = {"type": _required(STR), "media": _required(STR)}
_PLACE: Final[Fields] = {"latitude": _required(FLOAT), "longitude": _required(FLOAT)}
_ONE: Final[Fields] = {"message_id": _required(INT)}
_MANY: Final[Fields] = {"message_ids": _required(INTS)}
_PASS_ON: Final[Fields] = {
    "chat_id": _required(CHAT),
    "message_thread_id": INT,
    "direct_messages_topic_id": INT,
    "from_chat_id": _required(CHAT),
    "disable_notification": BOOL,
    "protect_content": BOOL,
}
_MEMBER: Final[Fields] = {"chat_id": _required(CHAT), "user_id": _required(INT)}

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
    "sendVideo": {**_WHERE, **_HOW, **_CAPTION, **_SEEN, **_FILM, **_COVERED, "video": _required(FILE)},
    "sendAnimation": {**_WHERE, **_HOW, **_CAPTION, **_SEEN, **_COVERED, "animation": _required(FILE)},
    "sendAudio": {**_WHERE, **_HOW, **_CAPTION, **_HEARD, "audio": _required(FILE)},
    "sendVoice": {**_WHERE, **_HOW, **_CAPTION, "duration": INT, "voice": _required(FILE)},
    "sendVideoNote": {
        **_WHERE,
        **_HOW,
        "duration": INT,
        "length": INT,
        "thumbnail": FILE,
        "video_note": _required(FILE),
    },
    "sendSticker": {**_WHERE, **_HOW, "emoji": STR, "sticker": _required(FILE)},
    "sendLocation": {
        **_WHERE,
        **_HOW,
        **_PLACE,
        "horizontal_accuracy": FLOAT,
        "live_period": INT,
        "heading": INT,
        "proximity_alert_radius": INT,
    },
    "sendVenue": {
        **_WHERE,
        **_HOW,
        **_PLACE,
        "title": _required(STR),
        "address": _required(STR),
        **dict.fromkeys(("foursquare_id", "foursquare_type", "google_place_id", "google_place_type"), STR),
    },
    "sendContact": {
        **_WHERE,
        **_HOW,
        "phone_number": _required(STR),
        "first_name": _required(STR),
        "last_name": STR,
        "vcard": STR,
    },
    "sendDice": {**_WHERE, **_HOW, "emoji": STR},
    "copyMessage": {
        **_HOW,
        **_CAPTION,
        **_PASS_ON,
        **_ONE,
        "video_start_timestamp": INT,
        "show_caption_above_media": BOOL,
    },
    "copyMessages": {**_PASS_ON, **_MANY, "remove_caption": BOOL},
    "forwardMessage": {
        **_PASS_ON,
        **_ONE,
        "video_start_timestamp": INT,
        "message_effect_id": STR,
        "suggested_post_parameters": DICT,
    },
    "forwardMessages": {**_PASS_ON, **_MANY},
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
    "answerInlineQuery": {
        "inline_query_id": _required(STR),
        "results": _required(LIST),
        "cache_time": INT,
        "is_personal": BOOL,
        "next_offset": STR,
        "button": DICT,
    },
    "setMyName": {"name": STR, "language_code": STR},
    "getMyName": {"language_code": STR},
    "setMyDescription": {"description": STR, "language_code": STR},
    "getMyDescription": {"language_code": STR},
    "setMyShortDescription": {"short_description": STR, "language_code": STR},
    "getMyShortDescription": {"language_code": STR},
    "setMyCommands": {"commands": _required(LIST), "scope": DICT, "language_code": STR},
    "getMyCommands": {"scope": DICT, "language_code": STR},
    "deleteMyCommands": {"scope": DICT, "language_code": STR},
    "getChat": {"chat_id": _required(CHAT)},
    "getChatMember": {"chat_id": _required(CHAT), "user_id": _required(INT)},
    "getChatAdministrators": {"chat_id": _required(CHAT), "return_bots": BOOL},
    "getChatMemberCount": {"chat_id": _required(CHAT)},
    "leaveChat": {"chat_id": _required(CHAT)},
    "banChatMember": {**_MEMBER, "until_date": INT, "revoke_messages": BOOL},
    "unbanChatMember": {**_MEMBER, "only_if_banned": BOOL},
    "pinChatMessage": {
        "business_connection_id": STR,
        "chat_id": _required(CHAT),
        **_ONE,
        "disable_notification": BOOL,
    },
    "unpinChatMessage": {"business_connection_id": STR, "chat_id": _required(CHAT), "message_id": INT},
    "unpinAllChatMessages": {"chat_id": _required(CHAT)},
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
    "InputMediaVideo": {**_CAPTION, **_SEEN, **_FILM, **_COVERED, **_INPUT},
    "InputMediaAnimation": {**_CAPTION, **_SEEN, **_COVERED, **_INPUT},
    "InputMediaAudio": {**_CAPTION, **_HEARD, **_INPUT},
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
    "from_chat_id": "chat_id is empty",
    **{
        kind: f"there is no {kind.replace('_', ' ')} in the request"
        for kind in ("photo", "document", "video", "animation", "audio", "voice", "video_note", "sticker")
    },
    "latitude": "latitude is empty",
    "longitude": "longitude is empty",
    "message_id": "message identifier is not specified",
    "file_id": "file_id is empty",
    "user_id": "invalid user_id specified",
}
"""Telegram's own messages for missing parameters, where they differ from the usual one."""

_REST: Final = """
    sendLivePhoto sendPaidMedia sendPoll sendChecklist sendMessageDraft getUserProfileAudios setUserEmojiStatus
    restrictChatMember promoteChatMember setChatAdministratorCustomTitle setChatMemberTag banChatSenderChat
    unbanChatSenderChat setChatPermissions exportChatInviteLink createChatInviteLink editChatInviteLink
    createChatSubscriptionInviteLink editChatSubscriptionInviteLink revokeChatInviteLink approveChatJoinRequest
    declineChatJoinRequest answerChatJoinRequestQuery sendChatJoinRequestWebApp setChatPhoto deleteChatPhoto
    setChatTitle setChatDescription getUserPersonalChatMessages setChatStickerSet deleteChatStickerSet
    getForumTopicIconStickers createForumTopic editForumTopic closeForumTopic reopenForumTopic deleteForumTopic
    unpinAllForumTopicMessages editGeneralForumTopic closeGeneralForumTopic reopenGeneralForumTopic
    hideGeneralForumTopic unhideGeneralForumTopic unpinAllGeneralForumTopicMessages answerGuestQuery
    getUserChatBoosts getBusinessConnection getManagedBotToken replaceManagedBotToken
    getManagedBotAccessSettings setManagedBotAccessSettings setMyProfilePhoto removeMyProfilePhoto
    setMyDefaultAdministratorRights getMyDefaultAdministratorRights getAvailableGifts sendGift
    giftPremiumSubscription verifyUser verifyChat removeUserVerification removeChatVerification
    readBusinessMessage deleteBusinessMessages setBusinessAccountName setBusinessAccountUsername
    setBusinessAccountBio setBusinessAccountProfilePhoto removeBusinessAccountProfilePhoto
    setBusinessAccountGiftSettings getBusinessAccountStarBalance transferBusinessAccountStars
    getBusinessAccountGifts getUserGifts getChatGifts convertGiftToStars upgradeGift transferGift postStory
    repostStory editStory deleteStory answerWebAppQuery savePreparedInlineMessage savePreparedKeyboardButton
    editMessageLiveLocation stopMessageLiveLocation editMessageChecklist stopPoll approveSuggestedPost
    declineSuggestedPost deleteMessageReaction deleteAllMessageReactions getStickerSet getCustomEmojiStickers
    uploadStickerFile createNewStickerSet addStickerToSet setStickerPositionInSet deleteStickerFromSet
    replaceStickerInSet setStickerEmojiList setStickerKeywords setStickerMaskPosition setStickerSetTitle
    setStickerSetThumbnail setCustomEmojiStickerSetThumbnail deleteStickerSet sendRichMessage
    sendRichMessageDraft sendInvoice createInvoiceLink answerShippingQuery answerPreCheckoutQuery
    getMyStarBalance getStarTransactions refundStarPayment editUserStarSubscription setPassportDataErrors
    sendGame setGameScore getGameHighScores
"""
NOT_ACTED_OUT: Final = frozenset(_REST.split())
"""The other methods of Bot API 10.1. They exist at Telegram and aren't implemented here."""
