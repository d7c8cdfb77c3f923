"""/mask and the other ways to mark a part of a picture: drawings over it, masks made by hand, transparent files.

Each starts a draft, which is ordered from its preview.
"""

from telegram import Message, Update

from core.errors import MaskOfMany, NoPicture
from core.models.callback_data import Action, CallbackData
from core.models.drafts import Draft
from core.models.image_request import Source
from core.models.media import FoundPicture, MaskWay
from core.models.prompt_options import parse
from core.models.questions import Asking
from core.models.request_context import RequestContext
from core.text import text
from handlers.context import BotContext, BotHandler, Services
from handlers.last_picture import ask_about_part_of_last
from handlers.painter_offer import HOW_TO, offer_painter
from handlers.parsing import ButtonPress, Command, OnCommand, message_of, picture_of, request_of, rest_of
from handlers.picture_lookup import picture_replied_to

ACTIONS = {Action.GO, Action.REDO, Action.LEAVE}
"""The actions of the buttons under a preview."""

GONE = text("This preview is too old or was canceled. Please start again from the picture.")
NOT_YOURS_TO_ORDER = text("Only the person who made this preview can say yes to it.")
NOT_YOURS = text("Only the person who made this preview, or an admin of the chat, can do that.")


async def mask(update: Update, context: BotContext) -> None:
    """Start a draft from the picture that the message brings, replies to, or both."""
    message, services = message_of(update), context.services
    request, own = request_of(message), picture_of(message)
    original = await picture_replied_to(services, message)
    if own and original:
        await scribbled(services, request, original, own, rest_of(message))
    elif own and message.document:
        await services.permissions.admit_draft(request)
        await services.mask_drafts.transparent(request.address, request.requester_id, own, rest_of(message))
    elif found := (FoundPicture(own) if own else original):
        await offer_painter(services, request, found, rest_of(message))
    elif not await ask_about_part_of_last(services, message, request, rest_of(message)):
        raise NoPicture(HOW_TO)


async def scribbled(
    services: Services, request: RequestContext, original: FoundPicture, drawn: Source, words: str
) -> None:
    """Start a draft from a drawing over a picture; without words, ask for them. Raises Refused."""
    if parse(words).prompt:
        await services.orders.draft_scribble(request, original, drawn, words)
    else:
        await services.questions.ask(request, (original.source, drawn), Asking.SCRIBBLE, original.parent)


async def reworded(services: Services, request: RequestContext, replied: Message, words: str) -> bool:
    """Give a draft other words by a reply to its preview; return False if it isn't the requester's preview."""
    draft = await services.mask_drafts.previewed(replied.chat.id, replied.message_id)
    if draft is None or draft.mask is None or draft.new.requester_id != request.requester_id:
        return False
    await services.permissions.admit_draft(request)
    await services.mask_drafts.reworded(draft, draft.mask, words)
    return True


async def by_hand(services: Services, request: RequestContext, words: str, pictures: tuple[Source, ...]) -> None:
    """Start a draft from an album of a picture and its mask. Raises Refused."""
    if len(pictures) != 2:
        raise MaskOfMany if len(pictures) > 2 else NoPicture(HOW_TO)
    await services.permissions.admit_draft(request)
    draft = await services.mask_drafts.begin(request.address, request.requester_id, pictures[0], words)
    await services.mask_drafts.drawn(draft, MaskWay.BY_HAND, pictures[1], words)


async def preview_pressed(services: Services, button_press: ButtonPress, callback_data: CallbackData) -> None:
    """Handle a button under a preview: order the draft, cancel it, or explain how to mark the area anew."""
    draft = await services.mask_drafts.find(callback_data.about.job_id)
    if draft is None:
        await services.replies.alert(button_press, GONE)
        return
    new, person = draft.new, button_press.person
    if not await services.permissions.may_manage(person, button_press.chat_id, new.requester_id, new.address.chat_id):
        await services.replies.alert(button_press, NOT_YOURS)
    elif callback_data.action is Action.GO and callback_data.argument != draft.fingerprint:
        await services.replies.alert(button_press, GONE)  # a newer preview replaced this one
    elif callback_data.action is Action.GO and person != new.requester_id > 0:
        await services.replies.alert(button_press, NOT_YOURS_TO_ORDER)  # the requester would pay for it
    elif callback_data.action is Action.GO:
        async with services.replies.answering(button_press) as answer:
            await services.orders.order_draft(draft, answer)
            await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, ())
    else:
        await services.messenger.answer_callback(button_press.query_id)
        await _leave_or_redo(services, button_press, callback_data, draft)


async def _leave_or_redo(
    services: Services, button_press: ButtonPress, callback_data: CallbackData, draft: Draft
) -> None:
    if callback_data.action is Action.LEAVE:
        await services.mask_drafts.drop(draft)
        await services.messenger.delete_message(button_press.chat_id, button_press.message_id)
    else:
        await services.messenger.send_text(button_press.request.address, HOW_TO)


HANDLERS: list[BotHandler] = [OnCommand(Command("mask"), mask)]
