"""Telegram's message limits."""

import pytest

from sandbox.serve import Sandbox
from sandbox.telegram.limits import FloodGate
from tests.sandbox.telegram_kit import ADA, GROUP, Client, Clock, RefusedError, picture


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test turns."""
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> FloodGate:
    """Return limits on that clock."""
    return FloodGate(clock)


def test_a_burst_of_five_then_one_a_second(gate: FloodGate, clock: Clock) -> None:
    """A private chat accepts a burst of five, and then one message a second."""
    assert [gate.take(ADA, group=False) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    clock.now += 1
    assert gate.take(ADA, group=False) == 0
    assert gate.take(ADA, group=False) == 1


def test_a_closed_chat_stays_closed_for_as_long_as_was_said(gate: FloodGate, clock: Clock) -> None:
    """A closed chat reports the rest of the wait, and other chats aren't affected."""
    gate.close(ADA, 30)
    clock.now += 10.5
    assert gate.take(ADA, group=False) == 20
    assert gate.take(GROUP, group=True) == 0
    clock.now += 19.5
    assert gate.take(ADA, group=False) == 0


def test_a_group_takes_twenty_messages_a_minute(gate: FloodGate, clock: Clock) -> None:
    """The twenty-first message in a group waits until the first one is a minute old."""
    for _ in range(20):
        assert gate.take(GROUP, group=True) == 0
        clock.now += 1
    assert gate.take(GROUP, group=True) == 40
    clock.now += 40
    assert gate.take(GROUP, group=True) == 0


def test_no_limit_on_all_chats_together(gate: FloodGate) -> None:
    """Many chats get messages within one second: Telegram documents a total only for bulk notifications."""
    assert not any(gate.take(chat, group=chat < 0) for chat in range(-200, 200))


async def test_the_wire_says_429_and_nothing_is_sent(sandbox: Sandbox, api: Client, clock: Clock) -> None:
    """A message above the limit gets a 429 with retry_after; edits count, and chat actions don't."""
    world = sandbox.telegram
    world.limits = FloodGate(clock)
    sent = [await api("sendMessage", chat_id=ADA, text=str(n)) for n in range(4)]
    await api("editMessageText", chat_id=ADA, message_id=sent[0]["message_id"], text="edited")
    await api("sendChatAction", chat_id=ADA, action="typing")
    with pytest.raises(RefusedError, match=r"^Too Many Requests: retry after 1$") as refused:
        await api("sendMessage", chat_id=ADA, text="too much")
    assert (refused.value.status, refused.value.parameters) == (429, {"retry_after": 1})
    assert len(world.messages(ADA)) == 4
    assert world.flood_errors == 1


async def test_an_album_weighs_what_it_shows(sandbox: Sandbox, api: Client, clock: Clock) -> None:
    """After an album of four, one more message is accepted."""
    sandbox.telegram.limits = FloodGate(clock)
    files = {f"p{n}": ("p.png", picture()) for n in range(4)}
    media = [{"type": "photo", "media": f"attach://{name}"} for name in files]
    await api("sendMediaGroup", files, chat_id=ADA, media=media)
    await api("sendMessage", chat_id=ADA, text="one")
    with pytest.raises(RefusedError, match="Too Many Requests"):
        await api("sendMessage", chat_id=ADA, text="two")
