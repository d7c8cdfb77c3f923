"""Telegram's sending side behind the Messenger port: here words become HTML, and Telegram's errors become ours."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import structlog
from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyParameters,
    WebAppInfo,
)
from telegram.constants import ChatMemberStatus, ParseMode
from telegram.ext import ExtBot

from bot.delivery.budget import Budget, Priority
from bot.delivery.calls import TelegramCalls, Unchanged, shown_by
from bot.delivery.http import AiohttpRequest
from bot.delivery.language import Language, language, plain
from bot.domain.errors import (
    Failure,
    FileGone,
    FileNotReady,
    MessageGone,
    MessengerDown,
    MessengerError,
    NotPermitted,
    NotShowable,
)
from bot.domain.exchange import UNNAMED, Button, Keyboard, Permits, Showable, Shown
from bot.domain.files import opened
from bot.domain.job import Address
from bot.domain.text import Words

PHOTO_BYTES = 10_000_000
PHOTO_SIDES = 10_000  # width + height
PHOTO_RATIO = 20
_HTML = ParseMode.HTML
_ALERT_CHARACTERS = 200
_STANDING_S = 60.0
_STANDINGS_KNOWN = 10_000
_PERMITS_S = 3600.0
_ALL = Permits()
_ADMINS = {ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

Form = TypeVar("Form")
Result = TypeVar("Result")

log = structlog.get_logger()


class TelegramMessenger:
    """See bot.domain.ports.Messenger."""

    def __init__(self, bot: ExtBot[Priority], request: AiohttpRequest, budget: Budget, calls: TelegramCalls) -> None:
        self._bot = bot
        self._request = request
        self._budget = budget
        self._calls = calls
        self._standings: dict[tuple[int, int], tuple[str, float]] = {}
        self._permits: dict[int, tuple[Permits, float]] = {}

    async def say(self, to: Address, words: Words, *, keyboard: Keyboard = (), progress: bool = False) -> int:
        """Send a message, as a reply where there is something to reply to."""
        return await self._say(to, words, keyboard, Priority.PROGRESS if progress else Priority.ANSWER)

    async def whisper(self, to: Address, person: int, words: Words) -> bool:
        """Send an ephemeral message, which in groups only bots that are admins may do whenever they like.

        It is newer than PTB. A server of an older Bot API shows it to everybody.
        """
        if to.chat_id > 0 or person < 0:
            return False
        try:
            if not await self.is_admin(to.chat_id, self._bot.id):
                return False
            only = {"ephemeral_message_parameters": {"receiver_user_id": person}}
            await self._say(to, words, (), Priority.ANSWER, only)
        except MessengerDown:
            raise
        except MessengerError:  # whatever it is, saying it aloud finds out
            return False
        return True

    async def _say(
        self, to: Address, words: Words, keyboard: Keyboard, priority: Priority, more: dict[str, Any] | None = None
    ) -> int:
        with self._calls.call() as answer:
            await self._bot.send_message(
                to.chat_id,
                language(to.language).render(words),
                parse_mode=_HTML,
                message_thread_id=to.thread_id,
                reply_parameters=_reply(to),
                reply_markup=_markup(to, keyboard),
                link_preview_options=NO_PREVIEW,
                rate_limit_args=priority,
                api_kwargs=more,
            )
        return shown_by(answer.value).message_id

    def recovered(self) -> bool:
        """Whether Telegram refused the token for a while and takes it again; True once an outage."""
        was, self._calls.was_refused = self._calls.was_refused, False
        return was

    async def permits(self, chat_id: int) -> Permits:
        """Ask Telegram, at most once an hour. Nothing binds an admin, and in a private chat everything is permitted."""
        if chat_id > 0:
            return _ALL
        now = asyncio.get_running_loop().time()
        known = self._permits.get(chat_id)
        if known and known[1] > now:
            return known[0]
        try:
            found, holds_s = await self._asked_permits(chat_id), _PERMITS_S
        except MessengerError as error:  # whoever sends something finds out
            log.info("permissions_unknown", chat=chat_id, error=str(error))
            found, holds_s = _ALL, _STANDING_S
        self._keep_permits(chat_id, found, holds_s)
        return found

    async def _asked_permits(self, chat_id: int) -> Permits:
        with self._calls.call() as answer:
            await self._bot.get_chat(chat_id)
        rights = _object(_object(answer.value).get("permissions"))
        names = ("can_send_messages", "can_send_photos", "can_send_documents")
        found = Permits(*(rights.get(name, True) is not False for name in names))
        return _ALL if found == _ALL or await self.is_admin(chat_id, self._bot.id) else found

    def _keep_permits(self, chat_id: int, found: Permits, holds_s: float = _PERMITS_S) -> None:
        if len(self._permits) > _STANDINGS_KNOWN:
            self._permits.clear()
        self._permits[chat_id] = (found, asyncio.get_running_loop().time() + holds_s)

    def _learn(self, chat_id: int, error: NotPermitted) -> None:
        """A refusal tells as much as a question would."""
        known = self._permits.get(chat_id)
        self._keep_permits(chat_id, replace(known[0] if known else _ALL, **dict.fromkeys(error.what, False)))

    def crowded(self, chat_id: int) -> bool:
        """Ask the budget."""
        return self._budget.crowded(chat_id)

    async def nod(self, to: Address, emoji: str | None) -> None:
        """React to the message that asked; a group may have switched that off."""
        if to.reply_to:
            with self._calls.call():
                await self._bot.set_message_reaction(to.chat_id, to.reply_to, emoji)

    async def send(
        self, to: Address, picture: Showable, caption: Words, *, keyboard: Keyboard = (), as_file: bool = False
    ) -> Shown:
        """Send a photo, or a document where that is wanted or Telegram would not take it as a photo."""
        html = language(to.language).render(caption)

        async def send(form: Showable, is_file: bool) -> Shown:
            method = self._bot.send_document if is_file else self._bot.send_photo
            with self._calls.call() as answer, _opened(form) as content:
                await method(
                    to.chat_id,
                    content,
                    caption=html,
                    parse_mode=_HTML,
                    message_thread_id=to.thread_id,
                    reply_parameters=_reply(to),
                    reply_markup=_markup(to, keyboard),
                    rate_limit_args=Priority.RESULT,
                )
            return shown_by(answer.value)

        return await self._in_some_form(to.chat_id, self._forms(to.chat_id, picture, as_file), send)

    async def _in_some_form(
        self,
        chat_id: int,
        forms: Sequence[tuple[Form, bool]],
        show: Callable[[Form, bool], Awaitable[Result]],
    ) -> Result:
        """Try one form after the other: a refusal of one is no refusal of the thing. Raises the last NotShowable."""
        for number, (form, is_file) in enumerate(forms, start=1):
            try:
                return await show(form, is_file)
            except NotShowable as error:
                if isinstance(error, NotPermitted):
                    self._learn(chat_id, error)
                if number == len(forms):
                    raise
                log.warning("telegram_refused_form", chat=chat_id, as_file=is_file, error=str(error))
        raise NotShowable("nothing to show")

    def _forms(self, chat_id: int, picture: Showable, as_file: bool) -> list[tuple[Showable, bool]]:
        """As wished, by name and by bytes, and then as a file."""
        as_file = as_file or not fits_photo(picture) or self._photos_forbidden(chat_id)
        named = [(picture, as_file)] if picture.file_id else []
        bytes_ = replace(picture, file_id=None)
        if named and not picture.path.exists():
            return named
        return named + [(bytes_, as_file)] + ([] if as_file else [(bytes_, True)])

    def _photos_forbidden(self, chat_id: int) -> bool:
        known = self._permits.get(chat_id)
        return known is not None and known[1] > asyncio.get_running_loop().time() and not known[0].photos

    async def edit(
        self, to: Address, message_id: int, words: Words, *, keyboard: Keyboard = (), progress: bool = False
    ) -> None:
        """Change a message's words; that it says so already is fine."""
        with suppress(Unchanged), self._calls.call(edits=True):
            await self._bot.edit_message_text(
                language(to.language).render(words),
                to.chat_id,
                message_id,
                parse_mode=_HTML,
                reply_markup=_markup(to, keyboard),
                link_preview_options=NO_PREVIEW,
                rate_limit_args=Priority.PROGRESS if progress else Priority.RESULT,
            )

    async def rekey(self, to: Address, message_id: int, keyboard: Keyboard) -> None:
        """Change a message's buttons; that it has them already is fine."""
        with suppress(Unchanged), self._calls.call(edits=True):
            await self._bot.edit_message_reply_markup(to.chat_id, message_id, reply_markup=_markup(to, keyboard))

    async def become(
        self,
        to: Address,
        message_id: int,
        picture: Showable,
        caption: Words,
        *,
        keyboard: Keyboard = (),
        as_file: bool = False,
    ) -> Shown:
        """Turn a message into a photo, or into a document where Telegram would not take it as a photo."""
        html = language(to.language).render(caption)

        async def become(form: Showable, is_file: bool) -> Shown:
            kind = InputMediaDocument if is_file else InputMediaPhoto
            try:
                with self._calls.call(edits=True) as answer, _opened(form) as content:
                    await self._bot.edit_message_media(
                        kind(content, caption=html, parse_mode=_HTML),
                        to.chat_id,
                        message_id,
                        reply_markup=_markup(to, keyboard),
                        rate_limit_args=Priority.RESULT,
                    )
            except Unchanged:
                return Shown(message_id, None, None)
            return replace(shown_by(answer.value), message_id=message_id)

        return await self._in_some_form(to.chat_id, self._forms(to.chat_id, picture, as_file), become)

    async def album(self, to: Address, pictures: Sequence[Showable], *, as_file: bool = False) -> list[Shown]:
        """Send an album; one that holds a picture too large for a photo goes as documents, as kinds do not mix.

        "Group send failed" says nothing about the pictures, so the same form gets a second try.
        """
        as_file = as_file or not all(map(fits_photo, pictures)) or self._photos_forbidden(to.chat_id)

        async def send(_: None, is_file: bool) -> list[Shown]:
            kind = InputMediaDocument if is_file else InputMediaPhoto
            with self._calls.call() as answer, ExitStack() as stack:
                files = [stack.enter_context(opened(picture.path)) for picture in pictures]
                media = [
                    kind(_input(file, picture, number))
                    for number, (file, picture) in enumerate(zip(files, pictures, strict=True), start=1)
                ]
                await self._bot.send_media_group(
                    to.chat_id,
                    media,
                    message_thread_id=to.thread_id,
                    reply_parameters=_reply(to),
                    rate_limit_args=Priority.RESULT,
                )
            found = [shown_by(message) for message in answer.value] if isinstance(answer.value, list) else []
            return (found + [Shown(UNNAMED, None, None)] * len(pictures))[: len(pictures)]

        async def twice(form: None, is_file: bool) -> list[Shown]:
            try:
                return await send(form, is_file)
            except NotShowable as error:
                if "group send failed" not in str(error).lower():
                    raise
                return await send(form, is_file)

        forms = [(None, as_file)] + ([] if as_file else [(None, True)])
        return await self._in_some_form(to.chat_id, forms, twice)

    async def remove(self, chat_id: int, message_id: int) -> None:
        """Delete a message; that somebody did so before is fine."""
        with suppress(MessageGone), self._calls.call():
            await self._bot.delete_message(chat_id, message_id)

    async def acknowledge(
        self, button_press: str, words: Words | None = None, in_language: str = "en", *, alert: bool = False
    ) -> None:
        """Answer a pressed button; one that is too old to be answered needs none."""
        said = plain(language(in_language).render(words))[:_ALERT_CHARACTERS] if words else None
        with suppress(MessageGone), self._calls.call():
            await self._bot.answer_callback_query(button_press, said, show_alert=alert)

    async def is_admin(self, chat_id: int, person: int) -> bool:
        """Ask Telegram. A channel is none, and the group itself is all of them."""
        if person < 0:
            return person == chat_id
        return await self._standing(chat_id, person) in _ADMINS

    async def is_outside(self, chat_id: int, person: int) -> bool:
        """Ask Telegram."""
        return await self._standing(chat_id, person) in {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}

    def changed(self, chat_id: int, person: int) -> None:
        """Ask again the next time."""
        self._standings.pop((chat_id, person), None)
        if person == self._bot.id:
            self._permits.pop(chat_id, None)

    async def _standing(self, chat_id: int, person: int) -> str:
        """What somebody is in a chat, asked at most once a minute; nothing where the bot may not know."""
        now = asyncio.get_running_loop().time()
        known = self._standings.get((chat_id, person))
        if known and known[1] > now:
            return known[0]
        try:
            with self._calls.call() as answer:
                await self._bot.get_chat_member(chat_id, person)
            status = str(_object(answer.value).get("status", ""))
        except NotShowable:
            status = ""
        if len(self._standings) > _STANDINGS_KNOWN:
            self._standings.clear()
        self._standings[chat_id, person] = (status, now + _STANDING_S)
        return status

    async def fetch(self, file_id: str, into: Path, limit: int) -> None:
        """Download what people sent. The link has the token in it and goes no further than this function."""
        try:
            with self._calls.call() as answer:
                await self._bot.get_file(file_id)
            url = str(_object(answer.value).get("file_path", ""))  # PTB has put root and token before it
            if re.search(r"/file/bot[^/]+//", url):
                log.error("telegram_local_file_missing", hint="the files of a --local server must be readable here")
            with self._calls.call():
                await self._request.download(url, into, limit)
        except MessengerDown:
            raise
        except MessengerError as error:
            raise _file_error(str(error)) from error


