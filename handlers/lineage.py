"""Which picture somebody means: one of our results, whose bytes we hold and whose place in a line of edits we know, or
any other picture in Telegram."""

from telegram import Message

from bot.domain.errors import PictureGone, Refused
from bot.domain.exchange import Question
from bot.domain.press import Verb
from bot.domain.text import text
from handlers.desk import CLOSED, LEAVE_QUESTION, Asked, Desk, Found
from handlers.reading import own_buttons, picture_of

WHICH = text("Which of the pictures? Reply to the picture itself, or tap its number.")


async def picture_in(desk: Desk, message: Message | None) -> Found | None:
    """Find the picture of a message that was replied to. Raises Refused for one that can't be meant."""
    if message is None:
        return None
    draft = await desk.masking.previewed(message.chat.id, message.message_id)
    if draft:  # the picture that is meant has no tint
        return Found(draft.new.base.source, draft.new.parent)
    result = await desk.results.by_message(message.chat.id, message.message_id)
    if result is None:
        own = picture_of(message)
        if _is_sheet(message) or (own is None and await _is_of_album(desk, message)):
            raise Refused(WHICH)
        return Found(own) if own else None
    if result.is_deleted or not (desk.gallery.has(result.picture) or result.file_id):
        raise PictureGone
    return Found(result.source, result.id)


async def question_in(desk: Desk, who: Asked, message: Message | None) -> Question | None:
    """Find the question that was replied to. Raises Refused for one that was answered, or asked of somebody else."""
    if message is None:
        return None
    question = await desk.question_of(who, message.message_id)
    if question is None and LEAVE_QUESTION in own_buttons(message):
        raise Refused(CLOSED)
    return question


def _is_sheet(message: Message) -> bool:
    """Whether it is a page of /history, which shows several."""
    return any(data.startswith(f"{Verb.SHOW.value}:") for data in own_buttons(message))


async def _is_of_album(desk: Desk, message: Message) -> bool:
    job = await desk.results.job_of_words(message.chat.id, message.message_id)
    return job is not None and len(job.result_urls) > 1
