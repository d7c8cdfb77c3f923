"""The Telegram rate limiter as python-telegram-bot uses it: which requests count, and how refusals are handled."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from telegram.error import BadRequest, RetryAfter

from bot.telegram.rate_limiter import BURST, PER_SECOND, Priority, TelegramRateLimiter
from core.errors import Dropped
from tests.unit.loops import run_jumping

SOON = 0.001  # at once, apart from a few turns of the loop


async def _progress(budget: TelegramRateLimiter) -> bool:
    try:
        budget.arrived(await budget.leave(1, Priority.PROGRESS))
    except Dropped:
        return False
    return True


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


def test_retry_after_holds_one_chat_only() -> None:
    """After RetryAfter, only that chat waits, for the given time, and then the message is sent."""

    async def play() -> None:
        budget, telegram, loop = TelegramRateLimiter(), Telegram(7.0), asyncio.get_running_loop()
        for chat in (1, 2):
            budget.arrived(await budget.leave(chat, Priority.ANSWER))
        start = loop.time()
        waiting = asyncio.create_task(_request(budget, telegram, "a", 1))
        await asyncio.sleep(0)
        assert await _request(budget, telegram, "b", 2) == "b"
        assert loop.time() - start < SOON
        assert not await _progress(budget)
        assert await waiting == "a"
        assert [(round(at - start, 3), name) for at, name in telegram.came] == [(0, "a"), (0, "b"), (7, "a")]

    run_jumping(play())


def test_patience_ends() -> None:
    """A chat that is refused repeatedly raises RetryAfter in the end."""

    async def play() -> None:
        telegram = Telegram(*[1.0] * 100)
        with pytest.raises(RetryAfter):
            await _request(TelegramRateLimiter(), telegram, "a", 1)
        assert len(telegram.came) < 10

    run_jumping(play())


def test_other_errors_are_passed_on() -> None:
    """Other Telegram errors are raised at once, without another attempt."""

    async def refuse() -> None:
        raise BadRequest("chat not found")

    async def play() -> None:
        with pytest.raises(BadRequest):
            await TelegramRateLimiter().process_request(refuse, (), {}, "sendMessage", {"chat_id": 1}, None)

    run_jumping(play())


@pytest.mark.parametrize("endpoint", ["getMe", "getFile", "answerCallbackQuery", "sendChatAction", "deleteMessage"])
def test_what_telegram_does_not_count_never_waits(endpoint: str) -> None:
    """Requests other than messages and edits never wait."""

    async def play() -> float:
        budget, telegram, start = TelegramRateLimiter(), Telegram(), asyncio.get_running_loop().time()
        for _ in range(100):
            await _request(budget, telegram, "b", 1, endpoint=endpoint)
        return asyncio.get_running_loop().time() - start

    assert run_jumping(play()) < SOON


@pytest.mark.parametrize(
    ("endpoint", "data"), [("sendMediaGroup", {"media": [0] * 10}), ("editMessageMedia", {"media": 0})]
)
def test_an_album_costs_its_pictures(endpoint: str, data: dict[str, object]) -> None:
    """An album of ten pictures costs ten messages, and an edit of media costs one."""

    async def play() -> float:
        budget, telegram, start = TelegramRateLimiter(), Telegram(), asyncio.get_running_loop().time()
        await _request(budget, telegram, "b", 1, endpoint=endpoint, **data)
        await _request(budget, telegram, "b", 1)
        return asyncio.get_running_loop().time() - start

    assert (run_jumping(play()) > 5) is (endpoint == "sendMediaGroup")


def test_whoever_gives_up_waiting_costs_nothing() -> None:
    """A canceled message leaves its place to the next one."""

    async def play() -> Counter[str]:
        budget, telegram = TelegramRateLimiter(), Telegram()
        for _ in range(BURST):
            await _request(budget, telegram, "b", 1)
        tasks = [asyncio.create_task(_request(budget, telegram, name, 1)) for name in ("gone", "next")]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return Counter(name for _, name in telegram.came)

    assert run_jumping(play()) == {"b": BURST, "next": 1}


def test_whoever_gives_up_a_moment_too_late_costs_nothing() -> None:
    """A permit granted at the very moment in which its message is canceled is returned for good."""

    async def play() -> float:
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
        return loop.time() - start

    assert run_jumping(play()) < SOON
