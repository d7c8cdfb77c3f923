"""The queue of faults that tests and benchmarks order from the sandbox.

A server takes the faults of a call by wire (which conversation) and match (which method or endpoint), and applies them.
`sandbox/misbehave.py` applies the kinds that are the same on every wire.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, get_args

Wire = Literal["telegram", "image", "callback", "file"]
Kind = Literal[
    "delay",  # wait `value` seconds before handling the call
    "hold",  # wait until the fault is released, at most `value` seconds (60), before handling the call
    "code",  # answer the envelope's code `value` ("451", or "451:words" to set the message) and do nothing
    "http",  # answer the bare HTTP status `value`
    "html",  # answer an HTML page, as a shield or a gateway does, with the status `value` (default 502)
    "cut",  # send half of the right answer, then close the connection
    "drop",  # close the connection and do nothing
    "drop_after",  # handle the call, then close the connection without an answer
    "odd",  # handle the call, then answer `ok: true` with the JSON `value` as or in its result, or without a result
    "retry_after",  # Telegram's 429, with `value` seconds to wait
    "lose",  # never send the task notification, or the update to the bot's webhook
    "double",  # send the task notification, or the update to the bot's webhook, twice
    "linkless",  # name no links in a task's record for `value` seconds after its success, or for ever
    "model",  # name the model `value` in a job's record
    "early",  # send the task notification before generate has answered
]

TIMING: frozenset[Kind] = frozenset({"delay", "hold", "early"})
"""Kinds that change only the timing. A call can get each of them together with one fault of another kind."""

NAMED_ONLY = frozenset({"task"})
"""Matches that aren't endpoints. "*" doesn't include them."""


_HELD_S = 60.0


@dataclass
class Fault:
    """A fault that is applied `times` times, or always if `times` is None.

    `match` names a method or an endpoint; "*" matches all of them. The kind defines the meaning of `value`. Raises
    ValueError if a field has an unknown value.
    """

    wire: Wire
    match: str
    kind: Kind
    value: float | int | str | None = None
    times: int | None = 1
    _gate: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.wire not in get_args(Wire):
            raise ValueError(f"unknown wire {self.wire!r}")
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind {self.kind!r}")
        if self.times is not None and self.times < 1:
            raise ValueError("times must be at least 1, or null for always")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Create a fault from an object of the control interface. Raises ValueError for missing and unknown keys."""
        unknown = set(data) - {field.name for field in fields(cls) if field.init}
        missing = {"wire", "match", "kind"} - set(data)
        if unknown or missing:
            raise ValueError(f"a fault has wire, match, kind, value, times: see {sorted(unknown | missing)}")
        return cls(**data)

    def fits(self, wire: Wire, match: str) -> bool:
        """Return whether this fault applies to a call."""
        if self.wire != wire:
            return False
        if wire == "callback":
            return True  # this wire has only one kind of call
        return self.match == match or (self.match == "*" and match not in NAMED_ONLY)

    def seconds(self, default: float = 0.0) -> float:
        """Return the value of a `delay`, `hold` or `retry_after` fault, in seconds."""
        return default if self.value is None else float(self.value)

    def release(self) -> None:
        """Let the calls go on that this `hold` fault holds, and those that it would hold."""
        self._gate.set()

    async def released(self) -> None:
        """Wait until a `hold` fault is released, or its time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds(_HELD_S)):
                await self._gate.wait()

    def status(self, default: int = 500) -> int:
        """Return the HTTP status of an `http` or `html` fault."""
        return default if self.value is None else int(self.value)

    def code(self, default: int = 500) -> tuple[int, str | None]:
        """Return the number of a `code` fault and the words after its colon, or None if it has none."""
        number, _, words = str(default if self.value is None else self.value).partition(":")
        return int(number), words or None


class Faults:
    """The queue of waiting faults, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._holding: list[Fault] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, *faults: Fault) -> None:
        """Append faults to the queue."""
        self._waiting.extend(faults)

    def clear(self) -> None:
        """Remove all waiting faults, and release the held calls."""
        for fault in self._holding:
            fault.release()
        self._waiting.clear()
        self._holding.clear()

    def from_json(self, data: Iterable[Mapping[str, Any]]) -> list[Fault]:
        """Append a JSON list of faults. If one of them is invalid, raise ValueError and append none."""
        faults = [Fault.from_json(item) for item in data]
        self.add(*faults)
        return faults

    def take(self, wire: Wire, match: str) -> list[Fault]:
        """Take the faults for one call: at most one of each timing kind and one of the other kinds.

        Two faults of the same method therefore apply to two calls, in the order in which they were added.
        """
        taken: dict[str, Fault] = {}
        for fault in self._waiting:
            if fault.fits(wire, match):
                taken.setdefault(fault.kind if fault.kind in TIMING else "other", fault)
        for fault in taken.values():
            self._use(fault)
        return list(taken.values())

    def _use(self, fault: Fault) -> None:
        if fault.kind == "hold" and not any(fault is other for other in self._holding):
            self._holding.append(fault)
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self._waiting = [other for other in self._waiting if other is not fault]
