"""The actions of the buttons under a finished picture."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from core.errors import MessageGone, MessengerError, NotShowable, PictureGone, Refused
from core.models.callback_data import Action, CallbackData
from core.models.image_model import Tool
from core.models.image_request import Request
from core.models.job import Destination, Job, PictureId
from core.models.keyboard import Keyboard
from core.models.media import Result, Showable, Shown
from core.models.request_context import RequestContext
from core.models.styles import STYLES
from core.runtime.noting import noted
from core.services.keyboards import pick, shape_named, shapes, styles, sure
from core.services.orders import OnStored
from core.services.placeholder import which
from core.text import Joined, text
from handlers.context import Services
from handlers.favorites import with_favorite
from handlers.painter_offer import HOW_TO
from handlers.parsing import ButtonPress
from handlers.tools import work_on

log = structlog.get_logger()

_VARIATIONS = 4
SOURCE_GONE = text("🗑 I no longer have the picture this was made from, so I can't make it again. Nothing was charged.")
MODEL_GONE = text("🧠 That model isn't offered anymore. Nothing was charged. Tap 🧠 again to choose another one.")
DELETED = text("🗑 Deleted, with every copy in this chat.")
NOT_DELETED = text("Telegram does not let me delete this message anymore; you can still delete it yourself.")


@dataclass(frozen=True, slots=True)
class PressedResult:
    """A press of a button under a result."""

    services: Services
    button_press: ButtonPress
    callback_data: CallbackData
    result: Result

    @property
    def request(self) -> RequestContext:
        """Return the request that the press makes."""
        return request_about(self.button_press, self.result.job)

    @property
    def to(self) -> Destination:
        """Return the destination of an answer in a message of its own."""
        return self.request.address

    async def edit_keyboard(self, keyboard: Keyboard) -> None:
        """Replace the keyboard that the button is part of."""
        to, message_id = self.button_press.request.address, self.button_press.message_id
        await self.services.messenger.edit_keyboard(to, message_id, keyboard)


def request_about(button_press: ButtonPress, job: Job) -> RequestContext:
    """Return the request of a press under a job.

    In the job's own chat it belongs to the job's topic, which Telegram doesn't name for an old message.
    """
    request = button_press.request
    if button_press.chat_id == job.address.chat_id and not button_press.knows_topic:
        return replace(request, address=replace(request.address, thread_id=job.address.thread_id))
    return request


async def positions_left(services: Services, job: Job) -> list[int]:
    """Return the positions of a job's results that aren't deleted."""
    found = [await services.results.get(PictureId(job.id, position)) for position in range(len(job.result_urls))]
    return [result.position for result in found if result and not result.is_deleted]


async def check_sources(services: Services, job: Job) -> None:
    """Raise Refused if a picture of the job is gone."""
    sources = [*job.request.pictures, *([job.request.mask] if job.request.mask else [])]
    for source in sources:
        if source.stored and not await services.blob_store.has(source.stored):
            raise Refused(SOURCE_GONE)


async def _change_of(pressed: PressedResult, variants: int = 1) -> Request:
    """Return the request to change a result in the way in which it was made; that of a tool, as preferred."""
    services, result = pressed.services, pressed.result
    made = result.job.request
    if services.models.of(made).tool:
        made = await services.orders.defaults(pressed.request)
    return replace(made, pictures=(result.source,), mask=None, variants=variants, size=None, wished=None)


async def _vary(pressed: PressedResult, on_stored: OnStored) -> None:
    result = pressed.result
    image_request = await _change_of(pressed, _VARIATIONS)
    await pressed.services.orders.order_request(
        pressed.request, image_request, result.id, pressed.callback_data.data, on_stored
    )


async def _size(pressed: PressedResult, on_stored: OnStored) -> None:
    size, result = shape_named(pressed.callback_data.argument), pressed.result
    if size is None:
        return
    image_request = replace(await _change_of(pressed), size=size)
    await pressed.services.orders.order_request(
        pressed.request, image_request, result.id, pressed.callback_data.data, on_stored
    )
    await _menu(pressed)


async def _edit(pressed: PressedResult, on_stored: OnStored) -> None:
    result = pressed.result
    await pressed.services.questions.ask(pressed.request, (result.source,), parent=result.id, on_stored=on_stored)


async def _mask(pressed: PressedResult) -> None:
    await pressed.services.messenger.send_text(pressed.to, HOW_TO)


async def _style(pressed: PressedResult, on_stored: OnStored) -> None:
    style, result = STYLES.get(pressed.callback_data.argument), pressed.result
    if style is None:
        return
    request = replace(await _change_of(pressed), prompt=style.words, unused="", worded="")
    await pressed.services.orders.order_request(
        pressed.request, request, result.id, pressed.callback_data.data, on_stored
    )
    await _menu(pressed)


async def _styles(pressed: PressedResult) -> None:
    await pressed.edit_keyboard(styles(pressed.result.id))


async def _sizes(pressed: PressedResult) -> None:
    """Show the shapes of the model that would paint the result in another one."""
    models, request = pressed.services.models, await _change_of(pressed)
    with suppress(Refused):  # it is told when a shape is pressed
        request = models.choose(request)
    await pressed.edit_keyboard(shapes(pressed.result.id, models.of(request).ratios))


async def _larger(pressed: PressedResult) -> None:
    await pressed.edit_keyboard(pressed.services.keyboards.larger(pressed.result.id))


async def _times(pressed: PressedResult, on_stored: OnStored) -> None:
    """Order the result larger. Raises Refused, also if that is switched off now."""
    argument = pressed.callback_data.argument
    await _work(pressed, Tool.UPSCALE, int(argument) if argument.isdecimal() else 0, on_stored)
    await _menu(pressed)


async def _cutout(pressed: PressedResult, on_stored: OnStored) -> None:
    await _work(pressed, Tool.CUTOUT, 1, on_stored)


async def _work(pressed: PressedResult, tool: Tool, factor: int, on_stored: OnStored) -> None:
    work = work_on(pressed.services.models, tool, pressed.result.source, factor)
    await pressed.services.orders.order_request(
        pressed.request, work, pressed.result.id, pressed.callback_data.data, on_stored
    )


async def _models(pressed: PressedResult) -> None:
    """Show the other models that can take the request of the result."""
    result = pressed.result
    await pressed.edit_keyboard(pressed.services.keyboards.models_for(result.job.request, result.id))


async def _with_model(pressed: PressedResult, on_stored: OnStored) -> None:
    """Order the same again with another model. Raises Refused, also if that model is offered no more."""
    services, job, name = pressed.services, pressed.result.job, pressed.callback_data.argument
    if all(model.name != name for model in services.models.offered):
        raise Refused(MODEL_GONE)
    await check_sources(services, job)
    request = replace(job.request, model=name)
    await services.orders.order_request(pressed.request, request, job.parent, pressed.callback_data.data, on_stored)
    await _menu(pressed)


async def _confirm_delete(pressed: PressedResult) -> None:
    await pressed.edit_keyboard(sure(pressed.result.id))


async def _menu(pressed: PressedResult) -> None:
    """Show the buttons of the result; under an album's caption, with the way back to its other pictures."""
    services, result, chat_id = pressed.services, pressed.result, pressed.button_press.chat_id
    shown_here = await services.results.by_message(chat_id, pressed.button_press.message_id)
    if shown_here and await _is_copy(pressed):
        await pressed.edit_keyboard(await with_favorite(services, result.job, result.position, chat_id))
        return
    await pressed.edit_keyboard(
        services.keyboards.result(result.job, result.position, chat_id, of_many=shown_here is None)
    )


