"""Calling an order off: by the button under its placeholder, or by /cancel."""

from telegram import Message, Update
from telegram.ext import Application, MessageHandler, filters

from core.errors import Ignored, Refused
from core.services.placeholder import CALLED_OFF, MUTED
from core.text import text
from handlers.context import Services
from handlers.parsing import Command, Context, message_of, replied_to, request_of

NOTHING = text("You have nothing under way here that could be cancelled.")
NOT_YOURS = text("Only whoever asked for this, or an admin of the chat, can do that.")
TOO_LATE = text("It is done already, so there is nothing left to cancel.")


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """The command: in reply to an order or its placeholder that one, else one's own latest."""

    async def cancel(update: Update, _: Context) -> None:
        message = message_of(update)
        try:
            await _cancel(services, message)
        except Refused:
            if not (await services.groups.rules(message.chat.id)).is_on:
                raise Ignored from None
            raise

    application.add_handler(MessageHandler(Command(bot_name, "cancel") & filters.TEXT, cancel))


async def _cancel(services: Services, message: Message) -> None:
    request, replied = request_of(message), replied_to(message)
    chat_id = request.address.chat_id
    if done := await services.results.stopped_by(request.idempotency_key):  # handled again after a crash
        await services.placeholder.called_off(done, MUTED if done.suppressed else CALLED_OFF)
        return
    job = await services.results.under_way(chat_id, replied.message_id if replied else None, request.requester_id)
    if job is None:
        raise Refused(NOTHING)
    if not await services.permissions.may_manage(request.requester_id, chat_id, job.requester_id, job.address.chat_id):
        raise Refused(NOT_YOURS)
    words = await services.orders.cancel(job, request.idempotency_key)
    if words is None:
        raise Refused(TOO_LATE)
    await services.placeholder.called_off(job, words)
