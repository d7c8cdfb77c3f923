"""A task and its JSON forms: record-info, the task notification and the control interface."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal

from sandbox.faults import Fault
from sandbox.imageapi.envelope import ApiError
from sandbox.imageapi.window import Window


class State(Enum):
    """The state of a task. The name is `status` in record-info, the value is `successFlag`."""

    GENERATING = 0
    SUCCESS = 1
    CREATE_TASK_FAILED = 2
    GENERATE_FAILED = 3


Wire = Literal["new", "old"]
"""The style of record-info. "new" is the current one; "old" has no `status` and has times as text."""


@dataclass(frozen=True)
class Sent:
    """One attempt to send a task notification, with the HTTP status or the error."""

    at: float
    url: str
    body: dict[str, Any]
    status: int | None
    error: str | None = None


@dataclass
class Task:
    """One accepted generate call. Times are in seconds of the API's clock."""

    id: str
    body: dict[str, Any]
    created: float
    duration: float
    charged: float
    queries: Window
    faults: list[Fault] = field(default_factory=list)
    callback_faults: list[Fault] = field(default_factory=list)
    state: State = State.GENERATING
    completed: float | None = None
    result_urls: list[str] = field(default_factory=list)
    error: ApiError | None = None
    callbacks: list[Sent] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the outcome is known: success or failure."""
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the last notification was sent, given up or lost, or if the task has no `callBackUrl`."""

    model: str = ""
    """The id of the model, empty for a task of the 4o endpoints."""
    pictures_field: str = "filesUrl"
    key: str = ""
    """The key of the account that asked for it, empty for the first account."""

    @property
    def given(self) -> dict[str, Any]:
        """The parameters: the body, or its `input` for a task of the jobs API."""
        given: dict[str, Any] = self.body["input"] if self.model else self.body
        return given

    @property
    def prompt(self) -> str:
        """The prompt, or an empty string if the body has only pictures."""
        return str(self.given.get("prompt") or "")

    @property
    def inputs(self) -> list[str]:
        """The URLs of the pictures."""
        found = self.given.get(self.pictures_field) or []
        return [found] if isinstance(found, str) else list(found)

    @property
    def reported_model(self) -> str:
        """The model that the record names; a fault of the kind "model" changes it."""
        return next((str(fault.value) for fault in self.faults if fault.kind == "model"), self.model)

    def hides_links(self, now: float) -> bool:
        """Return whether the record has no links yet, by a fault of the kind "linkless" with its seconds."""
        since = now if self.completed is None else self.completed
        return any(fault.kind == "linkless" and now < since + fault.seconds(1e9) for fault in self.faults)

    @property
    def variants(self) -> int:
        """The number of pictures ordered."""
        return int(self.body.get("nVariants") or 1)

    def progress(self, now: float) -> float:
        """Return the progress from 0 to 1. A task that isn't successful reports at most 0.99."""
        if self.state is State.SUCCESS:
            return 1.0
        end = now if self.completed is None else self.completed
        return min(0.99, max(0.0, (end - self.created) / max(self.duration, 1e-9)))

    def record(self, now: float, wire: Wire = "new") -> dict[str, Any]:
        """Return `data` of record-info. Result URLs have both spellings in both styles, for clients of either."""
        urls = list(self.result_urls)
        data = {
            "taskId": self.id,
            "paramJson": json.dumps(self.body, ensure_ascii=False),
            "completeTime": None if self.completed is None else _time(self.completed, wire),
            "response": {"resultUrls": urls, "result_urls": urls} if self.state is State.SUCCESS else None,
            "successFlag": self.state.value,
            "status": self.state.name,
            "errorCode": self.error.code if self.error else None,
            "errorMessage": self.error.message if self.error else None,
            "createTime": _time(self.created, wire),
            "progress": f"{self.progress(now):.2f}",
        }
        if wire == "old":
            del data["status"]
            data["successFlag"] = min(self.state.value, 2)  # the old style has one flag for all failures
        return data

    def outcome(self, *, bare_failures: bool) -> dict[str, Any]:
        """Return the body of the task notification.

        With `bare_failures`, a failure has `"data": null`, as on one of the vendor's pages.
        """
        if self.error is None:
            info = {"result_urls": list(self.result_urls)}
            return {"code": 200, "msg": "success", "data": {"taskId": self.id, "info": info}}
        data = None if bare_failures else {"taskId": self.id, "info": None}
        return {"code": self.error.code, "msg": self.error.message, "data": data}

    def to_json(self) -> dict[str, Any]:
        """Return the task as the control interface shows it."""
        sent = [
            {"at": s.at, "url": s.url, "body": s.body, "status": s.status, "error": s.error} for s in self.callbacks
        ]
        return {
            "id": self.id,
            "body": self.body,
            "state": self.state.name,
            "charged": self.charged,
            "result_urls": list(self.result_urls),
            "error": [self.error.code, self.error.message] if self.error else None,
            "callbacks": sent,
        }


def _time(seconds: float, wire: Wire) -> int | str:
    return int(seconds * 1000) if wire == "new" else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