async def _is_copy(pressed: PressedResult) -> bool:
    """Return whether the picture was shown again in this message, which then has ⭐, too."""
    chat_id = pressed.button_press.chat_id
    if chat_id != pressed.result.job.address.chat_id:
        return True
    messages = await pressed.services.results.messages(pressed.result.id, chat_id)
    return pressed.button_press.message_id in messages[1:]


async def _file(pressed: PressedResult) -> None:
    """Send the original bytes as a file, as Telegram shrinks photos."""
    services, result = pressed.services, pressed.result
    if not await services.blob_store.has(result.picture):
        raise PictureGone
    words = services.placeholder.caption(result.job, 1)
    async with services.blob_store.local(result.picture) as (path,):
        showable = Showable(result.picture, path)
        shown = await services.messenger.send_photo(pressed.to, showable, words, as_file=True)
    copy = Shown(shown.message_id, None, None)  # its file id is of a document, which can't be sent as a photo
    await noted(services.results.shown_again, result.id, pressed.button_press.chat_id, copy, about=result.job.id)


async def _delete(pressed: PressedResult) -> None:
    services, result, chat_id = pressed.services, pressed.result, pressed.button_press.chat_id
    are_gone = [
        await _is_removed(services, chat_id, one) for one in await services.results.messages(result.id, chat_id)
    ]
    if not all(are_gone):  # the bot deletes its copy all the same
        await services.messenger.send_text(pressed.to, NOT_DELETED)
    await services.results.delete(result.id, chat_id)
    if len(result.job.result_urls) > 1:
        await _shrink_album(pressed)


