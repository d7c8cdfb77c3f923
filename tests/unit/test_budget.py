"""The Telegram rate limiter: limits are never exceeded, results go first, and no chat waits for another one."""

import asyncio
from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.telegram.rate_limiter import BURST, Priority, TelegramRateLimiter
from core.errors import Dropped
from sandbox.telegram.limits import FloodGate
from tests.unit.loops import run_jumping

SOON = 0.001  # at once, apart from a few turns of the loop
CHATS = (1, 2, 3, -100, -200)


@dataclass(frozen=True)
class Wish:
    """A message to send after a pause; it takes `way` seconds to arrive, and its answer as long to come back."""

    after: float
    chat: int
    priority: Priority
    cost: int = 1
    way: float = 0.0


@dataclass
class Sent:
    """The fate of a wish: when it asked, and when it got its permit, or None if it was dropped."""

    wish: Wish
    asked: float
    at: float | None = None
    refused: int = 0
    """The seconds that Telegram would have told the bot to wait."""


def _wishes(
    chats: st.SearchStrategy[int], pauses: list[float], costs: list[int], least: int
) -> st.SearchStrategy[list[Wish]]:
    wish = st.builds(
        Wish,
        after=st.sampled_from(pauses),
        chat=chats,
        priority=st.sampled_from(Priority),
        cost=st.sampled_from(costs),
        way=st.sampled_from([0.0, 0.0, 0.02, 0.7, 1.5, 4.0]),
    )
    return st.lists(wish, min_size=least, max_size=60)


WISHES = st.one_of(
    _wishes(st.sampled_from(CHATS), [0.0, 0.01, 0.3, 1.0, 20.0], [1, 1, 1, 2, 4, 10], 1),
    _wishes(st.just(-100), [0.0, 0.1, 1.0], [1], 40),
    _wishes(st.sampled_from([1, -100]), [0.0, 0.0, 0.3], [1, 1, 4], 20),
    _wishes(st.integers(1, 60), [0.0, 0.0, 0.0, 0.01], [1, 2], 40),
)
"""All kinds of messages, a busy group, two busy chats, and a crowd."""


async def _play(wishes: list[Wish]) -> list[Sent]:
    loop = asyncio.get_running_loop()
    budget, telegram = TelegramRateLimiter(), FloodGate(loop.time)

    async def one(sent: Sent) -> None:
        wish = sent.wish
        try:
            leave = await budget.leave(wish.chat, wish.priority, wish.cost)
        except Dropped:
            return
        sent.at = loop.time()
        await asyncio.sleep(wish.way)
        sent.refused = telegram.take(wish.chat, group=wish.chat < 0, weight=wish.cost)
        await asyncio.sleep(wish.way)
        budget.arrived(leave)

    tasks, played = [], []
    for wish in wishes:
        await asyncio.sleep(wish.after)
        played.append(Sent(wish, loop.time()))
        tasks.append(asyncio.create_task(one(played[-1])))
    await asyncio.gather(*tasks)
    await budget.shutdown()
    return played


@given(WISHES)
@example([Wish(0.0, chat, Priority.ANSWER, way=1.5 if chat <= 25 else 0.5) for chat in range(1, 51)])
@settings(max_examples=60, deadline=None)
def test_no_interleaving_exceeds_telegrams_limits(wishes: list[Wish]) -> None:
    """Telegram never has to refuse a message, whatever is sent in which order and however long it takes."""
    assert not [sent for sent in run_jumping(_play(wishes)) if sent.refused]


@given(WISHES)
@settings(max_examples=60, deadline=None)
def test_results_go_first_and_nothing_else_is_lost(wishes: list[Wish]) -> None:
    """Only progress is dropped; in each chat, more important messages go first, and then earlier ones."""
    played = run_jumping(_play(wishes))
    for sent in played:
        assert sent.at is not None or sent.wish.priority is Priority.PROGRESS
        assert sent.at is None or sent.wish.priority is not Priority.PROGRESS or sent.at - sent.asked < SOON
    for number, sent in enumerate(played):
        for other in played[number + 1 :]:
            same_chat = other.wish.chat == sent.wish.chat
            if sent.at is None or other.at is None or not same_chat or sent.wish.priority is Priority.PROGRESS:
                continue
            if other.wish.priority >= sent.wish.priority:
                assert sent.at <= other.at
            elif other.asked < sent.at:
                assert other.at <= sent.at


async def _progress(budget: TelegramRateLimiter, chat: int) -> bool:
    try:
        budget.arrived(await budget.leave(chat, Priority.PROGRESS))
    except Dropped:
        return False
    return True


def test_progress_never_takes_the_last_room() -> None:
    """Progress messages alone leave room for a result to go at once."""

    async def play() -> None:
        budget, start = TelegramRateLimiter(), asyncio.get_running_loop().time()
        shown = [await _progress(budget, 1) for _ in range(10)]
        assert 0 < sum(shown) < BURST
        await budget.leave(1, Priority.RESULT)
        assert asyncio.get_running_loop().time() - start < SOON

    run_jumping(play())


def test_a_group_keeps_half_its_minute_for_results() -> None:
    """Progress messages use at most half of a group's messages in a minute."""

    async def play() -> int:
        budget, shown = TelegramRateLimiter(), 0
        for _ in range(50):
            shown += await _progress(budget, -100)
            await asyncio.sleep(1.2)
        return shown

    assert 1 <= run_jumping(play()) <= 10
