"""Which picture somebody means: one of our results, whose bytes we hold and whose place in a line of edits we know, or
any other picture in Telegram."""

from telegram import ExternalReplyInfo, Message

from core.errors import NoPicture, PictureGone, Refused
from core.models.callback_data import Action
from core.models.image_request import Source
from core.models.media import FoundPicture
from core.models.questions import Question
from core.models.request_context import RequestContext
from core.services.questions import CLOSED, LEAVE_QUESTION
from core.text import text
from handlers.context import Services
from handlers.parsing import is_unreadable, own_buttons, picture_of, replied_to

WHICH = text("Which of the pictures? Reply to the picture itself, or tap its number.")


UNREADABLE = text(
    "You replied to something I can't look into. I work with still pictures: reply to a photo or to a picture file. "
    "Nothing was charged."
)


async def picture_replied_to(services: Services, message: Message) -> FoundPicture | None:
    """Find the picture that a message replies to, here or elsewhere. Raises Refused for one that can't be meant."""
    if message.reply_to_story:
        raise NoPicture(UNREADABLE)
    if message.external_reply:
        return await _picture_elsewhere(services, message.external_reply)
    replied = replied_to(message)
    return await picture_in(services, replied) if replied else None


async def picture_in(services: Services, message: Message) -> FoundPicture | None:
    """Find the picture of a message of this chat. Raises Refused for one that can't be meant."""
    known = await _known_picture(services, message.chat.id, message.message_id)
    if known:
        return known
    own = picture_of(message)
    if _is_sheet(message) or (own is None and await _is_of_album(services, message)):
        raise Refused(WHICH)
    return _found(own, message)


async def _picture_elsewhere(services: Services, replied: ExternalReplyInfo) -> FoundPicture | None:
    """Telegram names chat and message where these are no secret: then it may be one of ours."""
    if replied.chat and replied.message_id:
        known = await _known_picture(services, replied.chat.id, replied.message_id)
        if known:
            return known
    return _found(picture_of(replied), replied)


def _found(own: Source | None, message: Message | ExternalReplyInfo) -> FoundPicture | None:
    if own is None and is_unreadable(message):
        raise NoPicture(UNREADABLE)
    return FoundPicture(own) if own else None


async def _known_picture(services: Services, chat_id: int, message_id: int) -> FoundPicture | None:
    draft = await services.mask_drafts.previewed(chat_id, message_id)
    if draft:  # the picture that is meant has no tint
        return FoundPicture(draft.new.base.source, draft.new.parent)
    result = await services.results.by_message(chat_id, message_id)
    if result is None:
        return None
    if result.is_deleted or not (services.blob_store.has(result.picture) or result.file_id):
        raise PictureGone
    return FoundPicture(result.source, result.id)


async def question_in(services: Services, request: RequestContext, message: Message | None) -> Question | None:
    """Find the question that was replied to. Raises Refused for one that was answered, or asked of somebody else."""
    if message is None:
        return None
    question = await services.questions.question_of(request, message.message_id)
    if question is None and LEAVE_QUESTION in own_buttons(message):
        raise Refused(CLOSED)
    return question


def _is_sheet(message: Message) -> bool:
    """Whether it is a page of /history, which shows several."""
    return any(data.startswith(f"{Action.SHOW.value}:") for data in own_buttons(message))


async def _is_of_album(services: Services, message: Message) -> bool:
    job = await services.results.job_of_words(message.chat.id, message.message_id)
    return job is not None and len(job.result_urls) > 1
