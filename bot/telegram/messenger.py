"""Telegram's side of the Messenger port: it renders words as HTML and translates Telegram's errors."""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from telegram.constants import CallbackQueryLimit, ParseMode
from telegram.ext import ExtBot
from typing_extensions import override

from bot.telegram.bot_api import NO_PREVIEW, BotApi
from bot.telegram.calls import TelegramCalls, Unchanged, shown_by
from bot.telegram.forms import Json, forms, kinds, markup, markup_of_new, named, opened, reply, upload
from bot.telegram.http_request import AiohttpRequest
from bot.telegram.i18n import language, plain
from bot.telegram.rate_limiter import Priority, TelegramRateLimiter
from bot.telegram.rights import Rights, as_object
from core.errors import (
    Failure,
    FileGone,
    FileNotReady,
    MessageGone,
    MessengerDown,
    MessengerError,
    NotPermitted,
    NotShowable,
)
from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.models.media import UNNAMED, Permits, Showable, Shown
from core.ports.telegram import Messenger
from core.runtime import files
from core.runtime.latest_messages import LatestMessages
from core.text import Renderable

_HTML = ParseMode.HTML
_ALERT_CHARACTERS = CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH

Sent = Callable[[Destination, int, Keyboard], Awaitable[None]]
"""A function that hears of every message that was sent: where to, its id, which may be UNNAMED, and its keyboard."""

Form = TypeVar("Form")
Result = TypeVar("Result")

log = structlog.get_logger()


