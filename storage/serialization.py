"""How values of the core become columns, and how columns become values.

Every key of a JSON column is written out here. The keys are stored, so they never change: neither here nor when a
field of the core gets another name. `tests/unit/test_stored_json.py` holds the exact JSON.
"""

import json
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from core.errors import Failure
from core.models.group import GroupRules, Who
from core.models.image_request import THREE_SIZES, Fallback, Picture, Request, Size, Source
from core.models.job import Destination, Job, PictureId, State
from core.models.preferences import AfterResult, Preferences
from storage.database import Row

_NO_PARENT: dict[str, str | int | None] = {"parent_id": None, "parent_position": None}


def dump_request(request: Request) -> str:
    """Write a request as JSON without the keys that are at their default."""
    keys = {
        "prompt": request.prompt,
        "size": request.size,
        "wished": request.wished,
        "unused": request.unused,
        "worded": request.worded,
        "variants": request.variants,
        "enhance": request.enhance,
        "fallback": request.fallback,
        "china": request.china,
        "model": request.model,
        "resolution": request.resolution,
        "transparent": request.transparent,
        "factor": request.factor if request.factor > 1 else None,
        "instead_of": request.instead_of,
        "as_file": request.as_file,
        "pictures": [_source_keys(picture) for picture in request.pictures],
        "mask": _source_keys(request.mask) if request.mask else None,
    }
    return json.dumps({key: value for key, value in keys.items() if value}, ensure_ascii=False)


@lru_cache(maxsize=256)
def load_request(column: str) -> Request:
    """Read a request from its JSON: once, although its job is read many times from its order to its delivery."""
    stored: dict[str, Any] = json.loads(column)
    return Request(
        prompt=stored.get("prompt", ""),
        size=Size(stored["size"]) if "size" in stored else None,
        wished=stored.get("wished"),
        unused=stored.get("unused", ""),
        worded=stored.get("worded", ""),
        variants=stored.get("variants", 1),
        enhance=stored.get("enhance", False),
        fallback=Fallback(stored["fallback"]) if "fallback" in stored else None,
        china=stored.get("china", False),
        model=stored.get("model", ""),
        resolution=stored.get("resolution"),
        transparent=stored.get("transparent", False),
        factor=stored.get("factor", 1),
        instead_of=stored.get("instead_of", ""),
        as_file=stored.get("as_file", False),
        pictures=tuple(_source(picture) for picture in stored.get("pictures", ())),
        mask=_source(stored["mask"]) if "mask" in stored else None,
    )


def _source(keys: dict[str, Any]) -> Source:
    held = keys.get("held")
    return Source(keys["file_id"], keys["unique_id"], keys.get("size"), _picture(held) if held else None)


def _source_keys(source: Source) -> dict[str, Any]:
    return {
        "file_id": source.file_id,
        "unique_id": source.unique_id,
        "size": source.size,
        "held": _picture_keys(source.stored) if source.stored else None,
    }


def _picture(keys: dict[str, Any]) -> Picture:
    return Picture(keys["sha256"], keys["format"], keys["width"], keys["height"], keys["size"])


def _picture_keys(picture: Picture) -> dict[str, Any]:
    return {
        "sha256": picture.sha256,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "size": picture.size,
    }


def dump_sources(sources: Iterable[Source]) -> str:
    """Write sources as a JSON array."""
    return json.dumps([_source_keys(source) for source in sources])


def load_sources(column: str) -> tuple[Source, ...]:
    """Read sources from their JSON array."""
    return tuple(_source(stored) for stored in json.loads(column))


def dump_parent(parent: PictureId | None) -> dict[str, str | int | None]:
    """Return the values of the two columns of a parent."""
    return {"parent_id": parent.job_id, "parent_position": parent.position} if parent else _NO_PARENT


def load_parent(row: Row) -> PictureId | None:
    """Read a parent from its two columns."""
    return PictureId(row["parent_id"], row["parent_position"]) if row["parent_id"] else None


def load_address(row: Row) -> Destination:
    """Read a destination from the columns of a row."""
    return Destination(row["chat_id"], row["thread_id"], row["reply_to"], row["language"])


