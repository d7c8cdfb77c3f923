"""The buttons under results and placeholders. None of them ever dies: what it is about is looked up when it is pressed,
and what is no more is said."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler

from core.errors import NotShowable, PictureGone, Refused
from core.models.callback_data import Action, CallbackData, read_press
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
from handlers.parsing import ButtonPress, Context, tap_of

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
        tap = tap_of(update)
        press = read_press(tap.data) if tap else None
        if tap and (press is None or not await _do(services, tap, press)):
            await _answer(services, tap, OUTDATED)

    async def leave_question(update: Update, _: Context) -> None:
        tap = tap_of(update)
        if not tap:
            return
        question = await services.questions.addressed_in(tap.asked, tap.message_id)
        if question:
            await services.messenger.answer_callback(tap.query_id)
            await services.questions.drop(question)
            try:
                await services.messenger.delete_message(tap.chat_id, tap.message_id)
            except NotShowable:  # after two days a message stays
                await services.messenger.edit_keyboard(tap.asked.address, tap.message_id, ())
        else:
            await _answer(services, tap, OUTDATED)

    application.add_handler(CallbackQueryHandler(leave_question, pattern=f"^{LEAVE_QUESTION}$"))
    application.add_handler(CallbackQueryHandler(pressed))


async def _do(services: Services, tap: ButtonPress, press: CallbackData) -> bool:
    """Do it, or say why not; False for what there never was."""
    if press.action in masks.VERBS:
        await masks.pressed(services, tap, press)
        return True
    job = await services.jobs.get(press.about.job_id)
    if job is None:
        return False
    if not await services.permissions.may_manage(tap.person, tap.chat_id, job.requester_id, job.address.chat_id):
        await _answer(services, tap, NOT_YOURS)
    elif press.action is Action.STOP:
        await _stop(services, tap, job)
    elif (
        press.action is Action.YES and tap.person != job.requester_id and job.requester_id > 0
    ):  # names press nothing, admins do
        await _answer(services, tap, NOT_YOUR_MONEY)
    elif press.action is Action.YES:
        async with services.replies.pressing(tap.query_id, tap.language):
            if not await services.orders.confirm(job):
                raise Refused(OUTDATED)
    elif press.action is Action.AGAIN:
        async with services.replies.pressing(tap.query_id, tap.language) as taken:
            await _again(services, tap, press, job, taken)
    elif press.action is Action.PICK:
        await services.messenger.answer_callback(tap.query_id)
        await services.messenger.edit_keyboard(
            tap.asked.address, tap.message_id, pick(job.id, await _left(services, job))
        )
    else:
        await _do_with_result(services, tap, press)
    return True


async def _do_with_result(services: Services, tap: ButtonPress, press: CallbackData) -> None:
    result = await services.results.get(press.about)
    if result is None or result.is_deleted:
        await _answer(services, tap, GONE)
    elif press.action in _ORDERS:
        async with services.replies.pressing(tap.query_id, tap.language) as taken:
            await _ORDERS[press.action](services, tap, press, result, taken)
    else:
        await services.messenger.answer_callback(tap.query_id)
        await _DEEDS[press.action](services, tap, press, result)


async def _answer(services: Services, tap: ButtonPress, words: Renderable) -> None:
    await services.messenger.answer_callback(tap.query_id, words, tap.language, alert=True)


def _about(tap: ButtonPress, job: Job) -> RequestContext:
    """An order that a button makes; in the job's own chat it stays in the job's topic."""
    asked = tap.asked
    if tap.chat_id == job.address.chat_id and not tap.knows_topic:
        return replace(asked, address=replace(asked.address, thread_id=job.address.thread_id))
    return asked


async def _again(services: Services, tap: ButtonPress, press: CallbackData, job: Job, taken: OnStored) -> None:
    """Order the very same; what it is made from must still be there, as nobody wants another edit in its place."""
    sources = [*job.request.pictures, *([job.request.mask] if job.request.mask else [])]
    if any(source.stored and not services.blob_store.has(source.stored) for source in sources):
        raise Refused(SOURCE_GONE)
    await services.orders.order_request(_about(tap, job), job.request, job.parent, press.data, taken)


async def _stop(services: Services, tap: ButtonPress, job: Job) -> None:
    if await services.results.stopped_by(tap.asked.idempotency_key):  # handled again after a crash
        await services.messenger.answer_callback(tap.query_id)
        await services.placeholder.called_off(job, MUTED if job.suppressed else CALLED_OFF)
        return
    words = await services.orders.cancel(job, tap.asked.idempotency_key)
    if words is None:
        await _answer(services, tap, TOO_LATE)
        return
    await services.messenger.answer_callback(tap.query_id)
    await services.placeholder.called_off(job, words)


async def _vary(services: Services, tap: ButtonPress, press: CallbackData, result: Result, taken: OnStored) -> None:
    request = replace(
        result.job.request, pictures=(result.source,), mask=None, variants=_VARIATIONS, size=None, wished=None
    )
    await services.orders.order_request(_about(tap, result.job), request, result.id, press.data, taken)


async def _size(services: Services, tap: ButtonPress, press: CallbackData, result: Result, taken: OnStored) -> None:
    size = SHAPES.get(press.argument)
    if size is None:
        return
    request = replace(result.job.request, pictures=(result.source,), mask=None, variants=1, size=size, wished=None)
    await services.orders.order_request(_about(tap, result.job), request, result.id, press.data, taken)
    await _menu(services, tap, press, result)


async def _edit(services: Services, tap: ButtonPress, _: CallbackData, result: Result, taken: OnStored) -> None:
    await services.questions.ask(_about(tap, result.job), (result.source,), parent=result.id, on_stored=taken)


async def _mask(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    await services.messenger.send_text(_about(tap, result.job).address, masks.HOW_TO)


async def _sizes(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    await services.messenger.edit_keyboard(tap.asked.address, tap.message_id, shapes(result.id))


async def _sure(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    await services.messenger.edit_keyboard(tap.asked.address, tap.message_id, sure(result.id))


async def _menu(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    """The message of a single picture carries its buttons; an album's stand under its words, and lead back there."""
    shown_here = await services.results.by_message(tap.chat_id, tap.message_id)
    keyboard = services.keyboards.result(result.job, result.position, tap.chat_id, of_many=shown_here is None)
    await services.messenger.edit_keyboard(tap.asked.address, tap.message_id, keyboard)


