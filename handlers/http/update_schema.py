"""The shape of an update, as far as this bot reads it: what PTB takes on trust is checked here, once, at the door.

PTB builds its objects from any JSON; an id that is a list would only be noticed where it is used. Source of the types:
Telegram's Bot API, "Getting updates" and "Available types".
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_Id = Annotated[int, Field(strict=True, gt=-(2**53), lt=2**53)]
_Size = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
_Text = Annotated[str, Field(strict=True)]
_Flag = Annotated[bool, Field(strict=True)]
_Date = Annotated[int, Field(strict=True, ge=0, lt=253_402_300_800)]
"""Seconds since 1970, up to the year 9999; PTB stumbles over more."""


def without_nulls(update: Any) -> Any:
    """Take every null out of an update, however deep: some servers write it for what is absent, and PTB reads it."""
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


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _User(_Shape):
    id: _Id
    is_bot: _Flag
    language_code: _Text | None = None


class _Chat(_Shape):
    id: _Id
    type: _Text


class _File(_Shape):
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


class _Entity(_Shape):
    type: _Text
    offset: _Size
    length: _Size


class _LivePhoto(_Shape):
    photo: list[_Photo] = []


class _Quote(_Shape):
    text: _Text


class _Elsewhere(_Shape):
    """A message of another chat or topic that was replied to."""

    chat: _Chat | None = None
    message_id: _Id | None = None
    photo: list[_Photo] = []
    live_photo: _LivePhoto | None = None
    document: _File | None = None
    sticker: _Sticker | None = None


class _Message(_Shape):
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
    external_reply: _Elsewhere | None = None
    quote: _Quote | None = None


class _Query(_Shape):
    id: _Text
    from_: _User = Field(alias="from")
    message: _Message | None = None
    data: _Text | None = None


class _Member(_Shape):
    user: _User
    status: _Text


class _MemberChange(_Shape):
    chat: _Chat
    from_: _User = Field(alias="from")
    new_chat_member: _Member


class UpdateShape(_Shape):
    """What an update may hold; validating raises pydantic's ValidationError, a ValueError."""

    update_id: _Size
    message: _Message | None = None
    callback_query: _Query | None = None
    my_chat_member: _MemberChange | None = None