async def _is_removed(services: Services, chat_id: int, message_id: int) -> bool:
    """Delete a message; return False if it is too old for Telegram to delete."""
    try:
        await services.messenger.delete_message(chat_id, message_id)
    except NotShowable:
        return False
    return True


async def _shrink_album(pressed: PressedResult) -> None:
    """Remove a picture from the buttons below its album, and the words there with the last picture."""
    services, job = pressed.services, await pressed.services.jobs.get(pressed.result.job.id)
    if job is None or not job.placeholder_id or job.address.chat_id != pressed.button_press.chat_id:
        return
    left = await positions_left(services, job)
    try:
        if left:
            words = Joined((services.placeholder.caption(job, job.request.variants), which(len(left))), "\n\n")
            await services.messenger.edit(job.address, job.placeholder_id, words, keyboard=pick(job.id, left))
        else:
            await services.messenger.delete_message(job.address.chat_id, job.placeholder_id)
    except MessageGone:
        log.info("album_words_gone", job=job.id)


async def _parent(pressed: PressedResult) -> None:
    parent_id = pressed.result.job.parent
    parent = await pressed.services.results.get(parent_id) if parent_id else None
    if parent is None or parent.is_deleted or not await _may_be_shown(pressed, parent):
        raise PictureGone
    await _show(pressed, parent)


async def _may_be_shown(pressed: PressedResult, parent: Result) -> bool:
    """Return whether a picture may be shown where the button was pressed: it may come from a private chat."""
    services, chat_id = pressed.services, pressed.button_press.chat_id
    job, person = parent.job, pressed.button_press.person
    if job.address.chat_id == chat_id or await services.results.messages(parent.id, chat_id):
        return True
    return person == job.requester_id


async def _show_again(pressed: PressedResult) -> None:
    """Send the picture alone, once for a double tap."""
    press = pressed.button_press
    key = f"{press.chat_id} {press.message_id} {press.person} {press.data}"
    if pressed.services.replies.taps.is_repeated(key):
        return
    try:
        await _show(pressed, pressed.result)
    except MessengerError:
        pressed.services.replies.taps.forget(key)  # another try must not count as a double tap
        raise


async def _show(pressed: PressedResult, result: Result) -> None:
    """Send a result again with its buttons, by Telegram's file id or from our bytes. Raises PictureGone."""
    services, chat_id = pressed.services, pressed.button_press.chat_id
    if not result.file_id and not await services.blob_store.has(result.picture):
        raise PictureGone
    to = request_about(pressed.button_press, result.job).address
    keyboard = await with_favorite(services, result.job, result.position, chat_id)
    words = services.placeholder.caption(result.job, result.job.request.variants)
    as_file = result.job.request.as_file
    async with services.blob_store.local(result.picture) as (path,):
        showable = Showable(result.picture, path, result.file_id)
        shown = await services.messenger.send_photo(to, showable, words, keyboard=keyboard, as_file=as_file)
    await noted(services.results.shown_again, result.id, chat_id, shown, about=result.job.id)


async def _prompt(pressed: PressedResult) -> None:
    prompt = pressed.result.job.request.prompt
    words = text("<code>{prompt}</code>", prompt=prompt) if prompt else text("This picture was made without words.")
    await pressed.services.messenger.send_text(pressed.to, words)


DELETING_ACTIONS: dict[Action, Callable[[PressedResult], Awaitable[None]]] = {Action.REALLY_DELETE: _delete}
"""Actions that are answered with words once they are done."""

ORDERING_ACTIONS: dict[Action, Callable[[PressedResult, OnStored], Awaitable[None]]] = {
    Action.VARY: _vary,
    Action.SIZE: _size,
    Action.STYLE: _style,
    Action.MODEL: _with_model,
    Action.TIMES: _times,
    Action.CUTOUT: _cutout,
    Action.EDIT: _edit,
}
"""Actions that may be refused; the press is answered once they are stored."""

ACTIONS: dict[Action, Callable[[PressedResult], Awaitable[None]]] = {
    Action.MASK: _mask,
    Action.SIZES: _sizes,
    Action.STYLES: _styles,
    Action.MODELS: _models,
    Action.LARGER: _larger,
    Action.DELETE: _confirm_delete,
    Action.MENU: _menu,
    Action.FILE: _file,
    Action.PARENT: _parent,
    Action.SHOW: _show_again,
    Action.PROMPT: _prompt,
}
"""All other actions; the press is answered before them, as they may take a while."""
