"""Calling an order off: by the button under its placeholder, or by /cancel."""

from telegram import Message, Update
from telegram.ext import Application, MessageHandler, filters

from core.errors import Ignored, Refused
from core.models.job import Job, State
from core.services.placeholder import CALLED_OFF, MUTED
from core.text import Renderable, text
from handlers.desk import Desk
from handlers.parsing import Command, Context, asked, message_of, replied_to

NOTHING = text("You have nothing under way here that could be cancelled.")
NOT_YOURS = text("Only whoever asked for this, or an admin of the chat, can do that.")
TOO_LATE = text("It is done already, so there is nothing left to cancel.")


def register(application: Application, desk: Desk, bot_name: str) -> None:  # type: ignore[type-arg]
    """The command: in reply to an order or its placeholder that one, else one's own latest."""

    async def cancel(update: Update, _: Context) -> None:
        message = message_of(update)
        try:
            await _cancel(desk, message)
        except Refused:
            if not (await desk.groups.rules(message.chat.id)).is_on:
                raise Ignored from None
            raise

    application.add_handler(MessageHandler(Command(bot_name, "cancel") & filters.TEXT, cancel))


async def _cancel(desk: Desk, message: Message) -> None:
    who, replied = asked(message), replied_to(message)
    chat_id = who.address.chat_id
    if done := await desk.results.stopped_by(who.idempotency_key):  # handled again after a crash
        await desk.placeholder.called_off(done, MUTED if done.suppressed else CALLED_OFF)
        return
    job = await desk.results.under_way(chat_id, replied.message_id if replied else None, who.requester_id)
    if job is None:
        raise Refused(NOTHING)
    if not await desk.may(who.requester_id, chat_id, job.requester_id, job.address.chat_id):
        raise Refused(NOT_YOURS)
    words = await cancel_or_suppress(desk, job, who.idempotency_key)
    if words is None:
        raise Refused(TOO_LATE)
    await desk.placeholder.called_off(job, words)


async def cancel_or_suppress(desk: Desk, job: Job, idempotency_key: str) -> Renderable | None:
    """Stop what can be stopped; what the service has already is kept, but not shown. None where it is done."""
    stopped = await desk.jobs.cancel_or_suppress(job.id, idempotency_key)
    if stopped is None:
        return None
    return CALLED_OFF if stopped.state is State.CANCELLED else MUTED
