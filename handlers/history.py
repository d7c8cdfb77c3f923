"""/history: the requester's pictures as pages of numbered thumbnails; a button with a number shows that picture."""

import re
from dataclasses import replace

from telegram import Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from core.errors import MessageGone
from core.models.callback_data import Action, CallbackData
from core.models.keyboard import Button, Keyboard
from core.models.media import Result, Showable
from core.models.request_context import RequestContext
from core.text import Verbatim, text
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import Command, button_press_of, message_of, request_of

PAGE = 6
_DATA = re.compile(r"^history:(?P<person>-?\d{1,19}):(?P<offset>\d{1,6})$")
"""Callback data of the buttons that turn pages; the offset counts pictures from the newest."""

EMPTY = text("You have no pictures yet. <code>/imagine a red fox in the snow</code> makes the first.")
EMPTY_HERE = text("You have no pictures from this chat yet.")
NOT_YOURS = text("This is another person's history. /history shows yours.")


async def history(update: Update, context: BotContext) -> None:
    """Show the first page."""
    await _show_page(context.services, request_of(message_of(update)), 0, None)


async def turn_page(update: Update, context: BotContext) -> None:
    """Replace the page by another one, for its owner only."""
    button_press, services = button_press_of(update), context.services
    match = _DATA.match(button_press.data) if button_press else None
    if not button_press or not match:
        return
    person, chat_id = int(match["person"]), button_press.chat_id
    is_of_chat = person == chat_id < 0  # its anonymous admins ordered these in the group's name
    if person != button_press.person and not (
        is_of_chat and await services.messenger.is_admin(chat_id, button_press.person)
    ):
        await services.replies.alert(button_press, NOT_YOURS)
        return
    await services.messenger.answer_callback(button_press.query_id)
    request = replace(button_press.request, requester_id=person)
    await _show_page(services, request, int(match["offset"]), button_press.message_id)


async def _show_page(services: Services, request: RequestContext, offset: int, message_id: int | None) -> None:
    """Show a page in a new message, or in the message whose page was turned."""
    to, person = request.address, request.requester_id
    chat_id = None if to.chat_id == person else to.chat_id  # a group sees only pictures that it saw before
    results, count = await services.results.history(person, chat_id, offset, PAGE)
    if not results:
        await services.replies.tell(request, EMPTY if chat_id is None else EMPTY_HERE)
        return
    path = services.blob_store.scratch()
    try:
        pictures = [services.blob_store.path(result.picture) for result in results]
        await services.image_processor.sheet(pictures, offset + 1, path)
        showable = Showable(await services.image_processor.inspect(path), path)
        words = text(
            "🗂 Your pictures, {first}–{last} of {count}. Tap a number to go on from one.",
            first=offset + 1,
            last=offset + len(results),
            count=count,
        )
        keyboard = _keyboard(results, person, offset, count)
        if message_id is None:
            await services.messenger.send_photo(to, showable, words, keyboard=keyboard)
            return
        try:
            await services.messenger.replace_with_photo(to, message_id, showable, words, keyboard=keyboard)
        except MessageGone:  # too old to be changed
            await services.messenger.send_photo(to, showable, words, keyboard=keyboard)
    finally:
        path.unlink(missing_ok=True)


def _keyboard(results: list[Result], person: int, offset: int, count: int) -> Keyboard:
    numbers = tuple(
        Button(Verbatim(str(number)), CallbackData(Action.SHOW, result.id).data)
        for number, result in enumerate(results, start=offset + 1)
    )
    turns = []
    if offset:
        turns.append(Button(Verbatim("◀"), f"history:{person}:{max(offset - PAGE, 0)}"))
    if offset + len(results) < count:
        turns.append(Button(Verbatim("▶"), f"history:{person}:{offset + PAGE}"))
    return (numbers, tuple(turns)) if turns else (numbers,)


HANDLERS: list[BotHandler] = [
    MessageHandler(Command("history") & filters.TEXT, history),
    CallbackQueryHandler(turn_page, pattern=_DATA),
]
