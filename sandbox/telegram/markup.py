"""Keyboards: the checks of Telegram and the part that a message shows.

Limits (Bot API, InlineKeyboardButton and CopyTextButton): 1-64 bytes of callback data, 1-256 characters of copied text.
"""

from typing import Any

from sandbox.telegram.addresses import is_secure
from sandbox.telegram.calls import check_object
from sandbox.telegram.chats import Chat
from sandbox.telegram.entities import utf16_length
from sandbox.telegram.errors import bad_request

ACTIONS = {
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
}
OTHER_KEYBOARDS = {"keyboard", "remove_keyboard", "force_reply"}
CALLBACK_DATA_BYTES = 64
COPIED_TEXT_LIMIT = 256


def shown_markup(chat: Chat, markup: dict[str, Any] | None, *, inline_only: bool = False) -> dict[str, Any]:
    """Return the `reply_markup` part of a message. Only inline keyboards are part of a message.

    Raises BotApiError if the keyboard is invalid.
    """
    if not markup:
        return {}
    if "inline_keyboard" not in markup:
        if inline_only or not OTHER_KEYBOARDS & markup.keys():
            raise bad_request("object expected as reply markup")
        return {}
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse inline keyboard: expected an Array of Array of InlineKeyboardButton")
    keyboard = [[_button(button, chat) for button in row] for row in rows if row]
    return {"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}


def keyboard_beside(markup: dict[str, Any] | None) -> dict[str, Any]:
    """Return a keyboard that isn't inline, or an empty object. Apps show it below the input field."""
    return markup if markup and "inline_keyboard" not in markup else {}


def _button(given: Any, chat: Chat) -> dict[str, Any]:
    button = check_object("InlineKeyboardButton", given)
    actions = ACTIONS & button.keys()
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: exactly one action is expected")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode()) <= CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not url.startswith(("http://", "https://", "tg://")):
        raise bad_request("BUTTON_URL_INVALID")
    if "web_app" in button:
        check_web_app(button["web_app"])
        if chat.is_group:
            raise bad_request("BUTTON_TYPE_INVALID")
    if "copy_text" in button:
        _check_copied(button["copy_text"])
    return button


def check_web_app(given: Any) -> None:
    """Raise BotApiError for a URL that Telegram's apps don't open."""
    url = check_object("WebAppInfo", given)["url"]
    if not is_secure(url):
        raise bad_request(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")


def _check_copied(given: Any) -> None:
    text = given.get("text")
    if not isinstance(text, str) or not 1 <= utf16_length(text) <= COPIED_TEXT_LIMIT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    check_object("CopyTextButton", given)
