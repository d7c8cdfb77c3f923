"""The wire format of the jobs API, without network access: bodies of createTask, and the answers of recordInfo.

All models but 4o are asked by it (vendor's docs, Market: createTask and recordInfo; parts are known from recordings).
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from bot.image_api.sansio import Links, Words, failure_of, number_of, read, unpacked, whole_of
from core.errors import ApiRefused, Failure
from core.models.image_model import ImageModel
from core.models.image_request import Request, Size
from core.models.job import Failed, Generating, Painted, Report, Unknown

_PARAMETER_WORDS = (
    *("range of allowed options", "field is required", "is required", "text length", "cannot exceed", "must be"),
    *("is not supported", "not support", "invalid"),
)
"""The words of code 500 that tell of a parameter: such an order was surely not taken (seen)."""
_GONE_WORDS = ("not published", "page does not exist")
_ENDED = {408, 501}
"""Codes of recordInfo's envelope that end a task, also without data."""


def create_body(
    model: ImageModel, request: Request, files: Sequence[str], mask: str | None, webhook_url: str | None
) -> dict[str, Any]:
    """Build the body of createTask.

    The ratio and the resolution are always named where the model has them: the vendor's default may cost more.
    """
    fields: dict[str, Any] = {**model.extras, **(model.transparent if request.transparent else {})}
    if request.prompt and model.tool is None:
        fields["prompt"] = request.prompt
    if files:
        fields[model.pictures_field] = files[0] if model.one_picture else list(files)
    if model.ratios:
        fields[model.ratio_field] = _ratio(model, request, is_edit=bool(files))
    if model.resolutions:
        fields[model.resolution_field] = request.resolution or model.resolutions[0]
    if model.factor_field:
        fields[model.factor_field] = str(request.factor)
    if mask and len(files) == 1 and model.mask_field:
        fields[model.mask_field] = mask
    if request.enhance and model.enhance_field:
        fields[model.enhance_field] = True
    body = {"model": model.edit_id if files else model.text_id, "input": fields}
    return body | ({"callBackUrl": webhook_url} if webhook_url else {})


def read_refusal(refused: ApiRefused) -> ApiRefused:
    """Return a refusal of createTask with the failure that it stands for in the jobs API."""
    words = str(refused).lower()
    if refused.code in {404, 422} and any(word in words for word in _GONE_WORDS):
        return ApiRefused(Failure.MODEL_GONE, str(refused), refused.code)
    if refused.code == 505:
        return ApiRefused(Failure.MODEL_GONE, str(refused), refused.code)
    if refused.code == 500 and refused.failure is Failure.UPSTREAM and any(word in words for word in _PARAMETER_WORDS):
        return ApiRefused(Failure.INVALID, str(refused), refused.code)
    return refused


def read_record(data: Any, model: ImageModel) -> Report:
    """Read the answer of recordInfo. Raises Unreadable.

    `None`, and a record of another model, mean that the service does not know the task (yet).
    """
    if data is None:
        return Unknown()
    record = read(_JobRecord, data, "recordInfo")
    if record.model and record.model not in {model.text_id, model.edit_id}:
        return Unknown()
    if record.state == "success" or (not record.state and record.flag == 1):
        return Painted(record.urls, record.consumed)
    if record.state == "fail":
        code = whole_of(record.failCode) or None
        return Failed(failure_of(code, record.failMsg), f"{record.failCode}: {record.failMsg[:300]}", record.consumed)
    return Generating(0.0)


def read_end(refused: ApiRefused) -> Report | None:
    """Return the end of a task that the envelope of recordInfo tells, Unknown without a record, else None."""
    if refused.code in {404, 422}:
        return Unknown()
    if refused.code in _ENDED:
        return Failed(refused.failure, str(refused)[:300])
    return None


def _ratio(model: ImageModel, request: Request, *, is_edit: bool) -> str:
    if request.size:
        return str(request.size)
    if is_edit and model.keeps_shape(request.resolution):
        return "auto"
    return str(Size.SQUARE if Size.SQUARE in model.ratios else model.ratios[0])


def credits_of(value: Any) -> int | None:
    """Return hundredths of credits, None for anything but a number of credits."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    found = number_of(value)
    is_told = value == 0 or str(value).strip() in {"0", "0.0", "0.00"} or found
    return math.ceil(round(found * 100, 6)) if is_told and found >= 0 else None


class _Result(BaseModel):
    resultUrls: Links = ()  # noqa: N815 - the wire's own name


_Unpacked = Annotated[_Result | None, BeforeValidator(unpacked)]


class _JobRecord(BaseModel):
    model: Words = ""
    state: Words = ""
    flag: Annotated[int, BeforeValidator(whole_of), Field(validation_alias="successFlag")] = 0
    failCode: Words = ""  # noqa: N815
    failMsg: Words = ""  # noqa: N815
    resultJson: _Unpacked = None  # noqa: N815
    response: _Unpacked = None
    consumed: Annotated[int | None, BeforeValidator(credits_of), Field(validation_alias="creditsConsumed")] = None

    @property
    def urls(self) -> tuple[str, ...]:
        """The links, from the place that has any."""
        for result in (self.response, self.resultJson):
            if result and result.resultUrls:
                return result.resultUrls
        return ()
