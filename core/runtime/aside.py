"""Whoever only waits for room to speak holds up nobody: what they had to do is done, and the next may begin."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_WAITING: ContextVar[Callable[[], None] | None] = ContextVar("waiting", default=None)


@contextmanager
def when_aside(do: Callable[[], None]) -> Iterator[None]:
    """Call `do` whenever what runs in here begins to wait for room."""
    before = _WAITING.set(do)
    try:
        yield
    finally:
        _WAITING.reset(before)


def step_aside() -> None:
    """Say that nothing but room to speak is waited for now."""
    if do := _WAITING.get():
        do()
