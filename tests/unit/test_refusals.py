"""Telegram's refusals are mapped by their kind, because their wording differs between servers."""

import pytest

from bot.telegram.calls import Unchanged, refusal, shown_by
from core.errors import ChatGone, MessageGone, NotPermitted, NotShowable, TopicGone
from core.models.media import UNNAMED, Shown


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Bad Request: MESSAGE_ID_INVALID", MessageGone),
        ("message to edit not found", MessageGone),
        ("message can't be edited", MessageGone),
        ("there is no text in the message to edit", MessageGone),
        ("there is no caption in the message to edit", MessageGone),
        ("there is no media in the message to edit", MessageGone),
        ("Bad Request: SOMETHING_NEW", MessageGone),
        ("message is not modified: specified new message content", Unchanged),
        ("Bad Request: MESSAGE_NOT_MODIFIED", Unchanged),
        ("IMAGE_PROCESS_FAILED", NotShowable),
        ("PHOTO_INVALID_DIMENSIONS", NotShowable),
        ("can't parse entities: unsupported start tag", NotShowable),
        ("BUTTON_DATA_INVALID", NotShowable),
        ("message thread not found", TopicGone),
        ("TOPIC_CLOSED", TopicGone),
        ("chat not found", ChatGone),
        ("PEER_ID_INVALID", ChatGone),
        ("CHAT_WRITE_FORBIDDEN", ChatGone),
        ("have no rights to send a message", ChatGone),
    ],
)
def test_a_refused_edit(message: str, kind: type[Exception]) -> None:
    """A refused edit that concerns neither the chat nor the content concerns the message."""
    assert type(refusal(message, edits=True)) is kind


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("not enough rights to send photos to the chat", {"photos"}),
        ("Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", {"photos"}),
        ("CHAT_SEND_DOCS_FORBIDDEN", {"documents"}),
        ("not enough rights to send text messages to the chat", {"text"}),
        ("CHAT_SEND_PLAIN_FORBIDDEN", {"text"}),
        ("CHAT_SEND_MEDIA_FORBIDDEN", {"photos", "documents"}),
        ("CHAT_SEND_HOLOGRAMS_FORBIDDEN", set()),
        ("not enough rights to send holograms to the chat", set()),
        ("not enough rights to delete a message", set()),
    ],
)
def test_what_a_chat_does_not_permit(message: str, what: set[str]) -> None:
    """A refusal that forbids one kind of message names that kind."""
    error = refusal(message)
    assert isinstance(error, NotPermitted)
    assert error.what == what


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Bad Request: message to be replied not found", MessageGone),
        ("message to reply not found", MessageGone),
        ("replied message not found", MessageGone),
        ("REPLY_MESSAGE_ID_INVALID", MessageGone),
        ("reply message is too old", MessageGone),
        ("REPLY_MARKUP_INVALID", NotShowable),
        ("can't parse reply keyboard markup JSON object", NotShowable),
    ],
)
def test_a_refused_reply(message: str, kind: type[Exception]) -> None:
    """The message to reply to is gone; a refused keyboard concerns the content, though it's called a reply markup."""
    assert type(refusal(message)) is kind


def test_a_chat_that_is_gone() -> None:
    """A 403 means that the chat is gone, unless it names one kind of message."""
    assert type(refusal("Forbidden: bot can't send messages to bots", forbidden=True)) is ChatGone
    assert type(refusal("Forbidden: CHAT_SEND_HOLOGRAMS_FORBIDDEN", forbidden=True)) is NotPermitted


def test_a_refused_message() -> None:
    """A refused new message concerns the content, and a 403 concerns the chat."""
    assert type(refusal('Failed to send message #1 with the error message "SOMETHING_NEW"')) is NotShowable
    assert type(refusal("something new", forbidden=True)) is ChatGone


@pytest.mark.parametrize("value", [True, None, [], {}, {"message_id": "7"}, {"message_id": True}, {"photo": [3]}])
def test_an_answer_without_an_id(value: object) -> None:
    """An answer without a usable ID means a message that can't be changed."""
    assert shown_by(value) == Shown(UNNAMED, None, None)


def test_an_answer_with_ids() -> None:
    """The file IDs are those of the largest photo, or of the document."""
    photo = {"file_id": "B", "file_unique_id": "b"}
    assert shown_by({"message_id": 7, "date": 10**15, "photo": [{}, photo]}) == Shown(7, "B", "b")
    assert shown_by({"message_id": 7, "document": photo}) == Shown(7, "B", "b")
