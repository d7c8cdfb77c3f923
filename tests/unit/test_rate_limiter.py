"""The Telegram rate limiter: limits are never exceeded, results go first, and no chat waits for another one."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.error import BadRequest, RetryAfter

from bot.telegram.rate_limiter import NO_LIMITS, ChatLimiter, Priority, SendLimits, TelegramRateLimiter
from core.errors import Dropped
from sandbox.telegram.limits import FloodGate
from tests.unit.loops import jumping, run_jumping

SOON = 0.001  # at once, apart from a few turns of the loop
CHATS = (1, 2, 3, -100, -200)
BURST, PER_SECOND, GROUP_MESSAGES = SendLimits.burst, SendLimits.per_second, SendLimits.group_messages
BULK_PER_SECOND, OVERALL_PER_SECOND = SendLimits.bulk_per_second, SendLimits.overall_per_second


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


@given(WISHES)
@settings(max_examples=40, deadline=None)
def test_what_nobody_asked_for_stays_within_the_overall_limit(wishes: list[Wish]) -> None:
    """In any second, progress and broadcasts together stay within the overall limit, and broadcasts within theirs."""
    played = run_jumping(_play(wishes))
    for least, most in ((Priority.PROGRESS, OVERALL_PER_SECOND), (Priority.BULK, BULK_PER_SECOND)):
        sent = [(one.at, one.wish.cost) for one in played if one.at is not None and one.wish.priority >= least]
        assert all(sum(cost for at, cost in sent if start <= at < start + 1) <= most for start, _ in sent)


@given(_wishes(st.sampled_from(CHATS), [0.0, 0.01, 0.3, 1.0], [1, 1, 2, 4], 20))
@settings(max_examples=40, deadline=None)
def test_no_chat_waits_for_another(wishes: list[Wish]) -> None:
    """Results and answers leave a chat at the same time, no matter how much goes to the other chats."""
    asked_for = [replace(wish, priority=min(wish.priority, Priority.ANSWER)) for wish in wishes]
    together = run_jumping(_play(asked_for))
    for chat in {wish.chat for wish in wishes}:
        alone = run_jumping(_play(_only(asked_for, chat)))
        beside = [sent for sent in together if sent.wish.chat == chat]
        assert [_waited(sent) for sent in beside] == pytest.approx([_waited(sent) for sent in alone], abs=SOON)


def _only(wishes: list[Wish], chat: int) -> list[Wish]:
    """Return the messages to one chat, at the same times."""
    kept, pause = [], 0.0
    for wish in wishes:
        pause += wish.after
        if wish.chat == chat:
            kept.append(replace(wish, after=pause))
            pause = 0.0
    return kept


def _waited(sent: Sent) -> float:
    assert sent.at is not None
    return sent.at - sent.asked


async def _progress(budget: TelegramRateLimiter, chat: int) -> bool:
    try:
        budget.arrived(await budget.leave(chat, Priority.PROGRESS))
    except Dropped:
        return False
    return True


@jumping
async def test_progress_never_takes_the_last_room() -> None:
    """Progress messages alone leave room for a result to go at once."""
    budget, start = TelegramRateLimiter(), asyncio.get_running_loop().time()
    shown = [await _progress(budget, 1) for _ in range(10)]
    assert 0 < sum(shown) < BURST
    await budget.leave(1, Priority.RESULT)
    assert asyncio.get_running_loop().time() - start < SOON


@jumping
async def test_a_group_keeps_half_its_minute_for_results() -> None:
    """Progress messages use at most half of a group's messages in a minute."""
    budget, shown = TelegramRateLimiter(), 0
    for _ in range(50):
        shown += await _progress(budget, -100)
        await asyncio.sleep(1.2)
    assert 1 <= shown <= 10


async def _send(budget: TelegramRateLimiter, chat: int, priority: Priority) -> None:
    budget.arrived(await budget.leave(chat, priority))


@jumping
async def test_what_nobody_asked_for_leaves_room_overall() -> None:
    """A broadcast stays below its share of the second, and other messages go at once meanwhile."""
    budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
    times: list[float] = []

    async def one(chat: int) -> None:
        await budget.room(chat)
        await _send(budget, chat, Priority.BULK)
        times.append(loop.time())

    crowd = [asyncio.create_task(one(chat)) for chat in range(1, 200)]
    for number in range(20):
        await asyncio.sleep(0.3)
        asked = loop.time()
        await _send(budget, 1000 + number, Priority.ANSWER)
        assert loop.time() - asked < SOON
    await asyncio.gather(*crowd)
    assert max(sum(start <= at < start + 1 for at in times) for start in times) <= BULK_PER_SECOND


