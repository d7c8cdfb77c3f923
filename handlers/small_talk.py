"""Small talk, which is never painted: a short answer, or the press of the button that a yes or no is about."""

from telegram import Message

from core.errors import MessengerError
from core.models.job import Job
from core.models.request_context import RequestContext
from core.models.small_talk import Talk, small_talk
from core.services.placeholder import CANCELED
from core.text import Text, text
from handlers import last_picture
from handlers.context import Services
from handlers.parsing import own_buttons, replied_to, request_of

HELLO = text(
    "👋 Hi! Tell me what you'd like to see, for example: <i>a red fox in the snow</i>. Or send me a photo to change."
)
NO_WORDS = text(
    "🙂 Tell me in words what you'd like to see, for example: <i>a red fox in the snow</i>. /help tells more."
)
NOTHING_WAITS = text("🙂 Nothing is waiting for a yes or a no. Tell me what you'd like to see.")
WELCOME = text("😊 My pleasure!")
_ANSWERS = {Talk.GREETING: HELLO, Talk.NOTHING: NO_WORDS, Talk.YES: NOTHING_WAITS, Talk.NO: NOTHING_WAITS}
_HEART = "❤"


def talk_in(services: Services, request: RequestContext, words: str) -> Talk | None:
    """Return the meaning of words that name nothing to paint; None if they may name something."""

    def translate(phrases: Text) -> str:
        return services.translate(phrases, request.address.language)

    return small_talk(words, translate)


async def reply(services: Services, request: RequestContext, talk: Talk) -> None:
    """Answer small talk: thanks by a reaction, the rest in one line."""
    if talk is Talk.THANKS:
        try:
            await services.messenger.react(request.address, _HEART)
        except MessengerError:  # a group may have switched reactions off
            await services.replies.explain(request.address, WELCOME)
    else:
        await services.replies.explain(request.address, _ANSWERS[talk])


async def pressed_by_words(services: Services, message: Message, talk: Talk | None) -> bool:
    """Press the ✅ or ✖ that a yes or no is about; return False if there isn't one.

    It stands under the message that this one replies to, or under the bot's newest message in a private chat. Raises
    Refused if the button can't do its work.
    """
    if talk not in {Talk.YES, Talk.NO}:
        return False
    request, replied = request_of(message), replied_to(message)
    if message.reply_to_message is None:
        message_id = services.awaited.message_in(message.chat.id)
    else:
        message_id = replied.message_id if replied and own_buttons(replied) else None
    return message_id is not None and await _press(services, request, message_id, yes=talk is Talk.YES)


async def _press(services: Services, request: RequestContext, message_id: int, *, yes: bool) -> bool:
    chat_id = request.address.chat_id
    job = await services.results.job_of_words(chat_id, message_id)
    if job and job.requester_id == request.requester_id:
        is_pressed = await _about_price(services, request, job, yes=yes)
    elif draft := await services.mask_drafts.previewed(chat_id, message_id):
        is_pressed = draft.new.requester_id == request.requester_id
        if is_pressed and yes:
            await services.orders.order_draft(draft)
            await services.messenger.edit_keyboard(request.address, message_id, ())
        elif is_pressed:
            await services.mask_drafts.drop(draft)
            await services.messenger.delete_message(chat_id, message_id)
    else:
        is_pressed = await last_picture.answered_in_words(services, request, message_id, yes=yes)
    if is_pressed:
        await services.awaited.answered(chat_id)
    return is_pressed


async def _about_price(services: Services, request: RequestContext, job: Job, *, yes: bool) -> bool:
    if await services.results.stopped_by(request.idempotency_key):
        return True  # handled again after a crash
    if not job.awaiting_confirmation:
        return False
    if yes:
        await services.orders.confirm(job)
    else:
        await services.orders.cancel(job, request.idempotency_key)
        await services.placeholder.canceled(job, CANCELED)
    return True
