"""Keepers of leases share the shards fairly, never work in one at the same time, and stop before their leases end."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

import pytest

from core.errors import StorageError
from core.models.shards import ALL_SHARDS, SHARDS, shard_of
from core.runtime.shards import OwnedShards, may_call
from core.services.leases import LeaseKeeper, TakeOver, margin_s
from tests.unit.leases import FakeLeases, LeaseBook
from tests.unit.loops import jumping

LEASE_S = 10.0


class Member:
    """A process: its keeper, and what it took over."""

    def __init__(self, book: LeaseBook, owner: str, settings: dict[str, str] | None = None) -> None:
        self.taken: list[set[int]] = []
        self.owner = owner
        self.leases = FakeLeases(book, owner, settings)
        self.keeper = LeaseKeeper(
            self.leases, LEASE_S, self._take_over, now_s=lambda: asyncio.get_running_loop().time()
        )
        self.task: asyncio.Task[None] | None = None

    async def _take_over(self, shards: Collection[int]) -> None:
        assert not set(shards) & self.keeper.shards.owned  # no work begins before
        self.taken.append(set(shards))

    async def start(self) -> "Member":
        """Join, and keep the leases."""
        await self.keeper.join()
        self.task = asyncio.create_task(self.keeper.run())
        return self

    async def end(self, *, in_order: bool = False) -> None:
        """End the process, by a crash or in order."""
        if self.task:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
        if in_order:
            await self.keeper.depart()

    @property
    def owned(self) -> frozenset[int]:
        """The shards in which this process begins work."""
        return self.keeper.shards.owned


async def _watched(book: LeaseBook, members: list[Member], for_s: float) -> None:
    """Let time pass, and check that no two processes begin work in one shard."""
    for _ in range(int(for_s * 20)):
        await asyncio.sleep(0.05)
        owned = [shard for member in members for shard in member.owned]
        assert len(owned) == len(set(owned))
        for member in members:
            assert member.owned <= book.may_claim(member.owner)


@jumping
async def test_one_process_has_everything_and_keeps_it() -> None:
    """A single process takes all shards once, and renews its leases for ever."""
    book = LeaseBook()
    one = await Member(book, "a").start()
    assert one.owned == ALL_SHARDS
    await _watched(book, [one], 100)
    assert one.owned == ALL_SHARDS
    assert one.taken == [set(ALL_SHARDS)]
    assert {lease.epoch for lease in book.leases} == {1}
    await one.end()


@pytest.mark.parametrize(("count", "shares"), [(2, [32, 32]), (3, [20, 22, 22]), (5, [12, 13, 13, 13, 13])])
def test_shares_are_fair(count: int, shares: list[int]) -> None:
    """Processes that come one after the other have their fair shares within two renewals."""

    async def story() -> None:
        book, members = LeaseBook(), list[Member]()
        for number in range(count):
            members.append(await Member(book, str(number)).start())
            await _watched(book, members, 1)
        await _watched(book, members, 2 * LEASE_S)
        assert sorted(len(member.owned) for member in members) == shares
        assert frozenset[int]().union(*(member.owned for member in members)) == ALL_SHARDS
        assert 0 in members[0].owned  # global work stays where it is
        for member in members:
            await member.end()

    jumping(story)()


@jumping
async def test_a_dead_process_is_followed_after_its_lease() -> None:
    """The shards of a process that died have an owner soon after its leases ended, and not before; the epoch rises."""
    book = LeaseBook()
    one, two = [await Member(book, owner).start() for owner in "ab"]
    await _watched(book, [one, two], 2 * LEASE_S)
    await one.end()
    await asyncio.sleep(LEASE_S * 0.6)
    assert len(two.owned) == SHARDS // 2
    await asyncio.sleep(LEASE_S)
    assert two.owned == ALL_SHARDS
    assert one.owned == frozenset()
    assert book.leases[0].epoch == 2
    await two.end()


@jumping
async def test_an_end_in_order_is_followed_at_once() -> None:
    """A process that departs leaves no leases that others wait for."""
    book = LeaseBook()
    one, two = [await Member(book, owner).start() for owner in "ab"]
    await _watched(book, [one, two], 2 * LEASE_S)
    await one.end(in_order=True)
    two.keeper.nudge()
    await asyncio.sleep(0.1)
    assert two.owned == ALL_SHARDS
    await two.end()


@jumping
async def test_work_that_has_begun_may_end_before_a_shard_is_released() -> None:
    """A shard that is left gets no new work. It is released once its work has ended, or after the time of a lease."""
    book, quick, slow = LeaseBook(), asyncio.Event(), asyncio.Event()
    one = await Member(book, "a").start()
    in_quick, in_slow = _chat_in(63), _chat_in(62)
    checks = [asyncio.create_task(_work(one.keeper.shards, in_quick, quick))]
    checks.append(asyncio.create_task(_work(one.keeper.shards, in_slow, slow)))
    two = await Member(book, "b").start()
    await asyncio.sleep(LEASE_S * 0.5)
    assert not one.keeper.shards.owns(in_quick)
    assert one.keeper.shards.may_call(in_quick)
    assert not {62, 63} & (two.owned | book.may_claim("a"))
    quick.set()
    await asyncio.sleep(LEASE_S * 0.5)
    assert 63 in two.owned
    assert 62 not in two.owned
    await asyncio.sleep(LEASE_S)
    assert 62 in two.owned
    slow.set()
    assert await asyncio.gather(*checks) == [True, False]
    for member in (one, two):
        await member.end()


async def _work(shards: OwnedShards, chat_id: int, until: asyncio.Event) -> bool:
    """Work for a chat until an event, and return whether a call is permitted at the end."""
    with shards.working(chat_id):
        assert may_call()
        await until.wait()
        return may_call()


def _chat_in(shard: int) -> int:
    return next(chat_id for chat_id in range(1000, 2000) if shard_of(chat_id) == shard)


@jumping
async def test_without_the_store_calls_end_before_the_leases() -> None:
    """A process that can't renew makes no call in the last two seconds of its leases, and then owns nothing."""
    book = LeaseBook()
    one, chat_id = await Member(book, "a").start(), 1001
    await asyncio.sleep(LEASE_S)
    book.unusable.add("a")
    began = asyncio.get_running_loop().time()
    while one.keeper.shards.may_call(chat_id):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    last_call_s = asyncio.get_running_loop().time() - began
    assert LEASE_S * 0.6 - margin_s(LEASE_S) < last_call_s <= LEASE_S - margin_s(LEASE_S) + 0.02
    assert book.may_claim("a")
    while one.owned:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert asyncio.get_running_loop().time() - began > last_call_s + margin_s(LEASE_S) - 0.05
    book.unusable.clear()
    await asyncio.sleep(LEASE_S)
    assert one.owned == ALL_SHARDS
    await one.end()


