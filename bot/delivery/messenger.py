"""Telegram's sending side behind the Messenger port: here words become HTML, and Telegram's errors become ours."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    WebAppInfo,
)
from telegram.constants import ChatMemberStatus, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.delivery.budget import Budget, Priority
from bot.delivery.http import AiohttpRequest, NotOpened
from bot.delivery.language import Language, language, plain
from bot.domain.errors import (
    ChatGone,
    ChatMoved,
    MessageGone,
    MessengerDown,
    MessengerError,
    NotConnected,
    NotShowable,
    TopicGone,
)
from bot.domain.exchange import Button, Keyboard, Showable, Shown
from bot.domain.job import Address
from bot.domain.text import Words

PHOTO_BYTES = 10_000_000
PHOTO_SIDES = 10_000  # width + height
PHOTO_RATIO = 20
_HTML = ParseMode.HTML
_ALERT_CHARACTERS = 200
_STANDING_S = 60.0
_STANDINGS_KNOWN = 10_000
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class _Unchanged(MessengerError):
    """The message already is what it was to become, which is as good as done."""


class TelegramMessenger:
    """See bot.domain.ports.Messenger."""

    def __init__(self, bot: ExtBot[Priority], request: AiohttpRequest, budget: Budget) -> None:
        self._bot = bot
        self._request = request
        self._budget = budget
        self._standings: dict[tuple[int, int], tuple[str, float]] = {}

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
        with _translated():
            message = await self._bot.send_message(
                to.chat_id,
                language(to.language).render(words),
                parse_mode=_HTML,
                message_thread_id=to.thread_id,
                reply_parameters=_reply(to),
                reply_markup=_markup(to, keyboard),
                link_preview_options=_NO_PREVIEW,
                rate_limit_args=priority,
                api_kwargs=more,
            )
        return message.message_id

    def crowded(self, chat_id: int) -> bool:
        """Ask the budget."""
        return self._budget.crowded(chat_id)

    async def nod(self, to: Address, emoji: str | None) -> None:
        """React to the message that asked; a group may have switched that off."""
        if to.reply_to:
            with _translated():
                await self._bot.set_message_reaction(to.chat_id, to.reply_to, emoji)

    async def send(
        self, to: Address, picture: Showable, caption: Words, *, keyboard: Keyboard = (), as_file: bool = False
    ) -> Shown:
        """Send a photo, or a document where that is wanted or Telegram would not take it as a photo."""
        html = language(to.language).render(caption)
        method = self._bot.send_document if as_file or not fits_photo(picture) else self._bot.send_photo
        with _translated(), _opened(picture) as content:
            message = await method(
                to.chat_id,
                content,
                caption=html,
                parse_mode=_HTML,
                message_thread_id=to.thread_id,
                reply_parameters=_reply(to),
                reply_markup=_markup(to, keyboard),
                rate_limit_args=Priority.RESULT,
            )
        return _shown(message)

    async def edit(
        self, to: Address, message_id: int, words: Words, *, keyboard: Keyboard = (), progress: bool = False
    ) -> None:
        """Change a message's words; that it says so already is fine."""
        with suppress(_Unchanged), _translated():
            await self._bot.edit_message_text(
                language(to.language).render(words),
                to.chat_id,
                message_id,
                parse_mode=_HTML,
                reply_markup=_markup(to, keyboard),
                link_preview_options=_NO_PREVIEW,
                rate_limit_args=Priority.PROGRESS if progress else Priority.RESULT,
            )

    async def rekey(self, to: Address, message_id: int, keyboard: Keyboard) -> None:
        """Change a message's buttons; that it has them already is fine."""
        with suppress(_Unchanged), _translated():
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
        kind = InputMediaDocument if as_file or not fits_photo(picture) else InputMediaPhoto
        try:
            with _translated(), _opened(picture) as content:
                media = kind(content, caption=html, parse_mode=_HTML)
                answer = await self._bot.edit_message_media(
                    media,
                    to.chat_id,
                    message_id,
                    reply_markup=_markup(to, keyboard),
                    rate_limit_args=Priority.RESULT,
                )
        except _Unchanged:
            return Shown(message_id, None, None)
        return _shown(answer) if isinstance(answer, Message) else Shown(message_id, None, None)

    async def album(self, to: Address, pictures: Sequence[Showable], *, as_file: bool = False) -> list[Shown]:
        """Send an album; one that holds a picture too large for a photo goes as documents, as kinds do not mix."""
        kind = InputMediaPhoto if all(map(fits_photo, pictures)) and not as_file else InputMediaDocument
        with _translated(), ExitStack() as stack:
            files = [stack.enter_context(picture.path.open("rb")) for picture in pictures]
            media = [
                kind(_input(file, picture, number))
                for number, (file, picture) in enumerate(zip(files, pictures, strict=True), start=1)
            ]
            messages = await self._bot.send_media_group(
                to.chat_id,
                media,
                message_thread_id=to.thread_id,
                reply_parameters=_reply(to),
                rate_limit_args=Priority.RESULT,
            )
        return [_shown(message) for message in messages]

    async def remove(self, chat_id: int, message_id: int) -> None:
        """Delete a message; that somebody did so before is fine."""
        with suppress(MessageGone), _translated():
            await self._bot.delete_message(chat_id, message_id)

    async def acknowledge(
        self, button_press: str, words: Words | None = None, in_language: str = "en", *, alert: bool = False
    ) -> None:
        """Answer a pressed button; one that is too old to be answered needs none."""
        said = plain(language(in_language).render(words))[:_ALERT_CHARACTERS] if words else None
        with suppress(MessageGone), _translated():
            await self._bot.answer_callback_query(button_press, said, show_alert=alert)

    async def is_admin(self, chat_id: int, person: int) -> bool:
        """Ask Telegram. A channel is none, and the group itself is all of them."""
        if person < 0:
            return person == chat_id
        return await self._standing(chat_id, person) in {ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}

    async def is_outside(self, chat_id: int, person: int) -> bool:
        """Ask Telegram."""
        return await self._standing(chat_id, person) in {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}

    def changed(self, chat_id: int, person: int) -> None:
        """Ask again the next time."""
        self._standings.pop((chat_id, person), None)

    async def _standing(self, chat_id: int, person: int) -> str:
        """What somebody is in a chat, asked at most once a minute; nothing where the bot may not know."""
        now = asyncio.get_running_loop().time()
        known = self._standings.get((chat_id, person))
        if known and known[1] > now:
            return known[0]
        try:
            with _translated():
                status = (await self._bot.get_chat_member(chat_id, person)).status
        except NotShowable:
            status = ""
        if len(self._standings) > _STANDINGS_KNOWN:
            self._standings.clear()
        self._standings[chat_id, person] = (status, now + _STANDING_S)
        return status

    async def fetch(self, file_id: str, into: Path, limit: int) -> None:
        """Download what people sent. The link has the token in it and goes no further than this function."""
        with _translated():
            file = await self._bot.get_file(file_id)
            await self._request.download(file.file_path or "", into, limit)


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
    with picture.path.open("rb") as file:
        yield _input(file, picture)


