"""Find the picture or the question that a message is about.

A picture is a result of the bot, with its bytes and its lineage, or any other picture in Telegram.
"""

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
    """Find the picture that a message replies to, in this chat or another. Raises Refused if it can't be used."""
    if message.reply_to_story:
        raise NoPicture(UNREADABLE)
    if message.external_reply:
        return await _picture_elsewhere(services, message.external_reply)
    replied = replied_to(message)
    return await picture_in(services, replied) if replied else None


async def picture_in(services: Services, message: Message) -> FoundPicture | None:
    """Find the picture of a message of this chat. Raises Refused if it can't be used, or if there are several."""
    known = await _known_picture(services, message.chat.id, message.message_id)
    if known:
        return known
    own = picture_of(message)
    if _is_history_page(message) or (own is None and await _is_caption_of_album(services, message)):
        raise Refused(WHICH)
    return _found(own, message)


async def _picture_elsewhere(services: Services, replied: ExternalReplyInfo) -> FoundPicture | None:
    """Find the picture of a message of another chat, whose id Telegram names if the chat isn't private."""
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
    if draft:  # the preview is tinted, so its base is meant
        return FoundPicture(draft.new.base.source, draft.new.parent)
    result = await services.results.by_message(chat_id, message_id)
    if result is None:
        return None
    if result.is_deleted or not (result.file_id or await services.blob_store.has(result.picture)):
        raise PictureGone
    return FoundPicture(result.source, result.id)


async def question_in(services: Services, request: RequestContext, message: Message | None) -> Question | None:
    """Find the question that a message asks.

    Raises Refused for a question that was answered already or put to another person.
    """
    if message is None:
        return None
    question = await services.questions.question_of(request, message.message_id)
    if question is None and LEAVE_QUESTION in own_buttons(message):
        raise Refused(CLOSED)
    return question


def _is_history_page(message: Message) -> bool:
    return any(data.startswith(f"{Action.SHOW.value}:") for data in own_buttons(message))


async def _is_caption_of_album(services: Services, message: Message) -> bool:
    job = await services.results.job_of_words(message.chat.id, message.message_id)
    return job is not None and len(job.result_urls) > 1
