"""The jobs API: the validation of createTask's body, and the record of a task.

It is stricter than the vendor, which ignores unknown fields and bills the default: here, a mistake of the bot shows.
"""

import json
from collections.abc import Mapping
from math import sqrt
from typing import Any

from sandbox.imageapi.envelope import ApiError
from sandbox.imageapi.models import BY_ID, Model
from sandbox.imageapi.record import State, Task
from sandbox.imageapi.validate import check_picture, check_url

NOT_PUBLISHED = "The page does not exist or is not published"
NOT_ALLOWED = "is not within the range of allowed options"
REQUIRED = "This field is required"
TOO_LONG = "The text length cannot exceed the maximum limit"
RECORD_NULL = "recordInfo is null"
SLEEPS = ("waiting", "queuing", "generating")
"""The states of a task in progress, in this order, each for a third of its time."""


def check_job(body: Any, gone: frozenset[str] | set[str] = frozenset()) -> tuple[Model, dict[str, Any]]:
    """Return the model and the body if it is valid. Raises ApiError as the vendor does: parameters by code 500."""
    if not isinstance(body, dict) or not isinstance(body.get("model"), str) or not isinstance(body.get("input"), dict):
        raise ApiError(422, REQUIRED)
    if unknown := sorted(set(body) - {"model", "input", "callBackUrl"}):
        raise ApiError(422, f"Unknown parameter: {', '.join(unknown)}")
    model = BY_ID.get(body["model"])
    if model is None or body["model"] in gone:
        raise ApiError(422, NOT_PUBLISHED)
    if body.get("callBackUrl") is not None:
        check_url("callBackUrl", body["callBackUrl"])
    try:
        _check_input(model, body["model"], body["input"])
    except ApiError as error:
        raise ApiError(500, error.message) from error
    return model, body


def _check_input(model: Model, id_: str, given: Mapping[str, Any]) -> None:
    takes_pictures = id_ == model.edit
    fields = {"prompt"} if not model.tool else set[str]()
    fields |= {model.ratio, model.resolution, *model.others} - {""}
    fields |= {model.pictures} if takes_pictures else set()
    if unknown := sorted(set(given) - fields):
        raise ApiError(500, f"{', '.join(unknown)} {NOT_ALLOWED}")
    is_edit = bool(given.get(model.pictures)) if model.pictures else False
    if takes_pictures and model.text != model.edit and not is_edit:
        raise ApiError(500, f"{model.pictures}: {REQUIRED}")
    if is_edit:
        _check_pictures(model, given[model.pictures])
    if not model.tool:
        _check_prompt(model, given.get("prompt"), is_edit=is_edit)
    ratios = (*model.ratios, *(model.edit_ratios if is_edit else ()))
    _check_choice(model.ratio, given, ratios, is_required=model.ratio_required)
    _check_choice(model.resolution, given, model.resolutions, is_required=model.resolution_required)
    for name, values in model.others.items():
        if values:
            _check_choice(name, given, values, is_required=name == "upscale_factor")
    if given.get("mask_url") is not None:
        check_picture("mask_url", given["mask_url"])
        if len(given.get(model.pictures) or ()) != 1:
            raise ApiError(500, f"mask_url {NOT_ALLOWED}")


def _check_pictures(model: Model, value: Any) -> None:
    if model.most == 1:
        check_picture(model.pictures, value)
        return
    if not isinstance(value, list) or len(value) > model.most:
        raise ApiError(500, f"{model.pictures} {NOT_ALLOWED}")
    for url in value:
        check_picture(model.pictures, url)


def _check_prompt(model: Model, prompt: Any, *, is_edit: bool) -> None:
    least, most = model.prompt
    if not isinstance(prompt, str) or (len(prompt) < least and not (is_edit and least == 1)):
        raise ApiError(500, f"prompt: {REQUIRED}")
    if len(prompt) > most:
        raise ApiError(500, f"prompt: {TOO_LONG}")


