"""A log of the last calls that the bot made to Telegram, for tests and the control interface."""

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

KEEP = 5000
LONGEST_VALUE = 200


class CallLog:
    """A bounded list of calls: wire, method, time, shortened parameters and, once known, the answer's code."""

    def __init__(self) -> None:
        self.calls: deque[dict[str, Any]] = deque(maxlen=KEEP)

    def add(self, wire: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Record a call and return its record. The caller stores the answer's code under `answer`."""
        short = {key: _short(value) for key, value in params.items()}
        call = {"wire": wire, "method": method, "time": time.time(), "params": short, "answer": None}
        self.calls.append(call)
        return call

    def of(self, method: str, wire: str = "telegram") -> list[dict[str, Any]]:
        """Return the recorded calls of one method, oldest first."""
        return [call for call in self.calls if call["wire"] == wire and call["method"] == method]


def _short(value: Any) -> Any:
    if isinstance(value, int | float | None):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
