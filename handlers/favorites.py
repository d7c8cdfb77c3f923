"""⭐ under a picture that was shown again: the requester's favorites, listed by /history ⭐.

Callback data: `star:<job>:<position>:on` and `…:off`. It names the new state, so a second press of the same
button changes nothing. Favorites are deleted with their pictures, after RETENTION_DAYS.
"""

import re

from telegram import Update
from telegram.ext import CallbackQueryHandler

from core.errors import PictureGone
from core.models.job import Job, PictureId
from core.models.keyboard import Button, Keyboard
from core.text import text
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import ButtonPress, button_press_of

_DATA = re.compile(r"^star:(?P<job>[0-9a-f]{12}):(?P<position>[0-9]):(?P<to>on|off)$")

ADD = text("⭐ Add to favorites")
REMOVE = text("☆ Remove from favorites")
ADDED = text("⭐ It's a favorite now. /history ⭐ shows them all.")
REMOVED = text("☆ It isn't a favorite anymore. The picture stays in /history.")
NOT_YOURS = text("This picture is in another person's history, so only they can make it a favorite.")


async def with_favorite(services: Services, job: Job, position: int, chat_id: int) -> Keyboard:
    """Return the keyboard of a result that is shown again: the usual buttons, and a row with ⭐."""
    about = PictureId(job.id, position)
    is_favorite = await services.results.is_favorite(about)
    data = f"star:{job.id}:{position}:{'off' if is_favorite else 'on'}"
    usual = services.keyboards.result(job, position, chat_id)
    return (*usual, (Button(REMOVE if is_favorite else ADD, data),))


async def pressed(update: Update, context: BotContext) -> None:
    """Make the picture a favorite or end that, for its requester only, and change the button."""
    button_press, services = button_press_of(update), context.services
    match = _DATA.match(button_press.data) if button_press else None
    if not button_press or not match:
        return
    picture = PictureId(match["job"], int(match["position"]))
    result = await services.results.get(picture)
    if result is None or result.is_deleted:
        await services.replies.alert(button_press, PictureGone().reply)
        return
    if not await _is_owner(services, button_press, result.job):
        await services.replies.alert(button_press, NOT_YOURS)
        return
    is_favorite = match["to"] == "on"
    await services.results.mark_favorite(picture, is_favorite=is_favorite)
    words = ADDED if is_favorite else REMOVED
    await services.messenger.answer_callback(button_press.query_id, words, button_press.language)
    keyboard = await with_favorite(services, result.job, result.position, button_press.chat_id)
    await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, keyboard)


async def _is_owner(services: Services, button_press: ButtonPress, job: Job) -> bool:
    if job.requester_id == button_press.person:
        return True
    is_of_chat = job.requester_id == button_press.chat_id < 0  # anonymous admins order in the group's name
    return is_of_chat and await services.messenger.is_admin(button_press.chat_id, button_press.person)


HANDLERS: list[BotHandler] = [CallbackQueryHandler(pressed, pattern=_DATA)]