def _check_choice(name: str, given: Mapping[str, Any], values: tuple[object, ...], *, is_required: bool) -> None:
    if not name:
        return
    if given.get(name) is None:
        if is_required:
            raise ApiError(500, f"{name}: {REQUIRED}")
        return
    if not any(type(given[name]) is type(value) and given[name] == value for value in values):
        raise ApiError(500, f"{name} {NOT_ALLOWED}")


def schema_of(model: Model, id_: str) -> dict[str, Any]:
    """Return the fields of a model's input in the manner of a JSON schema."""
    fields: dict[str, Any] = {} if model.tool else {"prompt": {"type": "string", "maxLength": model.prompt[1]}}
    required = [] if model.tool else ["prompt"]
    if id_ == model.edit:
        one = {"type": "string", "format": "uri"}
        fields[model.pictures] = one if model.most == 1 else {"type": "array", "items": one, "maxItems": model.most}
        required += [model.pictures] if model.text != model.edit else []
    ratios = (*model.ratios, *(model.edit_ratios if id_ == model.edit else ()))
    choices = {model.ratio: ratios, model.resolution: model.resolutions, **model.others}
    if id_ != model.edit:
        choices.pop("mask_url", None)
    fields |= {
        name: {"enum": list(values)} if values else {"type": "string"} for name, values in choices.items() if name
    }
    required += [model.ratio] if model.ratio_required else []
    required += [model.resolution] if model.resolution_required else []
    required += [name for name in ("upscale_factor",) if name in fields]
    return {"type": "object", "properties": fields, "required": required}


def size_of(model: Model, given: Mapping[str, Any], shape: tuple[int, int] | None) -> tuple[int, int]:
    """Return the sides in pixels; `shape` are those of the first picture, which "auto" keeps."""
    ratio = str(given.get(model.ratio) or "1:1")
    wide, high = (shape or (1, 1)) if ratio == "auto" else (int(side) for side in ratio.split(":"))
    side = 1024 * float(str(given.get(model.resolution) or "1K").rstrip("K"))
    width, height = side * sqrt(wide / high), side * sqrt(high / wide)
    return max(16, round(width / 16) * 16), max(16, round(height / 16) * 16)


def job_record(task: Task, now: float, *, is_new: bool) -> dict[str, Any]:
    """Return `data` of recordInfo. It echoes the request with the address of its notification, as the vendor does."""
    urls = json.dumps({"resultUrls": list(task.result_urls)})
    has_links = task.state is State.SUCCESS and not task.hides_links(now)
    data: dict[str, Any] = {
        "taskId": task.id,
        "model": task.reported_model,
        "state": _state(task, now),
        "param": json.dumps(task.body, ensure_ascii=False),
        "paramJson": json.dumps(task.body, ensure_ascii=False),
        "resultJson": urls if has_links else ("" if task.error is None else None),
        "failCode": str(task.error.code) if task.error else None,
        "failMsg": task.error.message if task.error else None,
        "costTime": None if task.completed is None else int(task.completed - task.created),
        "createTime": int(task.created * 1000),
        "completeTime": None if task.completed is None else int(task.completed * 1000),
        "creditsConsumed": float(task.charged),
    }
    if is_new:
        data |= {
            "successFlag": int(task.state is State.SUCCESS),
            "response": {"resultUrls": list(task.result_urls)} if has_links else None,
        }
    return data


def job_outcome(task: Task, now: float, *, is_new: bool) -> dict[str, Any]:
    """Return the body of a job's task notification: the record itself."""
    data = job_record(task, now, is_new=is_new)
    if task.error is None:
        return {"code": 200, "msg": "Playground task completed successfully.", "data": data}
    return {"code": 501, "msg": task.error.message, "data": data}


def _state(task: Task, now: float) -> str:
    if task.state is State.SUCCESS:
        return "success"
    if task.state is not State.GENERATING:
        return "fail"
    share = (now - task.created) / max(task.duration, 1e-9)
    return SLEEPS[min(max(int(share * len(SLEEPS)), 0), len(SLEEPS) - 1)]