def load_job(row: Row, *, ahead: int | None = None, is_new_outcome: bool = False) -> Job:
    """Read a job from a row of `jobs`. For `ahead` and `is_new_outcome`, see `Job`."""
    stored = dict(zip(row.keys(), row, strict=True))  # a row looks each name up among all its columns
    return Job(
        id=stored["id"],
        idempotency_key=stored["origin"],
        address=Destination(stored["chat_id"], stored["thread_id"], stored["reply_to"], stored["language"]),
        requester_id=stored["asked_by"],
        request=load_request(stored["request"]),
        state=State(stored["state"]),
        created_at=stored["created_at"],
        submitted_at=stored["submitted_at"],
        attempts=stored["attempts"],
        task_id=stored["task_id"] or None,
        progress=stored["progress"],
        placeholder_id=stored["placeholder_id"],
        placed_at=stored["placed_at"],
        arrival_id=stored["arrival_id"],
        arrival_tries=stored["arrival_tries"],
        outdated_id=stored["outdated_id"],
        notified_at=stored["callback_at"],
        notified_failure=Failure(stored["callback_failure"]) if stored["callback_failure"] else None,
        failure=Failure(stored["failure"]) if stored["failure"] else None,
        result_urls=tuple(json.loads(stored["result_urls"])) if stored["result_urls"] else (),
        parent=PictureId(stored["parent_id"], stored["parent_position"]) if stored["parent_id"] else None,
        suppressed=stored["muted_at"] is not None,
        restored=stored["stopped_by"] == "restore",
        awaiting_confirmation=stored["held_at"] is not None,
        price=stored["price"],
        overdue_at=stored["overdue_at"],
        wanted=stored["wanted"],
        part_of=stored["part_of"],
        parts=stored["parts"],
        late=stored["late"],
        account=stored["account"] or "",
        is_told=stored["told_at"] is not None,
        ahead=ahead,
        is_new_outcome=is_new_outcome,
    )


def dump_picture(picture: Picture) -> str:
    """Write a stored picture as JSON."""
    return json.dumps(_picture_keys(picture))


def load_dumped_picture(column: str) -> Picture:
    """Read a stored picture from its JSON."""
    return _picture(json.loads(column))


def dump_preferences(preferences: Preferences) -> str:
    """Write preferences as JSON without the keys that are None.

    Version 0.1 reads only three sizes, so any other is in a key of its own, beside the nearest of them.
    """
    size = preferences.size
    is_other = size is not None and size not in THREE_SIZES
    keys = {
        "size": Size.nearest(size.ratio, 1) if size else None,
        "ratio": size if is_other else None,
        "variants": preferences.variants,
        "enhance": preferences.enhance,
        "fallback": preferences.fallback,
        "as_file": preferences.as_file,
        "after_result": preferences.after_result,
        "model": preferences.model,
    }
    return json.dumps({key: value for key, value in keys.items() if value is not None})


def load_preferences(column: str) -> Preferences:
    """Read preferences from their JSON."""
    stored: dict[str, Any] = json.loads(column)
    fallback = stored.get("fallback")
    size = stored.get("ratio") or stored.get("size")
    return Preferences(
        size=Size(size) if size else None,
        variants=stored.get("variants"),
        enhance=stored.get("enhance"),
        fallback="off" if fallback == "off" else Fallback(fallback) if fallback else None,
        as_file=stored.get("as_file"),
        after_result=AfterResult(stored["after_result"]) if "after_result" in stored else None,
        model=stored.get("model"),
    )


def dump_rules(rules: GroupRules) -> str:
    """Write the rules of a group as JSON."""
    keys = {
        "is_on": rules.is_on,
        "who": rules.who,
        "quiet": rules.quiet,
        "reply_edits": rules.reply_edits,
        "daily": rules.daily,
        "listed": sorted(rules.listed),
    }
    return json.dumps(keys)


def load_rules(column: str) -> GroupRules:
    """Read the rules of a group from their JSON; a key that an earlier release didn't write has its default."""
    stored: dict[str, Any] = json.loads(column)
    default = GroupRules()
    return GroupRules(
        is_on=stored.get("is_on", default.is_on),
        who=Who(stored.get("who", default.who)),
        quiet=stored.get("quiet", default.quiet),
        reply_edits=stored.get("reply_edits", default.reply_edits),
        daily=stored.get("daily", default.daily),
        listed=frozenset(stored.get("listed", default.listed)),
    )


def dump_columns(picture: Picture) -> dict[str, str | int]:
    """Return the values of the columns of `pictures` that describe a picture."""
    return {
        "sha256": picture.sha256,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "size": picture.size,
    }


def load_picture(row: Row) -> Picture:
    """Read a picture from a row of `pictures`."""
    return Picture(row["sha256"], row["format"], row["width"], row["height"], row["size"])


def listed(items: Collection[object]) -> str:
    """Return items as a text with a comma before and after each, as the statements want it."""
    return f",{','.join(map(str, items))}," if items else ","