class TelegramMessenger(Messenger):
    """The Bot API, through PTB."""

    def __init__(
        self,
        bot: ExtBot[Priority],
        request: AiohttpRequest,
        budget: TelegramRateLimiter,
        api: BotApi,
        calls: TelegramCalls,
        latest: LatestMessages,
        sent: Sent,
    ) -> None:
        self._bot = bot
        self._request = request
        self._budget = budget
        self._api = api
        self._calls = calls
        self._latest = latest
        self._sent = sent
        self._rights = Rights(bot, calls)

    @override
    async def send_text(
        self,
        to: Destination,
        words: Renderable,
        *,
        keyboard: Keyboard = (),
        progress: bool = False,
        silent: bool = False,
    ) -> int:
        priority = Priority.PROGRESS if progress else Priority.ANSWER
        return await self._say(to, words, keyboard, priority, silent=silent)

    @override
    async def send_ephemeral(self, to: Destination, person: int, words: Renderable) -> bool:
        # Ephemeral messages are newer than PTB. In groups only bots that are admins may send them at any time, and a
        # server of an older Bot API shows them to everyone.
        if to.chat_id > 0 or person < 0:
            return False
        try:
            if not await self.is_admin(to.chat_id, self._bot.id):
                return False
            only = {"ephemeral_message_parameters": {"receiver_user_id": person}}
            await self._say(to, words, (), Priority.ANSWER, only)
        except MessengerDown:
            raise
        except MessengerError:  # whatever the error is, the open message meets it as well
            return False
        return True

    async def _say(
        self,
        to: Destination,
        words: Renderable,
        keyboard: Keyboard,
        priority: Priority,
        more: dict[str, Any] | None = None,
        *,
        silent: bool = False,
    ) -> int:
        async def say(to: Destination) -> int:
            with self._calls.call() as answer:
                values = {
                    **self._where(to),
                    "text": language(to.language).render(words),
                    "parse_mode": _HTML,
                    "reply_markup": markup_of_new(to, keyboard),
                    "link_preview_options": NO_PREVIEW,
                    "disable_notification": silent or None,
                }
                await self._api.call("sendMessage", values | (more or {}), priority=priority)
            return (await self._noted(to, shown_by(answer.value), keyboard)).message_id

        try:
            return await self._answering(to, say)
        except NotPermitted as error:
            self._rights.learn(to.chat_id, error.what or {"text"})
            raise

    def _where(self, to: Destination) -> Json:
        return {"chat_id": to.chat_id, "message_thread_id": to.thread_id, "reply_parameters": self._reply(to)}

    def _reply(self, to: Destination) -> Json | None:
        """Return the parameters of a reply; None in a private chat if nothing came after the message that is answered.

        After a restart it is unknown which message is the newest, so it is quoted.
        """
        is_plain = to.chat_id > 0 and self._latest.newest(to.chat_id, to.thread_id) == to.reply_to
        return None if is_plain else reply(to)

    async def _noted(self, to: Destination, shown: Shown, keyboard: Keyboard) -> Shown:
        await self._sent(to, shown.message_id, keyboard)
        return shown

    async def _answering(self, to: Destination, send: Callable[[Destination], Awaitable[Result]]) -> Result:
        """Send a reply. If the message that it replies to is gone, send it without a reference to it."""
        try:
            return await send(to)
        except MessageGone as error:
            if not to.reply_to:
                raise
            log.info("telegram_reply_refused", chat=to.chat_id, error=str(error))
            return await send(replace(to, reply_to=None))

    @override
    def recovered(self) -> bool:
        was, self._calls.was_refused = self._calls.was_refused, False
        return was

    @override
    async def permits(self, chat_id: int) -> Permits:
        return await self._rights.permits(chat_id)

    @override
    def crowded(self, chat_id: int) -> bool:
        return self._budget.crowded(chat_id)

    @override
    async def react(self, to: Destination, emoji: str | None) -> None:
        # A group may have switched reactions off.
        if to.reply_to:
            with self._calls.call():
                await self._bot.set_message_reaction(to.chat_id, to.reply_to, emoji)

    @override
    async def send_photo(
        self, to: Destination, picture: Showable, caption: Renderable, *, keyboard: Keyboard = (), as_file: bool = False
    ) -> Shown:
        html = language(to.language).render(caption)

        async def send(form: Showable, is_file: bool) -> Shown:
            method, kind = ("sendDocument", "document") if is_file else ("sendPhoto", "photo")

            async def send(to: Destination) -> Shown:
                with self._calls.call() as answer, opened(form) as (content, files):
                    values = {
                        **self._where(to),
                        kind: content,
                        "caption": html,
                        "parse_mode": _HTML,
                        "reply_markup": markup(to, keyboard),
                    }
                    await self._api.call(method, values, files, priority=Priority.RESULT)
                return await self._noted(to, shown_by(answer.value), keyboard)

            return await self._answering(to, send)

        return await self._in_some_form(
            to.chat_id, forms(picture, self._rights.known(to.chat_id), as_file=as_file), send
        )

    async def _in_some_form(
        self,
        chat_id: int,
        forms: Sequence[tuple[Form, bool]],
        show: Callable[[Form, bool], Awaitable[Result]],
    ) -> Result:
        """Try one form after the other until one is accepted.

        Raises the last NotShowable; NotPermitted only if no form is permitted.
        """
        refusal: NotShowable | None = None
        for form, is_file in forms:
            try:
                return await show(form, is_file)
            except NotShowable as error:
                log.warning("telegram_form_refused", chat=chat_id, as_file=is_file, error=str(error))
                if isinstance(error, NotPermitted):
                    self._rights.learn(chat_id, error.what)
                if refusal is None or isinstance(refusal, NotPermitted) or not isinstance(error, NotPermitted):
                    refusal = error
        raise refusal or NotShowable("nothing to show")

    @override
    async def edit(
        self, to: Destination, message_id: int, words: Renderable, *, keyboard: Keyboard = (), progress: bool = False
    ) -> None:
        with suppress(Unchanged), self._calls.call(edits=True):
            values = {
                "chat_id": to.chat_id,
                "message_id": message_id,
                "text": language(to.language).render(words),
                "parse_mode": _HTML,
                "reply_markup": markup(to, keyboard),
                "link_preview_options": NO_PREVIEW,
            }
            priority = Priority.PROGRESS if progress else Priority.RESULT
            await self._api.call("editMessageText", values, priority=priority)

    @override
    async def edit_keyboard(self, to: Destination, message_id: int, keyboard: Keyboard) -> None:
        with suppress(Unchanged), self._calls.call(edits=True):
            values = {"chat_id": to.chat_id, "message_id": message_id, "reply_markup": markup(to, keyboard)}
            await self._api.call("editMessageReplyMarkup", values)

    @override
    async def replace_with_photo(
        self,
        to: Destination,
        message_id: int,
        picture: Showable,
        caption: Renderable,
        *,
        keyboard: Keyboard = (),
        as_file: bool = False,
    ) -> Shown:
        html = language(to.language).render(caption)

        async def become(form: Showable, is_file: bool) -> Shown:
            try:
                with self._calls.call(edits=True) as answer, opened(form) as (content, files):
                    values = {
                        "chat_id": to.chat_id,
                        "message_id": message_id,
                        "media": _media(content, is_file) | {"caption": html, "parse_mode": _HTML},
                        "reply_markup": markup(to, keyboard),
                    }
                    await self._api.call("editMessageMedia", values, files, priority=Priority.RESULT)
            except Unchanged:
                return Shown(message_id, None, None)
            return replace(shown_by(answer.value), message_id=message_id)

        return await self._in_some_form(
            to.chat_id, forms(picture, self._rights.known(to.chat_id), as_file=as_file), become
        )

    @override
    async def album(self, to: Destination, pictures: Sequence[Showable], *, as_file: bool = False) -> list[Shown]:
        # An album with a picture too large for a photo goes as documents, as kinds do not mix.

        async def send(to: Destination, is_file: bool) -> list[Shown]:
            with self._calls.call() as answer, ExitStack() as stack:
                contents = [stack.enter_context(files.opened(picture.path)) for picture in pictures]
                uploads = [
                    upload(file, picture, number)
                    for number, (file, picture) in enumerate(zip(contents, pictures, strict=True), start=1)
                ]
                values = {**self._where(to), "media": [_media(named(each), is_file) for each in uploads]}
                await self._api.call("sendMediaGroup", values, uploads, priority=Priority.RESULT)
            sent = answer.value if isinstance(answer.value, list) else []
            found = [await self._noted(to, shown_by(message), ()) for message in sent]
            return (found + [Shown(UNNAMED, None, None)] * len(pictures))[: len(pictures)]

        async def twice(_: None, is_file: bool) -> list[Shown]:
            send_so = partial(send, is_file=is_file)
            try:
                return await self._answering(to, send_so)
            except NotShowable as error:
                # "Group send failed" says nothing about the pictures, so the same form gets a second try.
                if "group send failed" not in str(error).lower():
                    raise
                return await self._answering(to, send_so)

        ways = kinds(pictures, self._rights.known(to.chat_id), as_file=as_file)
        return await self._in_some_form(to.chat_id, [(None, is_file) for is_file in ways], twice)

    @override
    async def delete_message(self, chat_id: int, message_id: int) -> None:
        with suppress(MessageGone), self._calls.call():
            await self._api.call("deleteMessage", {"chat_id": chat_id, "message_id": message_id})

    @override
    async def answer_callback(
        self, button_press: str, words: Renderable | None = None, in_language: str = "en", *, alert: bool = False
    ) -> None:
        said = plain(language(in_language).render(words))[:_ALERT_CHARACTERS] if words else None
        with suppress(MessageGone), self._calls.call():  # a press that is too old needs no answer
            await self._bot.answer_callback_query(button_press, said, show_alert=alert)

    @override
    async def is_admin(self, chat_id: int, person: int) -> bool:
        return await self._rights.is_admin(chat_id, person)

    @override
    async def linked(self, chat_id: int) -> int | None:
        return await self._rights.linked(chat_id)

    @override
    async def is_outside(self, chat_id: int, person: int) -> bool:
        return await self._rights.is_outside(chat_id, person)

    @override
    def changed(self, chat_id: int, person: int) -> None:
        self._rights.changed(chat_id, person)

    @override
    async def fetch(self, file_id: str, into: Path, limit: int) -> None:
        # The link contains the token, so it doesn't leave this method.
        try:
            with self._calls.call() as answer:
                await self._bot.get_file(file_id)
            url = as_object(answer.value).get("file_path")  # PTB has put the root and the token in front
            if not isinstance(url, str):
                raise FileNotReady("getFile named no file")
            if re.search(r"/file/bot[^/]+//", url):
                log.error("telegram_local_file_missing", hint="the files of a --local server must be readable here")
            with self._calls.call():
                await self._request.download(url, into, limit)
        except MessengerDown:
            raise
        except MessengerError as error:
            raise _file_error(str(error)) from error


def _media(content: str, is_file: bool) -> Json:
    return {"type": "document" if is_file else "photo", "media": content}


def _file_error(message: str) -> MessengerError:
    words = message.lower()
    if "temporarily unavailable" in words:
        return FileNotReady(message)
    return FileGone(Failure.HUGE_PICTURE if "too big" in words else Failure.UNFETCHED, message)
