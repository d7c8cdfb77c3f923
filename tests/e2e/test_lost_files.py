"""A stored picture that can't be read is retried, and isn't blamed on Telegram."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.models.timing import Timing
from core.services.circuit_breaker import CircuitBreaker
from sandbox.faults import Fault
from tests.e2e.kit import ADA, FAST, Studio, until, words_of

pytestmark = pytest.mark.embedded

SHOWING = ("sendPhoto", "sendDocument", "editMessageMedia", "sendMediaGroup")


@pytest.fixture
def timing() -> Timing:
    """Return short waits after failures."""
    return replace(FAST, cool_down_s=0.1, first_wait_ms=400, longest_wait_ms=400)


def _noted(doubts: list[CircuitBreaker]) -> Callable[[CircuitBreaker], Awaitable[None]]:
    doubt = CircuitBreaker.doubt_storage

    async def doubting(breaker: CircuitBreaker) -> None:
        await doubt(breaker)
        doubts.append(breaker)

    return doubting


def _files(studio: Studio) -> list[Path]:
    return [path for path in (studio.directory / "pictures").glob("??/*") if path.suffix == ".png"]


async def _painted(studio: Studio, words: str) -> list[Path]:
    """Let a job's pictures be stored while Telegram refuses to show them, and return their files."""
    for method in SHOWING:
        studio.faults.add(Fault("telegram", method, "code", 502, times=None))
    await studio.say(words)
    await until(lambda: studio.rows("jobs WHERE state = 'settled' AND attempts > 0"))
    return _files(studio)


@pytest.mark.parametrize(("words", "count"), [("a red fox", 1), ("a red fox --n 2", 2)])
async def test_what_can_not_be_read_is_tried_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, words: str, count: int
) -> None:
    """If a file can't be read (here it is a directory), the delivery is retried until it can."""
    doubts: list[CircuitBreaker] = []
    monkeypatch.setattr(CircuitBreaker, "doubt_storage", _noted(doubts))
    files = await _painted(studio, words)
    hidden = [path.rename(path.with_suffix(".away")) for path in files]
    for path in files:
        path.mkdir()
    studio.faults.clear()
    await until(lambda: len(doubts) > 6)
    assert not [message for message in studio.from_bot(ADA) if "Telegram" in words_of(message)]
    for path, away in zip(files, hidden, strict=True):
        path.rmdir()
        away.rename(path)
    await studio.in_state("delivered")
    assert len([message for message in studio.from_bot(ADA) if message.keys() & {"photo", "document"}]) == count


async def test_what_vanished_is_fetched_again(studio: Studio) -> None:
    """A vanished file is downloaded again by its link."""
    files = await _painted(studio, "a red fox")
    for path in files:
        path.unlink()
    studio.faults.clear()
    await studio.in_state("delivered")
    assert [message for message in studio.from_bot(ADA) if message.keys() & {"photo", "document"}]
    assert _files(studio) == files
