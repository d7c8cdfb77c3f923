"""The task supervisor and workers: tasks are watched, and workers never stop."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from structlog.typing import EventDict

from core.runtime.worker import TaskSupervisor, WakeUp, Worker
from tests.unit.loops import jumping, run_jumping


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """Capture log lines instead of printing them."""
    structlog.reset_defaults()
    with capture_logs() as events:
        yield events


async def _fail() -> None:
    raise OSError("the disk is gone")


async def _forever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("ends_by_error", [True, False])
def test_a_loop_that_ends_is_noticed(logged: list[EventDict], ends_by_error: bool) -> None:
    """A daemon that ends, by an error or by itself, ends the process."""

    async def play() -> None:
        told = asyncio.Event()
        supervisor = TaskSupervisor(told.set)
        supervisor.start_daemon("update_polling", _fail() if ends_by_error else asyncio.sleep(1))
        await told.wait()
        assert supervisor.broken
        await supervisor.stop(1)

    run_jumping(play())
    assert [event["worker"] for event in logged if event["event"] == "worker_ended"] == ["update_polling"]


@jumping
async def test_an_errand_that_fails_is_only_logged(logged: list[EventDict]) -> None:
    """A spawned task that fails is only logged."""
    supervisor = TaskSupervisor()
    supervisor.spawn("command_menu", _fail())
    await asyncio.sleep(1)
    assert supervisor.broken is False
    assert [(event["event"], event["name"]) for event in logged] == [("background_task_failed", "command_menu")]


@jumping
async def test_stopping_lets_work_finish_and_waits_no_longer_than_told() -> None:
    """On stop, daemons are canceled, short work finishes, long work is canceled after the timeout, and none is left."""
    supervisor, finished, start = TaskSupervisor(), [], asyncio.get_running_loop().time()

    async def short() -> None:
        await asyncio.sleep(3)
        finished.append("short")

    supervisor.start_daemon("loop", _forever())
    supervisor.spawn("short", short())
    supervisor.spawn("long", _forever())
    await asyncio.sleep(0)
    await supervisor.stop(8)
    assert finished == ["short"]
    assert not supervisor.broken
    assert asyncio.get_running_loop().time() - start == pytest.approx(8, abs=0.001)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@jumping
async def test_many_rings_are_one_and_none_is_lost() -> None:
    """A wake-up set before the wait ends it at once, and otherwise the wait ends after its timeout."""
    wake_up, loop, waits = WakeUp[int](), asyncio.get_running_loop(), list[float]()
    wake_up.set()
    wake_up.set()
    loop.call_later(4 + 0.5, wake_up.set)
    for _ in range(3):
        start = loop.time()
        await wake_up.wait(4)
        waits.append(loop.time() - start)
    assert waits == pytest.approx([0, 4, 0.5], abs=0.001)


class Store:
    """A store of items to do; each takes one or two seconds, and failing items stay."""

    def __init__(self, items: list[tuple[str, int]], failing: frozenset[tuple[str, int]] = frozenset()) -> None:
        self.items = list(items)
        self.failing = failing
        self.broken_looks = 0
        self.running: list[str] = []
        self.most = 0
        self.done: list[tuple[str, int]] = []
        self.tried: list[tuple[str, int]] = []

    async def take(self, limit: int) -> list[tuple[str, int]]:
        """Return the first item of each key that isn't done yet, including items in progress."""
        if self.broken_looks:
            self.broken_looks -= 1
            raise OSError("database is locked")
        heads: dict[str, tuple[str, int]] = {}
        for item in self.items:
            heads.setdefault(item[0], item)
        return list(heads.values())[:limit]

    async def do(self, item: tuple[str, int]) -> None:
        """Do one item."""
        assert item[0] not in self.running, "one at a time for each key"
        self.tried.append(item)
        self.running.append(item[0])
        self.most = max(self.most, len(self.running))
        try:
            await asyncio.sleep(1 + item[1] * 0.1)
            if item in self.failing:
                raise ValueError(item)
            self.items.remove(item)
            self.done.append(item)
        finally:
            self.running.remove(item[0])


async def _work(store: Store, width: int, seconds: float) -> None:
    supervisor, wake_up = TaskSupervisor(), WakeUp[Any]()
    supervisor.start_daemon(
        "line", Worker(supervisor, "line", wake_up, store.take, store.do, lambda item: item[0], concurrency=width).run()
    )
    await asyncio.sleep(seconds)
    await supervisor.stop(10)
    assert not supervisor.broken


ITEMS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 9)), unique=True, max_size=30)


