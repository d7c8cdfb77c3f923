"""Which picture somebody means: one of our results, whose bytes we hold and whose place in a line of edits we know, or
any other picture in Telegram."""

from telegram import ExternalReplyInfo, Message

from core.errors import NoPicture, PictureGone, Refused
from core.models.callback_data import Action
from core.models.image_request import Source
from core.models.questions import Question
from core.text import text
from handlers.desk import CLOSED, LEAVE_QUESTION, Desk, Found, RequestContext
from handlers.parsing import is_unreadable, own_buttons, picture_of, replied_to

WHICH = text("Which of the pictures? Reply to the picture itself, or tap its number.")


UNREADABLE = text(
    "You replied to something I can't look into. I work with still pictures: reply to a photo or to a picture file. "
    "Nothing was charged."
)


async def picture_replied_to(desk: Desk, message: Message) -> Found | None:
    """Find the picture that a message replies to, here or elsewhere. Raises Refused for one that can't be meant."""
    if message.reply_to_story:
        raise NoPicture(UNREADABLE)
    if message.external_reply:
        return await _picture_elsewhere(desk, message.external_reply)
    replied = replied_to(message)
    return await picture_in(desk, replied) if replied else None


async def picture_in(desk: Desk, message: Message) -> Found | None:
    """Find the picture of a message of this chat. Raises Refused for one that can't be meant."""
    known = await _known_picture(desk, message.chat.id, message.message_id)
    if known:
        return known
    own = picture_of(message)
    if _is_sheet(message) or (own is None and await _is_of_album(desk, message)):
        raise Refused(WHICH)
    return _found(own, message)


async def _picture_elsewhere(desk: Desk, replied: ExternalReplyInfo) -> Found | None:
    """Telegram names chat and message where these are no secret: then it may be one of ours."""
    if replied.chat and replied.message_id:
        known = await _known_picture(desk, replied.chat.id, replied.message_id)
        if known:
            return known
    return _found(picture_of(replied), replied)


def _found(own: Source | None, message: Message | ExternalReplyInfo) -> Found | None:
    if own is None and is_unreadable(message):
        raise NoPicture(UNREADABLE)
    return Found(own) if own else None


async def _known_picture(desk: Desk, chat_id: int, message_id: int) -> Found | None:
    draft = await desk.masking.previewed(chat_id, message_id)
    if draft:  # the picture that is meant has no tint
        return Found(draft.new.base.source, draft.new.parent)
    result = await desk.results.by_message(chat_id, message_id)
    if result is None:
        return None
    if result.is_deleted or not (desk.blob_store.has(result.picture) or result.file_id):
        raise PictureGone
    return Found(result.source, result.id)


async def question_in(desk: Desk, who: RequestContext, message: Message | None) -> Question | None:
    """Find the question that was replied to. Raises Refused for one that was answered, or asked of somebody else."""
    if message is None:
        return None
    question = await desk.question_of(who, message.message_id)
    if question is None and LEAVE_QUESTION in own_buttons(message):
        raise Refused(CLOSED)
    return question


def _is_sheet(message: Message) -> bool:
    """Whether it is a page of /history, which shows several."""
    return any(data.startswith(f"{Action.SHOW.value}:") for data in own_buttons(message))


async def _is_of_album(desk: Desk, message: Message) -> bool:
    job = await desk.results.job_of_words(message.chat.id, message.message_id)
    return job is not None and len(job.result_urls) > 1