@pytest.mark.parametrize("priority", [Priority.RESULT, Priority.ANSWER])
@jumping
async def test_a_crowd_is_answered_at_once(priority: Priority) -> None:
    """Two hundred chats get their messages at once, for Telegram has no overall limit on answers."""
    budget, start = TelegramRateLimiter(), asyncio.get_running_loop().time()
    for chat in range(1, 201):
        await budget.leave(chat, priority)
    assert asyncio.get_running_loop().time() - start < SOON


@jumping
async def test_progress_and_broadcasts_yield_to_a_crowd() -> None:
    """After a second full of answers, progress was dropped and a broadcast waited; then both find room."""
    budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
    start = loop.time()
    for chat in range(1, OVERALL_PER_SECOND):
        await _send(budget, chat, Priority.ANSWER)
    assert await _progress(budget, 998)
    assert not await _progress(budget, 999)
    broadcast = asyncio.create_task(_send(budget, 1000, Priority.BULK))
    await asyncio.sleep(0.9)
    assert not broadcast.done()
    await broadcast
    assert loop.time() - start < 1.1
    assert await _progress(budget, 999)


@jumping
async def test_a_broadcast_that_waits_delays_no_result_of_its_chat() -> None:
    """A result goes at once to a chat whose broadcast finds no room overall."""
    budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
    for chat in range(1, BULK_PER_SECOND + 1):
        await _send(budget, chat, Priority.ANSWER)
    start = loop.time()
    broadcast = asyncio.create_task(_send(budget, 99, Priority.BULK))
    await asyncio.sleep(0)
    await _send(budget, 99, Priority.RESULT)
    assert loop.time() - start < SOON
    assert not broadcast.done()
    await broadcast


@pytest.mark.parametrize("priority", Priority)
@pytest.mark.parametrize("cost", [1, 10])
@jumping
async def test_with_limits_off_nothing_waits(priority: Priority, cost: int) -> None:
    """With limits off, no message is dropped or waits, neither in one chat nor overall, and no chat is crowded."""
    budget, start = TelegramRateLimiter(NO_LIMITS), asyncio.get_running_loop().time()
    for chat in (*[1] * 200, *[-1] * 200, *range(2, 200)):
        await budget.room(chat)
        permit = await budget.leave(chat, priority, cost)
        assert not budget.crowded(chat)
        if chat % 2:
            budget.arrived(permit)
    assert asyncio.get_running_loop().time() - start < SOON


@pytest.mark.parametrize("group", [False, True])
def test_with_limits_off_a_chat_is_forgotten_at_once(*, group: bool) -> None:
    """With limits off, nothing has to be remembered of a chat once its messages have arrived."""
    chat = ChatLimiter(NO_LIMITS, group=group, now=0.0)
    chat.left(10)
    assert not chat.idle(1.0)
    chat.arrived(1.0, 10)
    assert chat.idle(1.01)


@pytest.mark.parametrize("chat", [1, -1])
@jumping
async def test_what_nobody_asked_for_leaves_room_in_the_chat(chat: int) -> None:
    """While bulk messages wait for a chat, a result goes at once, and a group keeps half of its minute."""
    budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
    start = loop.time()
    crowd = [asyncio.create_task(_send(budget, chat, Priority.BULK)) for _ in range(GROUP_MESSAGES)]
    while loop.time() - start < 20:
        await asyncio.sleep(2.3)
        asked = loop.time()
        await _send(budget, chat, Priority.RESULT)
        assert loop.time() - asked < SOON
    if chat < 0:
        assert sum(task.done() for task in crowd) <= GROUP_MESSAGES // 2
    await asyncio.gather(*crowd)


@jumping
async def test_looking_for_room_takes_none() -> None:
    """Waiting for room doesn't use any of it."""
    budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
    start = loop.time()
    for _ in range(50):
        await budget.room(1)
    for _ in range(BURST):
        await _send(budget, 1, Priority.RESULT)
    assert loop.time() - start < SOON
    await budget.room(1)
    assert loop.time() - start > SOON


