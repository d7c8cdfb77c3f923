"""Albums: Telegram sends one update for each picture, so pieces are collected until no more come."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import MessageHandler, filters

from core.errors import (
    ChatGone,
    ChatMoved,
    FileNotReady,
    Ignored,
    MessengerDown,
    MessengerError,
    Refused,
    StorageError,
)
from core.models.job import Destination
from core.models.prompt_options import parse
from core.models.request_context import RequestContext
from core.models.updates import AlbumPart
from core.text import text
from handlers import masks, tools
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import (
    Album,
    is_order,
    is_private,
    message_of,
    picture_of,
    request_of,
    split_command,
    without_mention,
    words_of,
)
from handlers.refusals import LATE, explained

log = structlog.get_logger()

COMMANDS = {"imagine", "edit", "mask", *tools.COMMANDS}
ONLY_ONE = text(
    "ℹ️ Telegram showed me only one picture of your album, as bots with privacy mode don't see the others. "
    "I use that one; in a private chat with me albums come whole."
)
SORRY = text("😕 Something went wrong with your album on my side; please send it again.")
TOO_LATE = text("This picture came too late to be part of its album. Send it again if it matters.")


async def piece(update: Update, context: BotContext) -> None:
    """Store a piece of an album that is or may be an order. Raises Refused for a piece that isn't a picture."""
    message, services = message_of(update), context.services
    for_us = is_order(message) and _is_for_us(words_of(message), context.bot.username)
    if is_private(message) or for_us:
        await _add(services, message)
    elif is_order(message):
        # Without privacy mode the bot also gets the pieces without a caption. Whether they belong to an order is known
        # once the album is complete, so until then the bot says nothing about any of them.
        with suppress(Refused):
            await _add(services, message)


def _is_for_us(words: str, bot_name: str) -> bool:
    if split_command(words):
        return _command(words, bot_name) is not None
    return without_mention(words, bot_name) is not None


def _command(words: str, bot_name: str) -> tuple[str, str] | None:
    """Return the name of a command for the bot that albums can have, and the words behind it; None without one."""
    command = split_command(words)
    for_us = command is not None and command[0] in COMMANDS and command[1] in {"", bot_name.lower()}
    return (command[0], command[2]) if command and for_us else None


async def _add(services: Services, message: Message) -> None:
    """Store one piece. Raises Refused for a piece that isn't a picture."""
    request = request_of(message)
    part = AlbumPart(
        album_id=message.media_group_id or "",
        address=request.address,
        chat_kind=message.chat.type,
        requester_id=request.requester_id,
        source=picture_of(message),
        caption=words_of(message),
        said_at=request.said_at,
    )
    if not await services.albums.add(part) and is_private(message):
        await services.messenger.send_text(request.address, TOO_LATE)


async def due(services: Services, is_catching_up: Callable[[], bool], limit: int) -> list[list[AlbumPart]]:
    """Return complete albums; none while a refused update is to come again, as it may be a piece."""
    if is_catching_up():
        return []
    return (await services.albums.complete(services.timing.album_quiet_ms))[:limit]


async def close(services: Services, bot_name: str, parts: list[AlbumPart]) -> None:
    """Turn a complete album into an order or a question, and say so if a part came too late meanwhile."""
    if await _is_handled(services, parts, bot_name):
        for late in await services.albums.close(parts):
            if late.chat_kind == ChatType.PRIVATE:
                await _try_to_send(services.messenger.send_text(late.address, TOO_LATE), late.address)


async def _is_handled(services: Services, parts: list[AlbumPart], bot_name: str) -> bool:
    """Handle an album; return False if it has to be tried again."""
    to, album_id = parts[0].address, parts[0].album_id
    try:
        await _handle(services, parts, bot_name)
    except Ignored:
        pass
    except Refused as refusal:
        await _try_to_send(
            services.replies.tell(RequestContext(to, parts[0].requester_id, "", parts[0].said_at), refusal.reply), to
        )
    except StorageError:
        raise
    except ChatMoved as error:
        await services.chats.moved(to.chat_id, error.chat_id)  # the album moves along
        return False
    except ChatGone as error:
        log.info("album_chat_gone", chat=to.chat_id, album=album_id, error=str(error))
    except MessengerError as error:
        return await _is_given_up(services, to, album_id, error)
    except Exception:  # the album would come up again and again
        log.exception("album_failed", chat=to.chat_id, album=album_id)
        await _try_to_send(services.messenger.send_text(to, SORRY), to)
    return True


async def _is_given_up(services: Services, to: Destination, album_id: str, error: MessengerError) -> bool:
    """Return False if another try may help; otherwise tell the requester that the bot gave up, and return True."""
    tries, timing = 0, services.timing
    if isinstance(error, MessengerDown):
        tries = await services.albums.retry(to.chat_id, album_id, timing.album_again_ms, timing.album_rarely_ms)
        log.warning("album_postponed", chat=to.chat_id, album=album_id, tries=tries, error=str(error))
        if tries <= (timing.album_fetches if isinstance(error, FileNotReady) else timing.album_tries):
            return False
    log.error("album_answer_abandoned", chat=to.chat_id, album=album_id, error=str(error))
    try:
        await services.messenger.send_text(to, explained(error) or (LATE if tries > timing.album_fetches else SORRY))
    except MessengerDown as down:
        log.warning("album_answer_failed", chat=to.chat_id, error=str(down))
        return tries > timing.album_apology_tries
    except MessengerError as refusal:
        log.warning("album_answer_failed", chat=to.chat_id, error=str(refusal))
    return True


async def _handle(services: Services, parts: list[AlbumPart], bot_name: str) -> None:
    spoken = next((part for part in parts if part.caption), parts[0])
    address = spoken.address
    request = RequestContext(address, spoken.requester_id, f"album:{address.chat_id}:{spoken.album_id}")
    in_group = spoken.chat_kind != ChatType.PRIVATE
    if in_group and not _is_for_us(spoken.caption, bot_name):
        return  # not meant for the bot
    name, words = _command(spoken.caption, bot_name) or ("", without_mention(spoken.caption, bot_name))
    if words is None:
        words = spoken.caption
    pictures = tuple(part.source for part in parts if part.source)
    if name == "mask":
        await masks.by_hand(services, request, words, pictures)
    elif name in tools.COMMANDS:
        await tools.of_album(services, request, name, words, pictures)
    elif parse(words).prompt:
        await services.orders.order(request, words, pictures)
    else:
        await services.questions.ask(request, pictures)
    if in_group and len(parts) == 1:
        await services.messenger.send_text(address, ONLY_ONE)


async def _try_to_send(answering: Awaitable[object], to: Destination) -> None:
    try:
        await answering
    except MessengerError as error:
        log.warning("album_answer_failed", chat=to.chat_id, error=str(error))


HANDLERS: list[BotHandler] = [
    MessageHandler((filters.ChatType.PRIVATE | filters.ChatType.GROUPS) & Album(), piece),
]