@jumping
async def test_a_process_that_slept_knows_that_it_lost_everything() -> None:
    """At the first moment after a long stop, nothing is owned; then the process joins anew, and takes its share."""
    book = LeaseBook()
    one, two = [await Member(book, owner).start() for owner in "ab"]
    await _watched(book, [one, two], 2 * LEASE_S)
    with one.keeper.shards.working(_chat_in(0)), one.keeper.shards.sweeping():
        await one.end()  # as in SIGSTOP, nothing runs
        await asyncio.sleep(3 * LEASE_S)
        assert one.owned == frozenset()
        assert not may_call()
        one.task = asyncio.create_task(one.keeper.run())
        await _watched(book, [one, two], 3 * LEASE_S)
        assert not may_call()  # the rows that a sweep read before are outdated, even if shards came back
    assert [len(member.owned) for member in (one, two)] == [32, 32]
    for member in (one, two):
        await member.end()


@jumping
async def test_other_settings_wait_until_the_others_are_gone() -> None:
    """A process with other settings gets nothing, and doesn't count for the shares, while others work."""
    book = LeaseBook()
    one = await Member(book, "a", {"PUBLIC_URL": "1"}).start()
    other = Member(book, "b", {"PUBLIC_URL": "2"})
    joining = asyncio.create_task(other.start())
    await _watched(book, [one, other], 3 * LEASE_S)
    assert other.keeper.is_waiting
    assert one.owned == ALL_SHARDS
    await one.end(in_order=True)
    await joining
    assert other.owned == ALL_SHARDS
    await other.end()


@jumping
async def test_a_takeover_that_fails_is_repeated() -> None:
    """Shards whose takeover failed are not owned, so that no work begins in them, until it succeeds."""
    book, failures = LeaseBook(), [StorageError("gone for a moment")]
    one = Member(book, "a")

    async def take_over(_: Collection[int]) -> None:
        if failures:
            raise failures.pop()

    _replace(one.keeper, take_over)
    await one.keeper.look()
    assert one.owned == frozenset()
    await one.keeper.look()
    assert one.owned == ALL_SHARDS


def _replace(keeper: LeaseKeeper, take_over: TakeOver) -> None:
    keeper._take_over = take_over


def test_margins_of_short_leases() -> None:
    """Two seconds are left of a usual lease, and a fifth of a short one."""
    assert (margin_s(10), margin_s(30), margin_s(2)) == (2.0, 2.0, 0.4)


def test_a_process_that_is_alone_owns_everything_for_ever() -> None:
    """With SQLite, nothing is counted and nothing ends."""
    shards = OwnedShards.all()
    assert shards.owned == ALL_SHARDS
    assert shards.leads
    with shards.working(-1001), shards.sweeping():
        assert may_call()
    assert all(shards.owns(chat_id) and shards.may_call(chat_id) for chat_id in (0, 1, -100123, 2**62))