class Telegram:
    """A server that refuses a number of messages, and notes when each arrived."""

    def __init__(self, *refusals: float) -> None:
        self.refusals = list(refusals)
        self.came: list[tuple[float, str]] = []

    async def send(self, name: str) -> str:
        """Accept a message, or raise RetryAfter."""
        self.came.append((asyncio.get_running_loop().time(), name))
        if self.refusals and name == "a":
            raise RetryAfter(int(self.refusals.pop(0)))
        return name


async def _request(
    budget: TelegramRateLimiter,
    telegram: Telegram,
    name: str,
    chat: object,
    *,
    endpoint: str = "sendMessage",
    **data: Any,
) -> Any:
    return await budget.process_request(
        telegram.send, (name,), {}, endpoint, {"chat_id": chat, **data}, Priority.ANSWER
    )


@pytest.mark.parametrize("limits", [SendLimits(), NO_LIMITS], ids=["on", "off"])
@jumping
async def test_retry_after_holds_one_chat_only(limits: SendLimits) -> None:
    """After RetryAfter, only that chat waits, for the given time, even with limits off. Then the message is sent."""
    budget, telegram, loop = TelegramRateLimiter(limits), Telegram(7.0), asyncio.get_running_loop()
    for chat in (1, 2):
        budget.arrived(await budget.leave(chat, Priority.ANSWER))
    start = loop.time()
    waiting = asyncio.create_task(_request(budget, telegram, "a", 1))
    await asyncio.sleep(0)
    assert await _request(budget, telegram, "b", 2) == "b"
    assert loop.time() - start < SOON
    assert not await _progress(budget, 1)
    assert await waiting == "a"
    assert [(round(at - start, 3), name) for at, name in telegram.came] == [(0, "a"), (0, "b"), (7, "a")]


@pytest.mark.parametrize("limits", [SendLimits(), NO_LIMITS], ids=["on", "off"])
@pytest.mark.parametrize(("told_s", "closed_s"), [(7.0, 7.0), (3600.0, 60.0)])
@jumping
async def test_retry_after_without_a_chat_holds_what_nobody_asked_for(
    limits: SendLimits, told_s: float, closed_s: float
) -> None:
    """After a RetryAfter that names no chat, progress is dropped and broadcasts wait for a while, but answers go."""
    budget, loop = TelegramRateLimiter(limits), asyncio.get_running_loop()
    start = loop.time()
    with pytest.raises(RetryAfter):
        await budget.process_request(Telegram(told_s).send, ("a",), {}, "getFile", {"file_id": "f"}, None)
    assert not await _progress(budget, 1)
    await _send(budget, 1, Priority.ANSWER)
    assert loop.time() - start < SOON
    await budget.room(2)
    assert loop.time() - start == pytest.approx(closed_s, abs=SOON)
    assert await _progress(budget, 1)


@jumping
async def test_retry_after_of_an_uncounted_request_in_a_chat_holds_nothing() -> None:
    """A refused chat action says nothing about progress and broadcasts elsewhere."""
    budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
    start = loop.time()
    with pytest.raises(RetryAfter):
        await _request(budget, Telegram(7.0), "a", 1, endpoint="sendChatAction")
    await budget.room(2)
    assert await _progress(budget, 2)
    assert loop.time() - start < SOON


@jumping
async def test_patience_ends() -> None:
    """A chat that is refused repeatedly raises RetryAfter in the end."""
    telegram = Telegram(*[1.0] * 100)
    with pytest.raises(RetryAfter):
        await _request(TelegramRateLimiter(), telegram, "a", 1)
    assert len(telegram.came) < 10


def test_other_errors_are_passed_on() -> None:
    """Other Telegram errors are raised at once, without another attempt."""

    async def refuse() -> None:
        raise BadRequest("chat not found")

    async def play() -> None:
        with pytest.raises(BadRequest):
            await TelegramRateLimiter().process_request(refuse, (), {}, "sendMessage", {"chat_id": 1}, None)

    run_jumping(play())


@pytest.mark.parametrize("endpoint", ["getMe", "getFile", "answerCallbackQuery", "sendChatAction", "deleteMessage"])
@jumping
async def test_what_telegram_does_not_count_never_waits(endpoint: str) -> None:
    """Requests other than messages and edits never wait."""
    budget, telegram, start = TelegramRateLimiter(), Telegram(), asyncio.get_running_loop().time()
    for _ in range(100):
        await _request(budget, telegram, "b", 1, endpoint=endpoint)
    assert asyncio.get_running_loop().time() - start < SOON