def _file_error(message: str) -> MessengerError:
    words = message.lower()
    if "temporarily unavailable" in words:
        return FileNotReady(message)
    return FileGone(Failure.HUGE_PICTURE if "too big" in words else Failure.UNFETCHED, message)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _markup(to: Address, keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    tongue = language(to.language)
    rows = [[_button(button, tongue) for button in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: Button, tongue: Language) -> InlineKeyboardButton:
    label = plain(tongue.render(button.label))
    if button.link:
        return InlineKeyboardButton(label, url=button.link)
    if button.app:
        return InlineKeyboardButton(label, web_app=WebAppInfo(button.app))
    if button.copy:
        return InlineKeyboardButton(label, copy_text=CopyTextButton(button.copy))
    return InlineKeyboardButton(label, callback_data=button.data)


def fits_photo(showable: Showable) -> bool:
    """Whether Telegram shows it as a photo: 10 MB, sides of 10,000 pixels in sum, no narrow strip."""
    picture = showable.picture
    longest, shortest = max(picture.width, picture.height), min(picture.width, picture.height)
    return (
        picture.size <= PHOTO_BYTES
        and picture.width + picture.height <= PHOTO_SIDES
        and longest <= PHOTO_RATIO * shortest
    )


def _reply(to: Address) -> ReplyParameters | None:
    return ReplyParameters(to.reply_to, allow_sending_without_reply=True) if to.reply_to else None


def _input(file: BinaryIO, showable: Showable, number: int = 1) -> InputFile:
    picture = showable.picture
    name = f"imagine-{picture.sha256[:8]}-{number}.{picture.format}"
    return InputFile(file, filename=name, attach=True, read_file_handle=False)


@contextmanager
def _opened(picture: Showable) -> Iterator[InputFile | str]:
    """What Telegram knows is named, what it does not know is uploaded."""
    if picture.file_id:
        yield picture.file_id
        return
    with opened(picture.path) as file:
        yield _input(file, picture)
