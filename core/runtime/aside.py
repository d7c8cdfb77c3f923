"""A signal that work only waits for room to send, so that the next item may begin before it ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_WAITING: ContextVar[Callable[[], None] | None] = ContextVar("waiting", default=None)


@contextmanager
def when_aside(do: Callable[[], None]) -> Iterator[None]:
    """Call `do` each time the work in this context begins to wait for room to send."""
    before = _WAITING.set(do)
    try:
        yield
    finally:
        _WAITING.reset(before)


def step_aside() -> None:
    """Tell the surrounding `when_aside`, if any, that the work now waits for room to send."""
    if do := _WAITING.get():
        do()