@pytest.mark.parametrize(
    ("endpoint", "data"), [("sendMediaGroup", {"media": [0] * 10}), ("editMessageMedia", {"media": 0})]
)
@jumping
async def test_an_album_costs_its_pictures(endpoint: str, data: dict[str, object]) -> None:
    """An album of ten pictures costs ten messages, and an edit of media costs one."""
    budget, telegram, start = TelegramRateLimiter(), Telegram(), asyncio.get_running_loop().time()
    await _request(budget, telegram, "b", 1, endpoint=endpoint, **data)
    await _request(budget, telegram, "b", 1)
    assert (asyncio.get_running_loop().time() - start > 5) is (endpoint == "sendMediaGroup")


@jumping
async def test_whoever_gives_up_waiting_costs_nothing() -> None:
    """A canceled message leaves its place to the next one."""
    budget, telegram = TelegramRateLimiter(), Telegram()
    for _ in range(BURST):
        await _request(budget, telegram, "b", 1)
    tasks = [asyncio.create_task(_request(budget, telegram, name, 1)) for name in ("gone", "next")]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert Counter(name for _, name in telegram.came) == {"b": BURST, "next": 1}


@jumping
async def test_whoever_gives_up_a_moment_too_late_costs_nothing() -> None:
    """A permit granted at the very moment in which its message is canceled is returned for good."""
    budget, telegram, loop = TelegramRateLimiter(), Telegram(), asyncio.get_running_loop()
    for _ in range(BURST):
        await _request(budget, telegram, "b", 1)
    comes = loop.time() + 1 / PER_SECOND
    task = asyncio.create_task(_request(budget, telegram, "gone", 1))
    loop.call_at(comes + 5e-10, task.cancel)  # in the same turn of the loop, but after the permit
    await asyncio.gather(task, return_exceptions=True)
    assert [name for _, name in telegram.came] == ["b"] * BURST
    await asyncio.sleep(BURST / PER_SECOND)
    start = loop.time()
    for _ in range(BURST):
        await _request(budget, telegram, "b", 1)
    assert loop.time() - start < SOON


ARRIVAL_S = 0.01


@jumping
async def test_an_album_counts_overall_with_all_its_pictures() -> None:
    """Six albums of four leave room for one progress message in the same second."""
    budget = TelegramRateLimiter()
    for chat in range(1, 7):
        await budget.leave(chat, Priority.RESULT, 4)
    assert [await _progress(budget, chat) for chat in (7, 8)] == [True, False]


@jumping
async def test_slow_uploads_hold_up_no_broadcast() -> None:
    """Pictures that take long to arrive count for the second after they left, and no longer."""
    budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
    start = loop.time()
    for chat in range(1, 100):
        await budget.leave(chat, Priority.RESULT)
    await budget.room(100)
    assert loop.time() - start < 1 + ARRIVAL_S


@jumping
async def test_progress_sees_what_is_under_way() -> None:
    """If results in transit have used a chat's room, progress is dropped both before and after they arrive."""
    budget = TelegramRateLimiter()
    leaves = [await budget.leave(1, Priority.RESULT) for _ in range(BURST - 1)]
    for _ in range(2):
        with pytest.raises(Dropped):
            await budget.leave(1, Priority.PROGRESS)
        await asyncio.sleep(5)
    for leave in leaves:
        budget.arrived(leave)
    await asyncio.sleep(5)
    await budget.leave(1, Priority.PROGRESS)


@jumping
async def test_a_crowded_group_sees_what_is_under_way() -> None:
    """Results in transit count toward half of a group's minute."""
    budget = TelegramRateLimiter()
    for _ in range(9):
        budget.arrived(await budget.leave(-1, Priority.RESULT))
        await asyncio.sleep(1 / PER_SECOND)
    assert not budget.crowded(-1)
    leave = await budget.leave(-1, Priority.RESULT)
    assert budget.crowded(-1)
    budget.arrived(leave)
    assert budget.crowded(-1)


@jumping
async def test_who_waits_for_an_answer_waits_no_longer() -> None:
    """Once messages in transit have arrived, the next one goes as soon as the chat's limit allows."""
    budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
    leaves = [await budget.leave(1, Priority.RESULT) for _ in range(BURST)]
    waiting = asyncio.create_task(budget.leave(1, Priority.RESULT))
    await asyncio.sleep(4.1)
    for leave in leaves:
        budget.arrived(leave)
    start = loop.time()
    await waiting
    assert loop.time() - start <= 1 / PER_SECOND + ARRIVAL_S
