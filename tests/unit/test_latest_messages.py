"""The newest message of each chat."""

from core.runtime.latest_messages import LatestMessages


def test_the_newest_counts_however_late_others_are_noted() -> None:
    """A message that is noted late doesn't replace a newer one."""
    latest = LatestMessages()
    for message_id in (5, 9, 7, 0, -3):
        latest.note(1, None, message_id)
    assert latest.newest(1) == 9


def test_chats_and_topics_are_apart() -> None:
    """Each topic has its own newest message."""
    latest = LatestMessages()
    latest.note(-100, 4, 12)
    assert latest.newest(-100, 4) == 12
    assert latest.newest(-100) is None
    assert latest.newest(-101, 4) is None


def test_quiet_chats_are_forgotten_first() -> None:
    """The memory is bounded."""
    latest = LatestMessages(size=2)
    latest.note(1, None, 1)
    latest.note(2, None, 1)
    latest.note(1, None, 2)
    latest.note(3, None, 1)
    assert (latest.newest(1), latest.newest(2), latest.newest(3)) == (2, None, 1)
