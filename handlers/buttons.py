"""The buttons under results and placeholders. None of them ever dies: what it is about is looked up when it is pressed,
and what is no more is said."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler

from core.errors import NotShowable, PictureGone, Refused
from core.models.callback_data import Action, CallbackData, read_callback_data
from core.models.job import Job, PictureId
from core.models.media import Result, Showable
from core.models.request_context import RequestContext
from core.runtime.noting import noted
from core.services.keyboards import SHAPES, pick, shapes, sure
from core.services.orders import OnStored
from core.services.placeholder import CALLED_OFF, MUTED, caption
from core.services.questions import LEAVE_QUESTION
from core.text import Renderable, text
from handlers import masks
from handlers.cancel import NOT_YOURS, TOO_LATE
from handlers.context import Services
from handlers.parsing import ButtonPress, Context, button_press_of

_VARIATIONS = 4

GONE = text("🗑 This picture was deleted or is too old, so I don't have it any more.")
SOURCE_GONE = text(
    "🗑 The picture this was made from was deleted or is too old, so I can't make it again. Nothing was charged."
)
OUTDATED = text("This button is from an older message and does nothing any more.")
NOT_YOUR_MONEY = text("Only whoever asked for this can say yes to its price.")
NOT_DELETED = text("Telegram does not let me delete this message any more; you can still delete it yourself.")

Deed = Callable[[Services, ButtonPress, CallbackData, Result], Awaitable[None]]
OrderDeed = Callable[[Services, ButtonPress, CallbackData, Result, OnStored], Awaitable[None]]


def register(application: Application, services: Services, _: str) -> None:  # type: ignore[type-arg]
    """One handler for all of them, one for the button under questions, and one for whatever nobody knows."""

    async def pressed(update: Update, _: Context) -> None:
        button_press = button_press_of(update)
        callback_data = read_callback_data(button_press.data) if button_press else None
        if button_press and (callback_data is None or not await _do(services, button_press, callback_data)):
            await _answer(services, button_press, OUTDATED)

    async def leave_question(update: Update, _: Context) -> None:
        button_press = button_press_of(update)
        if not button_press:
            return
        question = await services.questions.addressed_in(button_press.request, button_press.message_id)
        if question:
            await services.messenger.answer_callback(button_press.query_id)
            await services.questions.drop(question)
            try:
                await services.messenger.delete_message(button_press.chat_id, button_press.message_id)
            except NotShowable:  # after two days a message stays
                await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, ())
        else:
            await _answer(services, button_press, OUTDATED)

    application.add_handler(CallbackQueryHandler(leave_question, pattern=f"^{LEAVE_QUESTION}$"))
    application.add_handler(CallbackQueryHandler(pressed))


async def _do(services: Services, button_press: ButtonPress, callback_data: CallbackData) -> bool:
    """Do it, or say why not; False for what there never was."""
    if callback_data.action in masks.ACTIONS:
        await masks.pressed(services, button_press, callback_data)
        return True
    job = await services.jobs.get(callback_data.about.job_id)
    if job is None:
        return False
    if not await services.permissions.may_manage(
        button_press.person, button_press.chat_id, job.requester_id, job.address.chat_id
    ):
        await _answer(services, button_press, NOT_YOURS)
    elif callback_data.action is Action.STOP:
        await _stop(services, button_press, job)
    elif (
        callback_data.action is Action.YES and button_press.person != job.requester_id and job.requester_id > 0
    ):  # names press nothing, admins do
        await _answer(services, button_press, NOT_YOUR_MONEY)
    elif callback_data.action is Action.YES:
        async with services.replies.pressing(button_press.query_id, button_press.language):
            if not await services.orders.confirm(job):
                raise Refused(OUTDATED)
    elif callback_data.action is Action.AGAIN:
        async with services.replies.pressing(button_press.query_id, button_press.language) as on_stored:
            await _again(services, button_press, callback_data, job, on_stored)
    elif callback_data.action is Action.PICK:
        await services.messenger.answer_callback(button_press.query_id)
        await services.messenger.edit_keyboard(
            button_press.request.address, button_press.message_id, pick(job.id, await _left(services, job))
        )
    else:
        await _do_with_result(services, button_press, callback_data)
    return True


async def _do_with_result(services: Services, button_press: ButtonPress, callback_data: CallbackData) -> None:
    result = await services.results.get(callback_data.about)
    if result is None or result.is_deleted:
        await _answer(services, button_press, GONE)
    elif callback_data.action in _ORDERS:
        async with services.replies.pressing(button_press.query_id, button_press.language) as on_stored:
            await _ORDERS[callback_data.action](services, button_press, callback_data, result, on_stored)
    else:
        await services.messenger.answer_callback(button_press.query_id)
        await _DEEDS[callback_data.action](services, button_press, callback_data, result)


async def _answer(services: Services, button_press: ButtonPress, words: Renderable) -> None:
    await services.messenger.answer_callback(button_press.query_id, words, button_press.language, alert=True)


def _about(button_press: ButtonPress, job: Job) -> RequestContext:
    """An order that a button makes; in the job's own chat it stays in the job's topic."""
    request = button_press.request
    if button_press.chat_id == job.address.chat_id and not button_press.knows_topic:
        return replace(request, address=replace(request.address, thread_id=job.address.thread_id))
    return request


async def _again(
    services: Services, button_press: ButtonPress, callback_data: CallbackData, job: Job, on_stored: OnStored
) -> None:
    """Order the very same; what it is made from must still be there, as nobody wants another edit in its place."""
    sources = [*job.request.pictures, *([job.request.mask] if job.request.mask else [])]
    if any(source.stored and not services.blob_store.has(source.stored) for source in sources):
        raise Refused(SOURCE_GONE)
    await services.orders.order_request(
        _about(button_press, job), job.request, job.parent, callback_data.data, on_stored
    )


async def _stop(services: Services, button_press: ButtonPress, job: Job) -> None:
    if await services.results.stopped_by(button_press.request.idempotency_key):  # handled again after a crash
        await services.messenger.answer_callback(button_press.query_id)
        await services.placeholder.called_off(job, MUTED if job.suppressed else CALLED_OFF)
        return
    words = await services.orders.cancel(job, button_press.request.idempotency_key)
    if words is None:
        await _answer(services, button_press, TOO_LATE)
        return
    await services.messenger.answer_callback(button_press.query_id)
    await services.placeholder.called_off(job, words)


async def _vary(
    services: Services, button_press: ButtonPress, callback_data: CallbackData, result: Result, on_stored: OnStored
) -> None:
    image_request = replace(
        result.job.request, pictures=(result.source,), mask=None, variants=_VARIATIONS, size=None, wished=None
    )
    await services.orders.order_request(
        _about(button_press, result.job), image_request, result.id, callback_data.data, on_stored
    )


async def _size(
    services: Services, button_press: ButtonPress, callback_data: CallbackData, result: Result, on_stored: OnStored
) -> None:
    size = SHAPES.get(callback_data.argument)
    if size is None:
        return
    image_request = replace(
        result.job.request, pictures=(result.source,), mask=None, variants=1, size=size, wished=None
    )
    await services.orders.order_request(
        _about(button_press, result.job), image_request, result.id, callback_data.data, on_stored
    )
    await _menu(services, button_press, callback_data, result)


async def _edit(
    services: Services, button_press: ButtonPress, _: CallbackData, result: Result, on_stored: OnStored
) -> None:
    await services.questions.ask(
        _about(button_press, result.job), (result.source,), parent=result.id, on_stored=on_stored
    )


async def _mask(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    await services.messenger.send_text(_about(button_press, result.job).address, masks.HOW_TO)


async def _sizes(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, shapes(result.id))


async def _sure(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, sure(result.id))


async def _menu(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    """The message of a single picture carries its buttons; an album's stand under its words, and lead back there."""
    shown_here = await services.results.by_message(button_press.chat_id, button_press.message_id)
    keyboard = services.keyboards.result(result.job, result.position, button_press.chat_id, of_many=shown_here is None)
    await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, keyboard)