@given(ITEMS, st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_a_line_does_everything_in_order_within_its_width(items: list[tuple[str, int]], width: int) -> None:
    """A worker does all items, in order for each key, and never more at once than its concurrency."""
    store = Store(items)
    run_jumping(_work(store, width, 2 * len(items) + 1.5))
    assert not store.items
    assert store.most <= width
    for key in "abcdefgh":
        assert [item for item in store.done if item[0] == key] == [item for item in items if item[0] == key]


def test_what_ends_during_a_look_is_not_done_again() -> None:
    """An item that ends during a fetch isn't done again, although the fetch still returns it."""
    store = Store([("a", 0), ("b", 0), ("b", 1)])
    take = store.take

    async def slowly(limit: int) -> list[tuple[str, int]]:
        seen = await take(limit)
        await asyncio.sleep(0.7)
        return seen

    store.take = slowly  # type: ignore[method-assign]
    run_jumping(_work(store, 2, 20))
    assert sorted(store.tried) == [("a", 0), ("b", 0), ("b", 1)]


def test_a_failing_item_holds_up_only_itself(logged: list[EventDict]) -> None:
    """An item that fails is retried after a pause, and the others go on meanwhile."""
    store = Store([("a", 0), *(("b", number) for number in range(5))], frozenset({("a", 0)}))
    run_jumping(_work(store, 2, 20))
    assert len(store.done) == 5
    assert 2 <= store.tried.count(("a", 0)) <= 5
    assert "unexpected_error" in {event["event"] for event in logged}


def test_a_store_that_fails_for_a_moment_only_delays(logged: list[EventDict]) -> None:
    """A fetch that fails is repeated, and no item is lost."""
    store = Store([("a", 0)])
    store.broken_looks = 2
    run_jumping(_work(store, 2, 30))
    assert store.done == [("a", 0)]
    assert len([event for event in logged if event["event"] == "worker_fetch_failed"]) == 2


class Looks:
    """A store that counts the looks, and items that take a second."""

    def __init__(self) -> None:
        self.due: list[str] = []
        self.looks = 0
        self.done: list[str] = []

    async def take(self, limit: int) -> list[str]:
        """Return the due items."""
        self.looks += 1
        return self.due[:limit]

    async def do(self, item: str) -> None:
        """Do one item."""
        await asyncio.sleep(1)
        self.done.append(item)
        if item in self.due:
            self.due.remove(item)


async def _offer(
    looks: Looks, offers: list[str], width: int = 8, admit: Callable[[Sequence[str]], Sequence[str]] | None = None
) -> None:
    """Offer items a moment after the first look, and work for ten seconds; the next regular look comes after 100."""
    supervisor, wake_up = TaskSupervisor(), WakeUp[str]()
    worker = Worker(
        supervisor,
        "line",
        wake_up,
        looks.take,
        looks.do,
        lambda item: item[0],
        concurrency=width,
        admit=admit,
        poll_interval_s=100,
    )
    supervisor.start_daemon("line", worker.run())
    await asyncio.sleep(0.5)
    for item in offers:
        looks.due.append(item)
        wake_up.offer(item)
    await asyncio.sleep(10)
    await supervisor.stop(10)


@jumping
async def test_what_is_offered_is_done_without_a_look() -> None:
    """Items that a wake-up names are processed at once, and nothing is asked of the store for them."""
    looks = Looks()
    await _offer(looks, ["a1", "b1", "c1"])
    assert sorted(looks.done) == ["a1", "b1", "c1"]
    assert looks.looks == 1


@jumping
async def test_what_is_offered_for_a_busy_key_comes_later() -> None:
    """A second item of the same key waits for the first, and is found by the look after it."""
    looks = Looks()
    await _offer(looks, ["a1", "a2"])
    assert looks.done == ["a1", "a2"]
    assert looks.looks == 2


@jumping
async def test_offers_beyond_the_room_are_not_lost() -> None:
    """Offers for which there is no room, even very many, are found by later looks, and none is done twice."""
    looks = Looks()
    offers = [f"{chr(97 + number)}1" for number in range(12)]
    await _offer(looks, offers, width=4)
    assert sorted(looks.done) == offers


@jumping
async def test_an_offer_that_is_not_admitted_is_not_done() -> None:
    """`admit` decides which offers may go on now; the others stay in the store."""
    looks = Looks()
    await _offer(looks, ["a1", "b1"], admit=lambda items: [item for item in items if item != "b1"])
    assert looks.done == ["a1"]
    assert looks.due == ["b1"]
