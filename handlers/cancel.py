"""/cancel: cancel a job that isn't done yet. The button under a placeholder does the same, see handlers/buttons.py."""

from telegram import Message, Update
from telegram.ext import MessageHandler, filters

from core.errors import Ignored, Refused
from core.services.placeholder import CANCELED, SUPPRESSED
from core.text import text
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import Command, message_of, replied_to, request_of

NOTHING = text("You have nothing in progress here that I could cancel.")
NOT_YOURS = text("Only the person who asked for this, or an admin of the chat, can do that.")
TOO_LATE = text("It is done already, so there is nothing left to cancel.")


async def cancel(update: Update, context: BotContext) -> None:
    """Cancel the job whose request or placeholder the message replies to, else the requester's latest."""
    message, services = message_of(update), context.services
    try:
        await _cancel(services, message)
    except Refused:
        if not (await services.groups.rules(message.chat.id)).is_on:
            raise Ignored from None
        raise


async def _cancel(services: Services, message: Message) -> None:
    request, replied = request_of(message), replied_to(message)
    chat_id = request.address.chat_id
    if done := await services.results.stopped_by(request.idempotency_key):  # handled again after a crash
        await services.placeholder.canceled(done, SUPPRESSED if done.suppressed else CANCELED)
        return
    job = await services.results.under_way(chat_id, replied.message_id if replied else None, request.requester_id)
    if job is None:
        raise Refused(NOTHING)
    if not await services.permissions.may_manage(request.requester_id, chat_id, job.requester_id, job.address.chat_id):
        raise Refused(NOT_YOURS)
    words = await services.orders.cancel(job, request.idempotency_key)
    if words is None:
        raise Refused(TOO_LATE)
    await services.placeholder.canceled(job, words)


HANDLERS: list[BotHandler] = [MessageHandler(Command("cancel") & filters.TEXT, cancel)]
