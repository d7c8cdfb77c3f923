"""The last calls the bot made on either wire, for whoever wants to know what it did."""

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

KEEP = 5000
LONGEST_VALUE = 200


class CallLog:
    """A bounded ring of calls: wire, method, time, parameters in short, and the code of the answer once known."""

    def __init__(self) -> None:
        self.calls: deque[dict[str, Any]] = deque(maxlen=KEEP)

    def add(self, wire: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Note a call; put the answer's code into what you get back."""
        short = {key: _short(value) for key, value in params.items()}
        call = {"wire": wire, "method": method, "time": time.time(), "params": short, "answer": None}
        self.calls.append(call)
        return call

    def of(self, method: str, wire: str = "telegram") -> list[dict[str, Any]]:
        """The calls of one method that are still remembered, oldest first."""
        return [call for call in self.calls if call["wire"] == wire and call["method"] == method]


def _short(value: Any) -> Any:
    if isinstance(value, int | float | None):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
