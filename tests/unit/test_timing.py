"""The defaults of Timing: limits of vendors are kept, and numbers of attempts add up to the promised times."""

from collections.abc import Iterable

import pytest

from core.models.timing import Timing

TIMING = Timing()
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def _backoff(attempts: Iterable[int]) -> int:
    return sum(TIMING.backoff_ms(number) for number in attempts)


def _refused() -> int:
    first, longest = TIMING.refusal_first_wait_ms, TIMING.refusal_longest_wait_ms
    return sum(min(first * 2**number, longest) for number in range(TIMING.refusals))


def _album(tries: int) -> int:
    return 12 * TIMING.album_again_ms + (tries - 12) * TIMING.album_rarely_ms


def _update(tries: int) -> int:
    return sum(min(1000 * 2**number, TIMING.update_longest_wait_ms) for number in range(tries))


def test_generate_stays_within_its_limit() -> None:
    """The window is longer than the image API's 10 seconds, with room for delays."""
    assert TIMING.generate_window_s > 10


@pytest.mark.parametrize(
    ("taken", "promised"),
    [
        (TIMING.message_of_use_ms, 6 * HOUR),
        (TIMING.press_of_use_ms, HOUR),
        (TIMING.apology_of_use_ms, 36 * HOUR),
        (_album(TIMING.album_tries), 6 * HOUR),
        (_album(TIMING.album_apology_tries), 36 * HOUR),
        (_update(TIMING.update_fetches), MINUTE / 2),
        (_backoff(range(TIMING.source_fetches)), 3 * MINUTE),
        (_backoff(range(TIMING.result_attempts)), 8 * MINUTE),
        ((TIMING.result_patience - TIMING.result_attempts) * TIMING.result_rarely_ms, DAY),
        (_refused(), DAY),
        (TIMING.housekeeping_rest_s * 1000, DAY),
        (TIMING.overdue_poll_ms, 5 * MINUTE),
        (TIMING.picture_link_s * 1000, 10 * MINUTE),
    ],
    ids=[
        "message", "press", "apology", "album", "album apology", "file", "source", "some results", "all results",
        "outcome", "housekeeping", "overdue", "picture link",
    ],
)  # fmt: skip
def test_each_wait_is_as_long_as_promised(taken: float, promised: float) -> None:
    """Each time in which the bot tries again or waits is within a twentieth of the documented one."""
    assert taken == pytest.approx(promised, rel=0.05)
