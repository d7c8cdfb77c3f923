"""The schema of the parts of an update that the bot reads.

python-telegram-bot builds its objects from any JSON, so that a value of a wrong type would only fail in use.
The types are those of the Bot API, "Getting updates" and "Available types".
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_Id = Annotated[int, Field(strict=True, gt=-(2**53), lt=2**53)]
_Size = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
_Text = Annotated[str, Field(strict=True)]
_Flag = Annotated[bool, Field(strict=True)]
_Date = Annotated[int, Field(strict=True, ge=0, lt=253_402_300_800)]
"""Epoch seconds up to the year 9999, the limit of Python's datetime."""


def without_nulls(update: Any) -> Any:
    """Remove every null from an update, at any depth, and return the update.

    Some servers write null for an absent field, which python-telegram-bot takes for a value.
    """
    parts = [update]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            for name in [name for name, value in part.items() if value is None]:
                del part[name]
            parts.extend(part.values())
        elif isinstance(part, list):
            part[:] = [value for value in part if value is not None]
            parts.extend(part)
    return update


class _Schema(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _User(_Schema):
    id: _Id
    is_bot: _Flag
    language_code: _Text | None = None


class _Chat(_Schema):
    id: _Id
    type: _Text


class _File(_Schema):
    file_id: _Text
    file_unique_id: _Text
    file_size: _Size | None = None
    mime_type: _Text | None = None
    file_name: _Text | None = None


class _Photo(_File):
    width: _Size
    height: _Size


class _Sticker(_File):
    is_animated: _Flag
    is_video: _Flag


class _Entity(_Schema):
    type: _Text
    offset: _Size
    length: _Size


class _LivePhoto(_Schema):
    photo: list[_Photo] = []


class _Quote(_Schema):
    text: _Text


class _ExternalReply(_Schema):
    """The message of another chat or topic that a message replies to."""

    chat: _Chat | None = None
    message_id: _Id | None = None
    photo: list[_Photo] = []
    live_photo: _LivePhoto | None = None
    document: _File | None = None
    sticker: _Sticker | None = None


class _Message(_Schema):
    message_id: _Id
    date: _Date
    chat: _Chat
    from_: _User | None = Field(None, alias="from")
    message_thread_id: _Id | None = None
    is_topic_message: _Flag | None = None
    media_group_id: _Text | None = None
    migrate_to_chat_id: _Id | None = None
    text: _Text | None = None
    caption: _Text | None = None
    entities: list[_Entity] = []
    caption_entities: list[_Entity] = []
    photo: list[_Photo] = []
    document: _File | None = None
    sticker: _Sticker | None = None
    reply_to_message: "_Message | None" = None
    external_reply: _ExternalReply | None = None
    quote: _Quote | None = None


class _CallbackQuery(_Schema):
    id: _Text
    from_: _User = Field(alias="from")
    message: _Message | None = None
    data: _Text | None = None


class _ChatMember(_Schema):
    user: _User
    status: _Text


class _ChatMemberUpdated(_Schema):
    chat: _Chat
    from_: _User = Field(alias="from")
    new_chat_member: _ChatMember


class UpdateSchema(_Schema):
    """The schema of an update; validation raises pydantic's ValidationError, which is a ValueError."""

    update_id: _Size
    message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    my_chat_member: _ChatMemberUpdated | None = None
