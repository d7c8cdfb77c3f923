"""How the values of the domain are written into columns, and read back."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from core.errors import Failure
from core.models.image_request import Fallback, Picture, Request, Size, Source
from core.models.job import Destination, Job, PictureId, State
from storage.database import Row

_NO_PARENT: dict[str, str | int | None] = {"parent_id": None, "parent_position": None}


def dump_request(request: Request) -> str:
    """Write a request as JSON; what is at its default is left out."""
    return json.dumps({key: value for key, value in asdict(request).items() if value}, ensure_ascii=False)


def load_request(column: str) -> Request:
    """Read a request back."""
    stored: dict[str, Any] = json.loads(column)
    return Request(
        prompt=stored.get("prompt", ""),
        size=Size(stored["size"]) if "size" in stored else None,
        wished=stored.get("wished"),
        variants=stored.get("variants", 1),
        enhance=stored.get("enhance", False),
        fallback=Fallback(stored["fallback"]) if "fallback" in stored else None,
        china=stored.get("china", False),
        as_file=stored.get("as_file", False),
        pictures=tuple(_source(picture) for picture in stored.get("pictures", ())),
        mask=_source(stored["mask"]) if "mask" in stored else None,
    )


def _source(stored: dict[str, Any]) -> Source:
    held = stored.get("held")
    return Source(**(stored | {"held": Picture(**held) if held else None}))


def dump_sources(sources: Iterable[Source]) -> str:
    """Write pictures as JSON."""
    return json.dumps([asdict(source) for source in sources])


def load_sources(column: str) -> tuple[Source, ...]:
    """Read pictures back."""
    return tuple(_source(stored) for stored in json.loads(column))


def dump_parent(parent: PictureId | None) -> dict[str, str | int | None]:
    """Write a parent into its two columns."""
    return {"parent_id": parent.job_id, "parent_position": parent.position} if parent else _NO_PARENT


def load_parent(row: Row) -> PictureId | None:
    """Read them back."""
    return PictureId(row["parent_id"], row["parent_position"]) if row["parent_id"] else None


def load_address(row: Row) -> Destination:
    """Read where an answer belongs."""
    return Destination(row["chat_id"], row["thread_id"], row["reply_to"], row["language"])


def load_job(row: Row) -> Job:
    """Read a row of `jobs`."""
    return Job(
        id=row["id"],
        origin=row["origin"],
        address=load_address(row),
        asked_by=row["asked_by"],
        request=load_request(row["request"]),
        state=State(row["state"]),
        created_at=row["created_at"],
        submitted_at=row["submitted_at"],
        attempts=row["attempts"],
        task_id=row["task_id"],
        progress=row["progress"],
        placeholder_id=row["placeholder_id"],
        callback_at=row["callback_at"],
        callback_failure=Failure(row["callback_failure"]) if row["callback_failure"] else None,
        failure=Failure(row["failure"]) if row["failure"] else None,
        result_urls=tuple(json.loads(row["result_urls"] or "[]")),
        parent=load_parent(row),
        muted=row["muted_at"] is not None,
        restored=row["stopped_by"] == "restore",
        held=row["held_at"] is not None,
        price=row["price"],
        overdue_at=row["overdue_at"],
    )


def dump_picture(picture: Picture) -> str:
    """Write a picture of ours as JSON."""
    return json.dumps(asdict(picture))


def load_dumped_picture(column: str) -> Picture:
    """Read it back."""
    return Picture(**json.loads(column))


def load_picture(row: Row) -> Picture:
    """Read a row of `pictures`."""
    return Picture(row["sha256"], row["format"], row["width"], row["height"], row["size"])
