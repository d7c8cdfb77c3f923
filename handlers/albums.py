"""Albums arrive as one update a picture: collect the pieces, and deal with the whole when no more come."""

import structlog
from telegram import Message
from telegram.constants import ChatType

from bot.domain.errors import MessengerError, Refused
from bot.domain.exchange import AlbumPart
from bot.domain.options import parse
from bot.domain.text import text
from handlers import masks
from handlers.desk import Asked, Desk
from handlers.reading import asked, is_private, picture_of, split_command, without_mention, words_of

log = structlog.get_logger()

COMMANDS = {"imagine", "edit", "mask"}
QUIET_MS = 1_200  # siblings come within a fraction of this, but over separate deliveries
ONLY_ONE = text(
    "ℹ️ Telegram showed me only one picture of your album, as bots with privacy mode don't see the others. "
    "I use that one; in a private chat with me albums come whole."
)
TOO_LATE = text("This picture came too late to be part of its album. Send it again if it matters.")


async def add(desk: Desk, message: Message) -> None:
    """Keep one piece. Raises Refused for a piece that is no picture."""
    who = asked(message)
    part = AlbumPart(
        album_id=message.media_group_id or "",
        address=who.address,
        chat_kind=message.chat.type,
        asked_by=who.asked_by,
        source=picture_of(message),
        caption=words_of(message),
    )
    if not await desk.albums.add(part) and is_private(message):
        await desk.messenger.say(who.address, TOO_LATE)


async def close_due(desk: Desk, bot_name: str) -> None:
    """Turn every album that is complete into an order or a question."""
    for parts in await desk.albums.complete(QUIET_MS):
        first = parts[0]
        try:
            await _deal_with(desk, parts, bot_name)
        except Refused as refusal:
            await _say(desk, parts, refusal)
        except MessengerError as error:
            log.warning("an album's question could not be sent", chat=first.address.chat_id, error=str(error))
        await desk.albums.close(first.address.chat_id, first.album_id)


async def _deal_with(desk: Desk, parts: list[AlbumPart], bot_name: str) -> None:
    spoken = next((part for part in parts if part.caption), parts[0])
    address = spoken.address
    who = Asked(address, spoken.asked_by, f"album:{address.chat_id}:{spoken.album_id}")
    command = split_command(spoken.caption)
    for_us = command is not None and command[0] in COMMANDS and command[1] in {"", bot_name.lower()}
    named = None if for_us else without_mention(spoken.caption, bot_name)
    in_group = spoken.chat_kind != ChatType.PRIVATE
    if not for_us and named is None and in_group:
        return  # somebody's holiday pictures
    words = command[2] if command and for_us else spoken.caption if named is None else named
    pictures = tuple(part.source for part in parts if part.source)
    if command and for_us and command[0] == "mask":
        await masks.by_hand(desk, who, words, pictures)
    elif parse(words).prompt:
        await desk.order(who, words, pictures)
    else:
        await desk.ask(who, pictures)
    if in_group and len(parts) == 1:
        await desk.messenger.say(address, ONLY_ONE)


async def _say(desk: Desk, parts: list[AlbumPart], refusal: Refused) -> None:
    try:
        await desk.messenger.say(parts[0].address, refusal.reply)
    except MessengerError as error:
        log.warning("a refusal could not be sent", chat=parts[0].address.chat_id, error=str(error))
