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
from handlers.parsing import ButtonPress, Command, Context, asked, message_of, picture_of, rest_of
from handlers.picture_lookup import picture_replied_to

VERBS = {Action.GO, Action.REDO, Action.LEAVE}

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
            await scribbled(services, asked(message), original, own, rest_of(message))
        elif own and message.document:
            who = asked(message)
            await services.permissions.admit_draft(who)
            await services.mask_drafts.transparent(who.address, who.requester_id, own, rest_of(message))
        elif found := (FoundPicture(own) if own else original):
            await _offer_painter(services, message, found)
        else:
            raise NoPicture(HOW_TO)

    application.add_handler(MessageHandler(Command(bot_name, "mask"), mask))


async def scribbled(services: Services, who: RequestContext, original: FoundPicture, drawn: Source, words: str) -> None:
    """Somebody drew over a picture; without words they are asked what for. Raises Refused."""
    if parse(words).prompt:
        await services.orders.draft_scribble(who, original, drawn, words)
    else:
        await services.questions.ask(who, (original.source, drawn), Asking.SCRIBBLE, original.parent)


async def reworded(services: Services, who: RequestContext, replied: Message, words: str) -> bool:
    """Other words for the area of a preview, said in reply to it; False where that is no preview of theirs."""
    draft = await services.mask_drafts.previewed(replied.chat.id, replied.message_id)
    if draft is None or draft.mask is None or draft.new.requester_id != who.requester_id:
        return False
    await services.permissions.admit_draft(who)
    await services.mask_drafts.reworded(draft, draft.mask, words)
    return True


async def by_hand(services: Services, who: RequestContext, words: str, pictures: tuple[Source, ...]) -> None:
    """An album of a picture and its mask. Raises Refused."""
    if len(pictures) != 2:
        raise MaskOfMany if len(pictures) > 2 else NoPicture(HOW_TO)
    await services.permissions.admit_draft(who)
    draft = await services.mask_drafts.begin(who.address, who.requester_id, pictures[0], words)
    await services.mask_drafts.drawn(draft, MaskWay.BY_HAND, pictures[1], words)


async def _offer_painter(services: Services, message: Message, found: FoundPicture) -> None:
    """Open the painter where the world reaches us, else tell the other ways."""
    who = asked(message)
    if services.keyboards.door.button(who.address.chat_id, "") is None:
        await services.replies.explain(who.address, HOW_TO)
        return
    await services.permissions.admit_draft(who)
    draft = await services.mask_drafts.begin(
        who.address, who.requester_id, found.source, rest_of(message), found.parent
    )
    button = services.keyboards.door.button(who.address.chat_id, f"d{draft.id}")
    await services.messenger.send_text(who.address, PAINT, keyboard=((button,),) if button else ())


async def pressed(services: Services, tap: ButtonPress, press: CallbackData) -> None:
    """The buttons under a preview."""
    draft = await services.mask_drafts.find(press.about.job_id)
    if draft is None:
        await services.messenger.answer_callback(tap.query_id, GONE, tap.language, alert=True)
    elif not await services.permissions.may_manage(
        tap.person, tap.chat_id, draft.new.requester_id, draft.new.address.chat_id
    ):
        await services.messenger.answer_callback(tap.query_id, NOT_YOURS, tap.language, alert=True)
    elif (
        press.action is Action.GO and press.argument != draft.fingerprint
    ):  # under a preview that something newer replaced
        await services.messenger.answer_callback(tap.query_id, GONE, tap.language, alert=True)
    elif (
        press.action is Action.GO and tap.person != draft.new.requester_id > 0
    ):  # it would be paid for by somebody else
        await services.messenger.answer_callback(tap.query_id, NOT_YOURS_TO_ORDER, tap.language, alert=True)
    elif press.action is Action.GO:
        async with services.replies.pressing(tap.query_id, tap.language) as taken:
            await services.orders.order_draft(draft, taken)
            await services.messenger.edit_keyboard(tap.asked.address, tap.message_id, ())
    else:
        await services.messenger.answer_callback(tap.query_id)
        await _do(services, tap, press, draft)


async def _do(services: Services, tap: ButtonPress, press: CallbackData, draft: Draft) -> None:
    if press.action is Action.LEAVE:
        await services.mask_drafts.drop(draft)
        await services.messenger.delete_message(tap.chat_id, tap.message_id)
    else:
        await services.messenger.send_text(tap.asked.address, HOW_TO)