def _shown(message: Message) -> Shown:
    if message.photo:
        largest = message.photo[-1]
        return Shown(message.message_id, largest.file_id, largest.file_unique_id)
    if message.document:
        return Shown(message.message_id, message.document.file_id, message.document.file_unique_id)
    return Shown(message.message_id, None, None)


@contextmanager
def _translated() -> Iterator[None]:
    """Let no foreign error through, and none that could show the token."""
    try:
        yield
    except ChatMigrated as error:
        raise ChatMoved(error.new_chat_id) from None
    except Forbidden as error:
        raise ChatGone(error.message) from None
    except BadRequest as error:
        if "message is not modified" in error.message.lower():
            raise _Unchanged(error.message) from None
        raise _refusal(error.message) from None
    except RetryAfter as error:
        raise MessengerDown(f"flood control: {error.message}") from None
    except NotOpened as error:
        raise NotConnected(error.message) from None
    except NetworkError as error:
        raise MessengerDown(error.message) from None
    except TelegramError as error:
        raise MessengerError(error.message) from None


def _refusal(message: str) -> MessengerError:
    words = message.lower()
    if any(phrase in words for phrase in ("topic_deleted", "topic_closed", "message thread not found")):
        return TopicGone(message)
    if "not enough rights to send" in words and "text messages" not in words:
        return NotShowable(message)  # pictures are not permitted there, words may be
    gone = ("chat not found", "chat_write_forbidden", "not enough rights", "user is deactivated", "have no rights")
    if any(phrase in words for phrase in gone):
        return ChatGone(message)
    lost = ("message to edit not found", "message can't be edited", "message to delete not found", "query is too old",
            "query_id_invalid", "query id is invalid")  # fmt: skip
    if any(phrase in words for phrase in lost):
        return MessageGone(message)
    return NotShowable(message)
