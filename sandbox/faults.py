"""What shall go wrong, and how often: the list that tests and benchmarks hand to the sandbox.

A fault waits here until a server asks for it by wire (which conversation) and match (which method or
endpoint). The servers play it; `sandbox/misbehave.py` plays the kinds that are the same on every wire.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, get_args

Wire = Literal["telegram", "image", "callback", "file"]
Kind = Literal[
    "delay",  # wait `value` seconds before handling
    "code",  # answer the envelope's code `value` ("451" or "451:in these words") without doing anything
    "http",  # answer the bare HTTP status `value`
    "html",  # answer an HTML page, as a shield or a gateway does, with status `value` (502)
    "cut",  # send half of the right answer, then close the connection
    "drop",  # close the connection without doing anything
    "drop_after",  # do it, then close the connection without an answer
    "odd",  # do it, then answer Telegram's `ok: true` with the JSON `value` as its result or mixed into it, or none
    "retry_after",  # Telegram's 429, with `value` seconds to wait
    "lose",  # a callback that is never sent
    "double",  # a callback that is sent twice
    "early",  # a callback that arrives before generate has answered
]

TIMING: frozenset[Kind] = frozenset({"delay", "early"})
"""Kinds that say when, not what: they go together with one fault of another kind."""

NAMED_ONLY = frozenset({"task"})
"""Matches that are no endpoint: "*" does not mean them."""


@dataclass
class Fault:
    """One thing to go wrong. `match` names a method or an endpoint, or "*"; `times` None means always."""

    wire: Wire
    match: str
    kind: Kind
    value: float | int | str | None = None
    times: int | None = 1

    def __post_init__(self) -> None:
        if self.wire not in get_args(Wire):
            raise ValueError(f"unknown wire {self.wire!r}")
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind {self.kind!r}")
        if self.times is not None and self.times < 1:
            raise ValueError("times must be at least 1, or null for always")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one fault of the control interface; a key we do not know is a mistake worth telling."""
        unknown = set(data) - {field.name for field in fields(cls)}
        missing = {"wire", "match", "kind"} - set(data)
        if unknown or missing:
            raise ValueError(f"a fault has wire, match, kind, value, times: see {sorted(unknown | missing)}")
        return cls(**data)

    def fits(self, wire: Wire, match: str) -> bool:
        """Say whether this fault is meant for a call."""
        if self.wire != wire:
            return False
        if wire == "callback":
            return True  # there is only one thing to send on that wire
        return self.match == match or (self.match == "*" and match not in NAMED_ONLY)

    def seconds(self, default: float = 0.0) -> float:
        """The value of a delay or a retry_after."""
        return default if self.value is None else float(self.value)

    def status(self, default: int = 500) -> int:
        """The value of an http or html fault."""
        return default if self.value is None else int(self.value)

    def code(self, default: int = 500) -> tuple[int, str | None]:
        """The value of a code fault: the number, and the words after the colon if there are any."""
        number, _, words = str(default if self.value is None else self.value).partition(":")
        return int(number), words or None


class Faults:
    """The waiting faults, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, *faults: Fault) -> None:
        """Let these happen, after those that wait already."""
        self._waiting.extend(faults)

    def clear(self) -> None:
        """Let everything go well from here on."""
        self._waiting.clear()

    def from_json(self, data: Iterable[Mapping[str, Any]]) -> list[Fault]:
        """Add a JSON list of faults: all of them, or none when one is wrong."""
        faults = [Fault.from_json(item) for item in data]
        self.add(*faults)
        return faults

    def take(self, wire: Wire, match: str) -> list[Fault]:
        """Use up what shall happen to this one call: at most one fault per timing kind, and one other.

        So two faults of one method befall two calls, in the order they were added.
        """
        taken: dict[str, Fault] = {}
        for fault in self._waiting:
            if fault.fits(wire, match):
                taken.setdefault(fault.kind if fault.kind in TIMING else "other", fault)
        for fault in taken.values():
            self._use(fault)
        return list(taken.values())

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self._waiting = [other for other in self._waiting if other is not fault]
