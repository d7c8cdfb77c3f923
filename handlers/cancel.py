"""/cancel: cancel a job that still waits. The button under a placeholder does the same, see handlers/buttons.py."""

from telegram import Message, Update
from telegram.ext import filters

from core.errors import Ignored, Refused
from core.models.job import Job
from core.models.request_context import RequestContext
from core.services.placeholder import CANCELED, SUPPRESSED
from core.text import text
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import Command, OnCommand, message_of, replied_to, request_of

NOTHING = text("You have nothing in progress here that I could cancel.")
NOT_YOURS = text("Only the person who asked for this, or an admin of the chat, can do that.")


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
        await _answer(services, request, done)
        return
    job = await services.results.under_way(chat_id, replied.message_id if replied else None, request.requester_id)
    if job is None:
        raise Refused(NOTHING)
    if not await services.permissions.may_manage(request.requester_id, chat_id, job.requester_id, job.address.chat_id):
        raise Refused(NOT_YOURS)
    await services.orders.cancel(job, request.idempotency_key)
    await _answer(services, request, job)


async def _answer(services: Services, request: RequestContext, job: Job) -> None:
    """Answer below the command as well: the placeholder may be far above."""
    words = SUPPRESSED if job.suppressed else CANCELED
    await services.placeholder.canceled(job, words)
    await services.replies.tell(request, words)


HANDLERS: list[BotHandler] = [OnCommand(Command("cancel") & filters.TEXT, cancel)]
