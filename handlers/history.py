"""/history: a person's pictures as a page of numbered thumbnails; a number shows that picture again."""

import re
from dataclasses import replace

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

from core.errors import MessageGone
from core.models.callback_data import Action, CallbackData
from core.models.keyboard import Button, Keyboard
from core.models.media import Result, Showable
from core.models.request_context import RequestContext
from core.text import Verbatim, text
from handlers.context import Services
from handlers.parsing import Command, Context, button_press_of, message_of, request_of

PAGE = 6
_DATA = re.compile(r"^history:(?P<person>-?\d{1,19}):(?P<offset>\d{1,6})$")

EMPTY = text("You have no pictures yet. <code>/imagine a red fox in the snow</code> makes the first.")
EMPTY_HERE = text("You have no pictures from this chat yet.")
NOT_YOURS = text("This is somebody else's history. /history shows yours.")


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """The command, and turning pages."""

    async def history(update: Update, _: Context) -> None:
        request = request_of(message_of(update))
        await _page(services, request, 0, None)

    async def turn(update: Update, _: Context) -> None:
        button_press = button_press_of(update)
        match = _DATA.match(button_press.data) if button_press else None
        if not button_press or not match:
            return
        person = int(match["person"])
        its_admins = person == button_press.chat_id < 0  # anonymous ones, who ordered in the group's name
        if person != button_press.person and not (
            its_admins and await services.messenger.is_admin(button_press.chat_id, button_press.person)
        ):
            await services.messenger.answer_callback(
                button_press.query_id, NOT_YOURS, button_press.language, alert=True
            )
            return
        await services.messenger.answer_callback(button_press.query_id)
        await _page(
            services, replace(button_press.request, requester_id=person), int(match["offset"]), button_press.message_id
        )

    application.add_handler(MessageHandler(Command(bot_name, "history") & filters.TEXT, history))
    application.add_handler(CallbackQueryHandler(turn, pattern=_DATA))


async def _page(services: Services, request: RequestContext, offset: int, message_id: int | None) -> None:
    """Show a page in a new message, or in the one whose page is turned."""
    to, person = request.address, request.requester_id
    chat_id = None if to.chat_id == person else to.chat_id  # in a group, only what everybody saw there
    results, count = await services.results.history(person, chat_id, offset, PAGE)
    if not results:
        await services.replies.tell(request, EMPTY if chat_id is None else EMPTY_HERE)
        return
    path = services.blob_store.scratch()
    try:
        await services.image_processor.sheet(
            [services.blob_store.path(result.picture) for result in results], offset + 1, path
        )
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
        except MessageGone:  # as it is too old to be changed
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