async def _left(services: Services, job: Job) -> list[int]:
    found = [await services.results.get(PictureId(job.id, position)) for position in range(len(job.result_urls))]
    return [result.position for result in found if result and not result.is_deleted]


async def _file(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    """The bytes as they were made; Telegram makes photos smaller."""
    if not services.blob_store.has(result.picture):
        raise PictureGone
    showable = Showable(result.picture, services.blob_store.path(result.picture))
    await services.messenger.send_photo(
        _about(button_press, result.job).address, showable, caption(result.job, 1), as_file=True
    )


async def _delete(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    messages = await services.results.messages(result.id, button_press.chat_id)
    try:
        for message_id in messages:
            await services.messenger.delete_message(button_press.chat_id, message_id)
    except NotShowable:  # too old for Telegram; our bytes go all the same
        await services.messenger.send_text(_about(button_press, result.job).address, NOT_DELETED)
    await services.results.delete(result.id, button_press.chat_id)
    if button_press.message_id not in messages:
        await _after_delete(services, button_press, result.job)


async def _after_delete(services: Services, button_press: ButtonPress, job: Job) -> None:
    """The words of an album outlive its pictures until the last is gone."""
    left = await _left(services, job)
    if left:
        await services.messenger.edit_keyboard(
            button_press.request.address, button_press.message_id, pick(job.id, left)
        )
    else:
        await services.messenger.delete_message(button_press.chat_id, button_press.message_id)


async def _parent(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    parent = await services.results.get(result.job.parent) if result.job.parent else None
    if parent is None or parent.is_deleted:
        raise PictureGone
    await show(services, button_press, parent)


async def _shown(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    await show(services, button_press, result)


async def show(services: Services, button_press: ButtonPress, result: Result) -> None:
    """Show a result again, with its buttons: by what Telegram calls it, else from our bytes. Raises Refused."""
    to = _about(button_press, result.job).address
    held = services.blob_store.has(result.picture)
    if not held and not result.file_id:
        raise PictureGone
    showable = Showable(result.picture, services.blob_store.path(result.picture), result.file_id)
    keyboard = services.keyboards.result(result.job, result.position, button_press.chat_id)
    words, as_file = caption(result.job, result.job.request.variants), result.job.request.as_file
    shown = await services.messenger.send_photo(to, showable, words, keyboard=keyboard, as_file=as_file)
    await noted(services.results.shown_again, result.id, button_press.chat_id, shown, about=result.job.id)


async def _prompt(services: Services, button_press: ButtonPress, _: CallbackData, result: Result) -> None:
    prompt = result.job.request.prompt
    words = text("<code>{prompt}</code>", prompt=prompt) if prompt else text("This picture was made without words.")
    await services.messenger.send_text(_about(button_press, result.job).address, words)


_ORDERS: dict[Action, OrderDeed] = {Action.VARY: _vary, Action.SIZE: _size, Action.EDIT: _edit}
"""What may be refused to whoever presses it; the others are answered before they are done, as they may take a while."""

_DEEDS: dict[Action, Deed] = {
    Action.MASK: _mask,
    Action.SIZES: _sizes,
    Action.DELETE: _sure,
    Action.REALLY_DELETE: _delete,
    Action.MENU: _menu,
    Action.FILE: _file,
    Action.PARENT: _parent,
    Action.SHOW: _shown,
    Action.PROMPT: _prompt,
}