async def _left(services: Services, job: Job) -> list[int]:
    found = [await services.results.get(PictureId(job.id, position)) for position in range(len(job.result_urls))]
    return [result.position for result in found if result and not result.is_deleted]


async def _file(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    """The bytes as they were made; Telegram makes photos smaller."""
    if not services.blob_store.has(result.picture):
        raise PictureGone
    showable = Showable(result.picture, services.blob_store.path(result.picture))
    await services.messenger.send_photo(_about(tap, result.job).address, showable, caption(result.job, 1), as_file=True)


async def _delete(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    messages = await services.results.messages(result.id, tap.chat_id)
    try:
        for message_id in messages:
            await services.messenger.delete_message(tap.chat_id, message_id)
    except NotShowable:  # too old for Telegram; our bytes go all the same
        await services.messenger.send_text(_about(tap, result.job).address, NOT_DELETED)
    await services.results.delete(result.id, tap.chat_id)
    if tap.message_id not in messages:
        await _after_delete(services, tap, result.job)


async def _after_delete(services: Services, tap: ButtonPress, job: Job) -> None:
    """The words of an album outlive its pictures until the last is gone."""
    left = await _left(services, job)
    if left:
        await services.messenger.edit_keyboard(tap.asked.address, tap.message_id, pick(job.id, left))
    else:
        await services.messenger.delete_message(tap.chat_id, tap.message_id)


async def _parent(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    parent = await services.results.get(result.job.parent) if result.job.parent else None
    if parent is None or parent.is_deleted:
        raise PictureGone
    await show(services, tap, parent)


async def _shown(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    await show(services, tap, result)


async def show(services: Services, tap: ButtonPress, result: Result) -> None:
    """Show a result again, with its buttons: by what Telegram calls it, else from our bytes. Raises Refused."""
    to = _about(tap, result.job).address
    held = services.blob_store.has(result.picture)
    if not held and not result.file_id:
        raise PictureGone
    showable = Showable(result.picture, services.blob_store.path(result.picture), result.file_id)
    keyboard = services.keyboards.result(result.job, result.position, tap.chat_id)
    words, as_file = caption(result.job, result.job.request.variants), result.job.request.as_file
    shown = await services.messenger.send_photo(to, showable, words, keyboard=keyboard, as_file=as_file)
    await noted(services.results.shown_again, result.id, tap.chat_id, shown, about=result.job.id)


async def _prompt(services: Services, tap: ButtonPress, _: CallbackData, result: Result) -> None:
    prompt = result.job.request.prompt
    words = text("<code>{prompt}</code>", prompt=prompt) if prompt else text("This picture was made without words.")
    await services.messenger.send_text(_about(tap, result.job).address, words)


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
