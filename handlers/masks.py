"""/mask, and everything else that says which part of a picture is to change: scribbles, masks made by hand, drafts."""

from telegram import Message, Update
from telegram.ext import Application, MessageHandler

from core.errors import MaskOfMany, NoPicture
from core.models.callback_data import Action, CallbackData
from core.models.drafts import Draft
from core.models.image_request import Source
from core.models.media import FoundPicture, MaskWay
from core.models.prompt_options import parse
from core.models.questions import Asking
from core.models.request_context import RequestContext
from core.text import text
from handlers.context import Services
from handlers.parsing import ButtonPress, Command, Context, message_of, picture_of, request_of, rest_of
from handlers.picture_lookup import picture_replied_to

ACTIONS = {Action.GO, Action.REDO, Action.LEAVE}

HOW_TO = text(
    "🖌 <b>To change only a part of a picture:</b>\n"
    "• Open it, draw over the part with Telegram's own editor, and send it as a reply to the original, "
    "with what should happen there as the caption\n"
    "• or send two pictures as an album, the picture and its mask (black is what changes, white stays), "
    "with <code>/mask …</code> as the caption\n"
    "• or send a PNG file whose transparent part is to change, with <code>/mask …</code> as its caption\n\n"
    "In a group the caption of the first starts with <code>/mask</code>, too."
)
PAINT = text("🖌 Paint over what is to change, and say there what should happen.")
GONE = text("This preview is too old or was cancelled. Please start again from the picture.")
NOT_YOURS_TO_ORDER = text("Only whoever made this preview can order it.")
NOT_YOURS = text("Only whoever made this preview, or an admin of the chat, can do that.")


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """The command."""

    async def mask(update: Update, _: Context) -> None:
        message = message_of(update)
        own = picture_of(message)
        original = await picture_replied_to(services, message)
        if own and original:
            await scribbled(services, request_of(message), original, own, rest_of(message))
        elif own and message.document:
            request = request_of(message)
            await services.permissions.admit_draft(request)
            await services.mask_drafts.transparent(request.address, request.requester_id, own, rest_of(message))
        elif found := (FoundPicture(own) if own else original):
            await _offer_painter(services, message, found)
        else:
            raise NoPicture(HOW_TO)

    application.add_handler(MessageHandler(Command(bot_name, "mask"), mask))


async def scribbled(
    services: Services, request: RequestContext, original: FoundPicture, drawn: Source, words: str
) -> None:
    """Somebody drew over a picture; without words they are asked what for. Raises Refused."""
    if parse(words).prompt:
        await services.orders.draft_scribble(request, original, drawn, words)
    else:
        await services.questions.ask(request, (original.source, drawn), Asking.SCRIBBLE, original.parent)


async def reworded(services: Services, request: RequestContext, replied: Message, words: str) -> bool:
    """Other words for the area of a preview, said in reply to it; False where that is no preview of theirs."""
    draft = await services.mask_drafts.previewed(replied.chat.id, replied.message_id)
    if draft is None or draft.mask is None or draft.new.requester_id != request.requester_id:
        return False
    await services.permissions.admit_draft(request)
    await services.mask_drafts.reworded(draft, draft.mask, words)
    return True


async def by_hand(services: Services, request: RequestContext, words: str, pictures: tuple[Source, ...]) -> None:
    """An album of a picture and its mask. Raises Refused."""
    if len(pictures) != 2:
        raise MaskOfMany if len(pictures) > 2 else NoPicture(HOW_TO)
    await services.permissions.admit_draft(request)
    draft = await services.mask_drafts.begin(request.address, request.requester_id, pictures[0], words)
    await services.mask_drafts.drawn(draft, MaskWay.BY_HAND, pictures[1], words)


async def _offer_painter(services: Services, message: Message, found: FoundPicture) -> None:
    """Open the painter where the world reaches us, else tell the other ways."""
    request = request_of(message)
    if services.keyboards.door.button(request.address.chat_id, "") is None:
        await services.replies.explain(request.address, HOW_TO)
        return
    await services.permissions.admit_draft(request)
    draft = await services.mask_drafts.begin(
        request.address, request.requester_id, found.source, rest_of(message), found.parent
    )
    button = services.keyboards.door.button(request.address.chat_id, f"d{draft.id}")
    await services.messenger.send_text(request.address, PAINT, keyboard=((button,),) if button else ())


async def pressed(services: Services, button_press: ButtonPress, callback_data: CallbackData) -> None:
    """The buttons under a preview."""
    draft = await services.mask_drafts.find(callback_data.about.job_id)
    if draft is None:
        await services.messenger.answer_callback(button_press.query_id, GONE, button_press.language, alert=True)
    elif not await services.permissions.may_manage(
        button_press.person, button_press.chat_id, draft.new.requester_id, draft.new.address.chat_id
    ):
        await services.messenger.answer_callback(button_press.query_id, NOT_YOURS, button_press.language, alert=True)
    elif (
        callback_data.action is Action.GO and callback_data.argument != draft.fingerprint
    ):  # under a preview that something newer replaced
        await services.messenger.answer_callback(button_press.query_id, GONE, button_press.language, alert=True)
    elif (
        callback_data.action is Action.GO and button_press.person != draft.new.requester_id > 0
    ):  # it would be paid for by somebody else
        await services.messenger.answer_callback(
            button_press.query_id, NOT_YOURS_TO_ORDER, button_press.language, alert=True
        )
    elif callback_data.action is Action.GO:
        async with services.replies.pressing(button_press.query_id, button_press.language) as on_stored:
            await services.orders.order_draft(draft, on_stored)
            await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, ())
    else:
        await services.messenger.answer_callback(button_press.query_id)
        await _do(services, button_press, callback_data, draft)


async def _do(services: Services, button_press: ButtonPress, callback_data: CallbackData, draft: Draft) -> None:
    if callback_data.action is Action.LEAVE:
        await services.mask_drafts.drop(draft)
        await services.messenger.delete_message(button_press.chat_id, button_press.message_id)
    else:
        await services.messenger.send_text(button_press.request.address, HOW_TO)
