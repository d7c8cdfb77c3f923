"""/history: the requester's pictures as pages of numbered thumbnails; a button with a number shows that picture."""

from dataclasses import replace

from telegram import Update
from telegram.ext import CallbackQueryHandler, filters

from core.errors import MessageGone
from core.models.history import NEWEST
from core.models.media import Incoming, Result, Showable
from core.models.request_context import RequestContext
from core.text import Text, text
from handlers.context import BotContext, BotHandler, Services
from handlers.history_pages import PAGE, PATTERN, Page, PageRequest, keyboard, read_page_request, words
from handlers.parsing import Command, OnCommand, button_press_of, message_of, request_of, rest_of

EMPTY = text("You have no pictures yet. <code>/imagine a red fox in the snow</code> makes the first.")
EMPTY_HERE = text("You have no pictures from this chat yet.")
NO_FAVORITES = text("You have no favorites yet. Send /history, tap the number of a picture, then ⭐ below it.")
NO_FAVORITES_HERE = text("You have no favorites from this chat yet.")
NOT_YOURS = text("This is another person's history. /history shows yours.")
_STARS = ("⭐", "🌟", "★", "☆")
_FAVORITES = ("fav", "favs", "favorite", "favorites", "favourite", "favourites")
"""Words that ask for favorites; a command is typed, so they are English, as its name."""


async def history(update: Update, context: BotContext) -> None:
    """Show the first page, of favorites with `/history ⭐`."""
    message = message_of(update)
    request = request_of(message)
    said = rest_of(message).casefold()
    favorites = said.startswith(_STARS) or said.strip() in _FAVORITES
    await _show_page(context.services, request, PageRequest(request.requester_id, favorites=favorites), None)


async def turn_page(update: Update, context: BotContext) -> None:
    """Replace the page by another one, for its owner only."""
    button_press, services = button_press_of(update), context.services
    wanted = read_page_request(button_press.data) if button_press else None
    if not button_press:
        return
    if wanted is None:  # made up, as the bot's own buttons follow the grammar
        await services.messenger.answer_callback(button_press.query_id)
        return
    person, chat_id = wanted.person, button_press.chat_id
    is_of_chat = person == chat_id < 0  # its anonymous admins ordered these in the group's name
    if person != button_press.person and not (
        is_of_chat and await services.messenger.is_admin(chat_id, button_press.person)
    ):
        await services.replies.alert(button_press, NOT_YOURS)
        return
    await services.messenger.answer_callback(button_press.query_id)
    await _show_page(services, replace(button_press.request, requester_id=person), wanted, button_press.message_id)


async def _show_page(services: Services, request: RequestContext, wanted: PageRequest, message_id: int | None) -> None:
    """Show a page in a new message, or in the message whose page was turned."""
    to = request.address
    page = await _page(services, to.chat_id, wanted)
    if not page.results:
        await services.replies.tell(request, _empty(wanted, to.chat_id))
        return
    has_favorites = not wanted.favorites and await services.results.has_favorites(wanted.person)
    buttons, caption = keyboard(page, wanted, has_favorites=has_favorites), words(page, wanted)
    path = services.blob_store.scratch()
    try:
        async with services.blob_store.local(*(result.picture for result in page.results)) as pictures:
            await services.image_processor.sheet(pictures, page.first, path)
        showable = Showable(await services.image_processor.inspect(Incoming(path)), path)
        if message_id is None:
            await services.messenger.send_photo(to, showable, caption, keyboard=buttons)
            return
        try:
            await services.messenger.replace_with_photo(to, message_id, showable, caption, keyboard=buttons)
        except MessageGone:  # too old to be changed
            await services.messenger.send_photo(to, showable, caption, keyboard=buttons)
    finally:
        path.unlink(missing_ok=True)


async def _page(services: Services, shown_in: int, wanted: PageRequest) -> Page:
    """Look a page up, and one result beyond it, which tells whether there is another page."""
    found = await _find(services, shown_in, wanted)
    if wanted.place.is_newer and len(found) > PAGE:
        return Page(found[-PAGE:], wanted.first, has_newer=True, has_older=True)
    is_first = wanted.place == NEWEST and not wanted.offset
    if not is_first and (wanted.place.is_newer or not found):  # the newest, also after a deletion
        wanted, is_first = PageRequest(wanted.person, favorites=wanted.favorites), True
        found = await _find(services, shown_in, wanted)
    return Page(found[:PAGE], wanted.first, not is_first, len(found) > PAGE)


async def _find(services: Services, shown_in: int, wanted: PageRequest) -> list[Result]:
    chat_id = None if shown_in == wanted.person else shown_in  # a group sees only pictures that it saw before
    if wanted.offset is not None:
        return await services.results.history_from(wanted.person, chat_id, wanted.offset, PAGE + 1)
    return await services.results.history(wanted.person, chat_id, wanted.place, PAGE + 1, favorites=wanted.favorites)


def _empty(wanted: PageRequest, chat_id: int) -> Text:
    if wanted.favorites:
        return NO_FAVORITES if chat_id == wanted.person else NO_FAVORITES_HERE
    return EMPTY if chat_id == wanted.person else EMPTY_HERE


HANDLERS: list[BotHandler] = [
    OnCommand(Command("history") & filters.TEXT, history),
    CallbackQueryHandler(turn_page, pattern=PATTERN),
]
