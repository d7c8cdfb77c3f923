"""The buttons under results and placeholders.

Old buttons go on working: each press looks up its subject, and is answered with words if that is gone.
"""

from dataclasses import replace

from telegram import Update
from telegram.ext import CallbackQueryHandler

from core.errors import Failure, Ignored, NotShowable, Refused
from core.models.callback_data import Action, CallbackData, read_callback_data
from core.models.job import Job, PictureId
from core.services.keyboards import pick
from core.services.orders import OnStored
from core.services.placeholder import CANCELED, SUPPRESSED
from core.services.questions import LEAVE_QUESTION
from core.text import text
from handlers import masks
from handlers.cancel import NOT_YOURS
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import ButtonPress, button_press_of
from handlers.result_actions import (
    ACTIONS,
    DELETED,
    DELETING_ACTIONS,
    ORDERING_ACTIONS,
    PressedResult,
    check_sources,
    positions_left,
    request_about,
)

GONE = text("🗑 I no longer have this picture: it was deleted or is too old.")
OUTDATED = text("This button is from an older message and does nothing anymore.")
_MANAGERS_ONLY = {Action.STOP, Action.YES, Action.JUST, Action.REWORD, Action.DELETE, Action.REALLY_DELETE}
NOT_YOUR_MONEY = text("Only the person who asked for this can say yes to it.")


async def pressed(update: Update, context: BotContext) -> None:
    """Handle every button that no other handler knows."""
    button_press, services = button_press_of(update), context.services
    callback_data = read_callback_data(button_press.data) if button_press else None
    if button_press and (callback_data is None or not await _handle(services, button_press, callback_data)):
        await services.replies.alert(button_press, OUTDATED)


async def leave_question(update: Update, context: BotContext) -> None:
    """Cancel the question that the pressed button stands under, for the person who was asked."""
    button_press, services = button_press_of(update), context.services
    if not button_press:
        return
    question = await services.questions.addressed_in(button_press.request, button_press.message_id)
    if question is None:
        await services.replies.alert(button_press, OUTDATED)
        return
    await services.messenger.answer_callback(button_press.query_id)
    await services.questions.drop(question)
    try:
        await services.messenger.delete_message(button_press.chat_id, button_press.message_id)
    except NotShowable:  # Telegram lets the bot delete a message for two days
        await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, ())


async def _handle(services: Services, button_press: ButtonPress, callback_data: CallbackData) -> bool:
    """Perform the action of the button, or say why not; return False if its job is unknown."""
    if callback_data.action in masks.ACTIONS:
        await masks.preview_pressed(services, button_press, callback_data)
        return True
    job = await services.jobs.get(callback_data.about.job_id)
    if job is None:
        return False
    if await _may_press(services, button_press, callback_data, job):
        await _act(services, button_press, callback_data, job)
    return True


async def _may_press(services: Services, button_press: ButtonPress, callback_data: CallbackData, job: Job) -> bool:
    """Return whether the button works for the person who pressed it; tell them if it doesn't.

    The requester and the group's admins may press every button, other members those that order at their own expense.
    """
    person, chat_id, home_chat_id = button_press.person, button_press.chat_id, job.address.chat_id
    if await services.permissions.may_manage(person, chat_id, job.requester_id, home_chat_id):
        return True
    try:
        if callback_data.action not in _MANAGERS_ONLY:
            is_shown = bool(await services.results.messages(callback_data.about, chat_id))
            if await services.permissions.may_use_result(button_press.request, home_chat_id, is_shown=is_shown):
                return True
        await services.replies.alert(button_press, NOT_YOURS)
    except Refused as refusal:
        await services.replies.alert(button_press, refusal.reply)
    except Ignored:
        await services.messenger.answer_callback(button_press.query_id)
    return False


async def _act(services: Services, button_press: ButtonPress, callback_data: CallbackData, job: Job) -> None:
    match callback_data.action:
        case Action.STOP:
            await _stop(services, button_press, job)
        case Action.YES | Action.JUST if button_press.person != job.requester_id > 0:  # a channel's by an admin
            await services.replies.alert(button_press, NOT_YOUR_MONEY)
        case Action.YES | Action.JUST:
            async with services.replies.answering(button_press):
                await _confirm(services, callback_data, job)
        case Action.AGAIN | Action.REWORD:
            order = _again if callback_data.action is Action.AGAIN else _reword
            async with services.replies.answering(button_press) as answer:
                await order(services, button_press, callback_data, job, answer)
        case Action.PICK:
            await services.messenger.answer_callback(button_press.query_id)
            keyboard = pick(job.id, await positions_left(services, job))
            await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, keyboard)
        case _:
            await _handle_result(services, button_press, callback_data)


async def _handle_result(services: Services, button_press: ButtonPress, callback_data: CallbackData) -> None:
    result = await services.results.get(callback_data.about)
    if result is None or result.is_deleted:
        await services.replies.alert(button_press, GONE)
        return
    pressed_result = PressedResult(services, button_press, callback_data, result)
    if callback_data.action in ORDERING_ACTIONS:
        async with services.replies.answering(button_press) as answer:
            await ORDERING_ACTIONS[callback_data.action](pressed_result, answer)
    elif callback_data.action in DELETING_ACTIONS:
        async with services.replies.answering(button_press, DELETED):
            await DELETING_ACTIONS[callback_data.action](pressed_result)
    else:
        await services.messenger.answer_callback(button_press.query_id)
        await ACTIONS[callback_data.action](pressed_result)


async def _confirm(services: Services, callback_data: CallbackData, job: Job) -> None:
    """Order the pictures that were offered, or just one. Raises Refused."""
    if not await services.orders.confirm(job, 1 if callback_data.action is Action.JUST else None):
        raise Refused(OUTDATED)


async def _again(
    services: Services, button_press: ButtonPress, callback_data: CallbackData, job: Job, on_stored: OnStored
) -> None:
    """Order the same again. Raises Refused if one of its pictures is gone, as the result would be another edit."""
    await check_sources(services, job)
    request = request_about(button_press, job)
    await services.orders.order_request(request, job.request, job.parent, callback_data.data, on_stored)


async def _reword(
    services: Services, button_press: ButtonPress, _: CallbackData, job: Job, on_stored: OnStored
) -> None:
    """Ask for other words for a job that the content policy refused. Raises Refused."""
    if job.failure is not Failure.POLICY:
        raise Refused(OUTDATED)
    await check_sources(services, job)
    request = request_about(button_press, job)
    if button_press.person == job.requester_id and button_press.chat_id == job.address.chat_id:
        # In a group, Telegram opens the input field of the person whose message is replied to.
        request = replace(request, address=replace(request.address, reply_to=job.address.reply_to))
    about = PictureId(job.id, 0)
    await services.questions.ask(request, job.request.pictures, parent=about, on_stored=on_stored)


async def _stop(services: Services, button_press: ButtonPress, job: Job) -> None:
    idempotency_key = button_press.request.idempotency_key
    is_done = await services.results.stopped_by(idempotency_key) is not None  # handled again after a crash
    async with services.replies.answering(button_press):
        if not is_done:
            await services.orders.cancel(job, idempotency_key)
            is_done = True
    if is_done:
        await services.placeholder.canceled(job, SUPPRESSED if job.suppressed else CANCELED)


HANDLERS: list[BotHandler] = [
    CallbackQueryHandler(leave_question, pattern=f"^{LEAVE_QUESTION}$"),
    CallbackQueryHandler(pressed),
]
