"""Mini Apps: the signed `initData` of a page, and the URL that opens it."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from sandbox.telegram.chats import User
from sandbox.telegram.crowd import Crowd, chat_instance

VERSION, PLATFORM = "8.0", "web"
# Only Telegram can sign for third parties, so this signature is a constant. The hash covers it.
SIGNATURE = "c2FuZGJveC1zaWduYXR1cmU"
LINK = re.compile(r"https://t\.me/(?P<bot>\w+)/(?P<app>\w+)(?:\?(?:.*&)?startapp=(?P<param>[\w-]*))?")
LIGHT_THEME = {
    "bg_color": "#ffffff",
    "text_color": "#0c1116",
    "hint_color": "#66727e",
    "link_color": "#2b7de0",
    "button_color": "#2b7de0",
    "button_text_color": "#ffffff",
    "secondary_bg_color": "#f1f4f7",
    "header_bg_color": "#ffffff",
    "accent_text_color": "#2b7de0",
    "section_bg_color": "#ffffff",
    "section_header_text_color": "#2b7de0",
    "subtitle_text_color": "#66727e",
    "destructive_text_color": "#cf3636",
}


class Apps(Crowd):
    """The opening of Mini Apps from buttons."""

    def init_data(
        self,
        person_id: int,
        *,
        start_param: str | None = None,
        auth_date: int | None = None,
        chat_id: int | None = None,
        token: str | None = None,
    ) -> str:
        """Return validly signed `initData` for a user.

        With a start parameter or a chat, it is that of a direct link, otherwise that of a button in a private chat. An
        old `auth_date` (Unix seconds) makes it stale; another `token` makes it that of another bot.
        """
        fields = {"user": _compact(_app_user(self.people[person_id]))}
        if start_param is None and chat_id is None:
            fields["query_id"] = f"AAH{self.bot['id']}{next(self.numbers):08d}"
        else:
            chat = self.chats[person_id if chat_id is None else chat_id]
            fields |= {"chat_instance": chat_instance(chat.id), "chat_type": chat.kind}
        if start_param is not None:
            fields["start_param"] = start_param
        fields["auth_date"] = str(int(self.wall()) if auth_date is None else auth_date)
        return signed(fields, self.token if token is None else token)

    def open_app(
        self, chat_id: int, message_id: int, person_id: int, url: str, *, theme: Mapping[str, str] | None = None
    ) -> str:
        """Press a button that opens a Mini App and return the URL that Telegram's app would load.

        Raises ValueError if the message doesn't have such a button.
        """
        message = self._entry(self._chat_of(chat_id, person_id), message_id).now
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        for button in (button for row in rows for button in row):
            if button.get("web_app", {}).get("url") == url:
                return app_address(url, self.init_data(person_id), theme)
            if button.get("url") == url:
                return self._open_link(url, chat_id, person_id, theme)
        raise ValueError("this message has no such button")

    def _open_link(self, url: str, chat_id: int, person_id: int, theme: Mapping[str, str] | None) -> str:
        link = LINK.fullmatch(url)
        if link is None or link["bot"].lower() != self.bot["username"].lower() or link["app"] not in self.mini_apps:
            raise ValueError("there is no such Mini App")
        address, param = self.mini_apps[link["app"]], link["param"] or None
        if param is not None:
            parts = urlsplit(address)
            query = "&".join(filter(None, [parts.query, urlencode({"tgWebAppStartParam": param})]))
            address = urlunsplit(parts._replace(query=query))
        return app_address(address, self.init_data(person_id, start_param=param, chat_id=chat_id), theme)


def signed(fields: Mapping[str, str], token: str) -> str:
    """Return the fields as a query string with the hash that proves the sender's knowledge of the token."""
    told = {**fields, "signature": SIGNATURE}
    check = "\n".join(f"{key}={told[key]}" for key in sorted(told))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    told["hash"] = hmac.new(key, check.encode(), hashlib.sha256).hexdigest()
    return urlencode(told, quote_via=quote)


def app_address(url: str, init_data: str, theme: Mapping[str, str] | None = None) -> str:
    """Return the URL with the data that the page reads from its fragment."""
    told = {
        "tgWebAppData": init_data,
        "tgWebAppVersion": VERSION,
        "tgWebAppPlatform": PLATFORM,
        "tgWebAppThemeParams": _compact(theme or LIGHT_THEME),
    }
    return f"{url}{'&' if '#' in url else '#'}{urlencode(told, quote_via=quote)}"


def _app_user(person: User) -> dict[str, Any]:
    known = ("id", "first_name", "last_name", "username", "language_code")
    shown = {key: person[key] for key in known if key in person}
    return {"last_name": "", **shown, "allows_write_to_pm": True}


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
