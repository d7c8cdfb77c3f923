"""The ledger under random events: jobs, failures, passing days and crashes never make the sums wrong."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.errors import Failure, Refused
from core.models.image_request import Request
from core.models.job import Destination, NewJob, State, Task
from core.models.spending import DAY_MS, Limits, OverBudget, Scope, TooManyJobs, TooManyPrices
from storage import group_commit, sqlite
from storage.blob_store import FileBlobStore
from storage.chats import SqlChats
from storage.database import Database
from storage.jobs import SqlJobs
from storage.ledger import SqlLedger
from storage.retention import Housekeeping
from tests.unit.stores import HandClock
from tests.unit.till import Paper, Till

T = TypeVar("T")
HOUR_MS = 3_600_000
PEOPLE = (1, 2)
DAILY = {Scope.PERSON: 8, Scope.CHAT: 10, Scope.BOT: 50}
MAX_JOBS = 4
HELD = 10
EXPENSIVE = 4
OPEN = {State.QUEUED, State.SUBMITTING, State.UNCERTAIN, State.GENERATING}


MOVES: dict[str, Callable[[SqlJobs, str], Awaitable[object]]] = {
    "submitting": lambda jobs, job: jobs.submitting(job),
    "requeue": lambda jobs, job: jobs.requeue(job, 0),
    "uncertain": lambda jobs, job: jobs.uncertain(job),
    "generating": lambda jobs, job: jobs.generating(job, Task("task"), 0),
    "polled": lambda jobs, job: jobs.polled(job, 0.5, 0),
    "reorder": lambda jobs, job: jobs.resubmit(job),
    "overdue": lambda jobs, job: jobs.overdue(0),
    "linkless": lambda jobs, job: jobs.linkless(job, 0),
    "arrived": lambda jobs, job: jobs.arrived(job, 5),
    "delivered": lambda jobs, job: jobs.delivered(job),
}
"""The operations that move no credits."""

WHICH = st.integers(0, 99)
PLACE = st.integers(0, len(PEOPLE) + 1)


class Story(RuleBasedStateMachine):
    """A random sequence of events; the draws never depend on the results, so that a sequence can be replayed."""

    @initialize(grants=st.lists(st.integers(0, 40), min_size=4, max_size=4))
    def begin(self, grants: list[int]) -> None:
        """Set up two people and two groups."""
        self.runner = asyncio.Runner()
        self.directory = Path(tempfile.mkdtemp())
        self.clock = HandClock()
        self.places = [*PEOPLE, -10, -20]
        self.papers: list[Paper] = []
        self.grants: list[tuple[int, int, str]] = []
        self.tills = {place: Till(DAILY[Scope.PERSON if place > 0 else Scope.CHAT]) for place in self.places}
        self.bot_till = Till(DAILY[Scope.BOT])
        self.made = 0
        self._open()
        for place in self.places:
            self._do(self.chats.seen(place, "private" if place > 0 else "group"))
        for place, amount in enumerate(grants):
            if amount:
                self.grant(place, amount)

    def teardown(self) -> None:
        """Close the database and delete its directory."""
        self._do(self.db.close())
        self.runner.close()
        shutil.rmtree(self.directory)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def _open(self) -> None:
        self.db = self._do(Database.open(f"sqlite:///{self.directory}/bot.db"))
        self.jobs, self.ledger = SqlJobs(self.db, self.clock), SqlLedger(self.db, self.clock)
        self.chats = SqlChats(self.db, self.clock)
        blob_store = FileBlobStore(self.directory)
        self._do(blob_store.open())
        self.housekeeping = Housekeeping(self.db, blob_store, self.clock, retention_days=1)

    @property
    def day(self) -> int:
        """Return the UTC day."""
        return self.clock.now // DAY_MS

    def _paper(self, which: int) -> Paper | None:
        """Return a job, mostly one that is in progress."""
        papers = [paper for paper in self.papers if paper.reserved or not which % 4] or self.papers
        return papers[which % len(papers)] if papers else None

    def _state(self, paper: Paper) -> State | None:
        job = self._do(self.jobs.get(paper.id))
        return job.state if job else None

    def _is_under_way(self, paper: Paper) -> bool:
        job = self._do(self.jobs.get(paper.id))
        return job is not None and job.state in OPEN and job.overdue_at is None and not job.awaiting_confirmation

    def _is_held(self, paper: Paper) -> bool:
        job = self._do(self.jobs.get(paper.id))
        return job is not None and job.state is State.QUEUED and job.awaiting_confirmation

    def _new(self, person: int, place: int, variants: int) -> NewJob:
        """Return a new job; a place that is another person means the private chat.

        An expensive job needs a confirmation.
        """
        chat_id = self.places[place] if self.places[place] < 0 else person
        self.made += 1
        request = Request("a fox", variants=variants)
        return NewJob(
            f"order {self.made}", Destination(chat_id), person, request, needs_confirmation=variants >= EXPENSIVE
        )

    # --- jobs and their outcomes

    @rule(
        person=st.sampled_from(PEOPLE), place=PLACE, variants=st.sampled_from((1, 2, 4)), price=st.sampled_from((3, 5))
    )
    def order(self, person: int, place: int, variants: int, price: int) -> None:
        """A job is added if it fits, and otherwise refused for the right reason."""
        self._order(person, place, variants, price)

    @rule(person=st.sampled_from(PEOPLE), place=st.sampled_from((2, 3)), variants=st.sampled_from((1, 2, 4)))
    def order_in_a_group(self, person: int, place: int, variants: int) -> None:
        """Most jobs are in groups, where credits are short."""
        self._order(person, place, variants, 4)

    def _order(self, person: int, place: int, variants: int, price: int) -> None:
        new = self._new(person, place, variants)
        refused = self._refusal(new, new.address.chat_id, price)
        if refused:
            self._is_refused(self.jobs.add(new, _limits(price)), *refused)
        elif (
            new.needs_confirmation
            and sum(self._is_held(paper) for paper in self.papers if paper.new.requester_id == person) >= HELD
        ):
            with pytest.raises(TooManyPrices):
                self._do(self.jobs.add(new, _limits(price)))
        else:
            job, is_new = self._do(self.jobs.add(new, _limits(price)))
            assert is_new
            self.papers.append(Paper(new, job.id, price, [], self.day, 0, new.address.chat_id))
            if not new.needs_confirmation:
                self._pay(self.papers[-1])

    def _tills(self, person: int, chat_id: int) -> dict[Scope, Till]:
        tills = {Scope.PERSON: self.tills[person], Scope.CHAT: self.tills[chat_id], Scope.BOT: self.bot_till}
        if chat_id > 0:
            del tills[Scope.CHAT]
        return tills

    def _refusal(self, new: NewJob, chat_id: int, price: int) -> tuple[type[Refused], Scope | None, int] | None:
        """Return why a job doesn't fit now: the error, the scope with too few credits, and how many those are."""
        if (
            sum(paper.new.requester_id == new.requester_id and self._is_under_way(paper) for paper in self.papers)
            >= MAX_JOBS
        ):
            return TooManyJobs, None, 0
        for scope, till in self._tills(new.requester_id, chat_id).items():
            if till.left(self.day) < price * new.request.variants:
                return OverBudget, scope, till.left(self.day)
        return None

    def _is_refused(
        self, work: Coroutine[Any, Any, object], kind: type[Refused], scope: Scope | None, left: int
    ) -> None:
        with pytest.raises(kind) as refusal:
            self._do(work)
        if isinstance(refusal.value, OverBudget):
            assert (refusal.value.scope, refusal.value.left) == (scope, left)

    def _pay(self, paper: Paper) -> None:
        """Reserve the job's credits."""
        paper.day, paper.reserved = self.day, paper.price * paper.new.request.variants
        tills = self._tills(paper.new.requester_id, paper.chat_id)
        paper.coins = [till.take(self.day, paper.reserved) for till in tills.values()]

    @rule(which=WHICH)
    def replay(self, which: int) -> None:
        """A replayed grant or job changes nothing, even if no credits are left."""
        if self.grants:
            place, amount, idempotency_key = self.grants[which % len(self.grants)]
            extra = self.tills[self.places[place]].extra
            assert self._do(self.ledger.grant(self.places[place], amount, 9, idempotency_key)) == extra
        if paper := self._paper(which):
            job, is_new = self._do(self.jobs.add(paper.new, Limits(price=1000, person_daily=0, max_jobs=0)))
            assert (job.id, is_new) == (paper.id, False)

    @rule(which=WHICH, moves=st.lists(st.sampled_from(sorted(MOVES)), min_size=1, max_size=6))
    def move(self, which: int, moves: list[str]) -> None:
        """Steps on the way to an outcome move no credits."""
        if paper := self._paper(which):
            for move in ("submitting", *moves):
                self._do(_waited(MOVES[move](self.jobs, paper.id)))

    @rule(which=WHICH)
    def release(self, which: int) -> None:
        """A confirmation reserves the credits on its day, if the job still waits and fits."""
        held = [paper for paper in self.papers if self._is_held(paper)]
        paper = held[which % len(held)] if held and which % 4 else self._paper(which)
        if paper is None:
            return
        refused = self._refusal(paper.new, paper.chat_id, paper.price)
        if self._is_held(paper) and refused:
            self._is_refused(self.jobs.release(paper.id, _limits(1000)), *refused)
            assert self._is_held(paper)
        elif self._is_held(paper):
            assert self._do(self.jobs.release(paper.id, _limits(1000)))
            self._pay(paper)
        assert self._is_held(paper) or not self._do(self.jobs.release(paper.id, _limits(0)))

    @rule(which=WHICH, results=st.integers(0, 4), then=st.sampled_from(("", "delivered", "cancelled", "gone")))
    def settle(self, which: int, results: int, then: str) -> None:
        """All, some or none of the pictures arrive, and are delivered or not, even for a job that has ended.

        A job that waits for a confirmation was never submitted, so it gets no pictures.
        """
        if paper := self._paper(which):
            came = 0 if self._is_held(paper) else min(results, paper.new.request.variants)
            links = [f"https://pictures.example/{number}.png" for number in range(came)]
            if self._do(self.jobs.settle(paper.id, links or Failure.POLICY)):
                paper.end(came)
            if then == "gone":
                self.chat_gone(self.places.index(paper.chat_id))
            elif then:
                self._do(self.jobs.delivered(paper.id) if then == "delivered" else self._cancelled(paper, wish=False))

    @rule(which=WHICH, wish=st.booleans())
    def cancel(self, which: int, wish: bool) -> None:
        """Canceling a queued job returns its credits, and canceling a settled one changes nothing."""
        if paper := self._paper(which):
            self._do(self._cancelled(paper, wish=wish))

    async def _cancelled(self, paper: Paper, *, wish: bool) -> None:
        before = await self.jobs.get(paper.id)
        cancelled = await (self.jobs.cancel_queued(paper.id) if wish else self.jobs.cancelled(paper.id))
        if cancelled and before and before.state is State.QUEUED:
            paper.end(0)

    @rule(place=PLACE)
    def chat_gone(self, place: int) -> None:
        """Jobs that are queued in a lost chat end without cost."""
        chat_id = self.places[place]
        ended = [paper for paper in self.papers if paper.chat_id == chat_id and self._state(paper) is State.QUEUED]
        self._do(self.chats.gone(chat_id))
        for paper in ended:
            paper.end(0)

    @rule()
    def expire(self) -> None:
        """Expired jobs cost nothing."""
        expired = self._do(self.jobs.expire(HOUR_MS, Failure.BUSY))
        for paper in self.papers:
            if paper.id in expired:
                paper.end(0)

    # --- events around the jobs

    @rule(hours=st.sampled_from((1, 2, 12, 60)))
    def time_passes(self, hours: int) -> None:
        """Time passes, often over midnight; old jobs are deleted, and their costs stay paid."""
        self.clock.now += hours * HOUR_MS
        self._do(self.housekeeping.prune())
        self.papers = [paper for paper in self.papers if self._state(paper)]

    @rule(place=PLACE, amount=st.integers(-30, 40).filter(bool))
    def grant(self, place: int, amount: int) -> None:
        """A negative grant never makes a balance negative."""
        scope_id, idempotency_key = self.places[place], f"grant {len(self.grants)}"
        self.tills[scope_id].extra = max(self.tills[scope_id].extra + amount, 0)
        assert self._do(self.ledger.grant(scope_id, amount, 9, idempotency_key)) == self.tills[scope_id].extra
        self.grants.append((place, amount, idempotency_key))

    @rule(place=st.sampled_from((-1, -2)))
    def group_moves(self, place: int) -> None:
        """A group becomes a supergroup and keeps its credits."""
        old, new = self.places[place], self.places[place] - 1000
        self._do(self.chats.moved(old, new))
        self.places[place] = new
        self.tills[new] = self.tills.pop(old)
        for paper in self.papers:
            paper.chat_id = new if paper.chat_id == old else paper.chat_id

    @rule()
    def restart(self) -> None:
        """The process ends and starts again."""
        self._do(self.db.close())
        self._open()
        self._do(self.jobs.abandon_submitting())

    @rule(
        work=st.sampled_from(("order", "grant", "prune", "gone", "moved")), person=st.sampled_from(PEOPLE), place=PLACE
    )
    def dies_before_the_commit(self, work: str, person: int, place: int) -> None:
        """The process dies just before the commit, so nothing changes."""
        chat_id = self.places[place]
        works: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "order": lambda: self.jobs.add(self._new(person, place, 1), Limits(price=3)),
            "grant": lambda: self.ledger.grant(chat_id, 10, 9, f"lost grant {len(self.grants)}"),
            "prune": self.housekeeping.prune,
            "gone": lambda: self.chats.gone(chat_id),
            "moved": lambda: self.chats.moved(chat_id, chat_id - 1_000_000),
        }

        def cut_off(_: sqlite3.Connection) -> None:
            raise KeyError("cut off")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(group_commit, "commit", cut_off)
            patch.setattr(sqlite, "commit", cut_off)
            with pytest.raises(KeyError):
                self._do(works[work]())
        self.restart()

    @invariant()
    def the_sums_are_right(self) -> None:
        """For each balance, reserved, spent and left credits add up to the credits granted for the day."""
        today = [paper for paper in self.papers if paper.day == self.day]
        for scope_id, till in self.tills.items():
            theirs = [paper for paper in today if scope_id in {paper.new.requester_id, paper.chat_id}]
            balance = self._do(self.ledger.balance(scope_id, till.daily))
            assert balance.left is not None
            assert balance.reserved + balance.spent + balance.left == till.granted(self.day)
            assert (balance.left, balance.extra) == (till.left(self.day), till.extra)
            assert balance.reserved == sum(paper.reserved for paper in theirs)
            assert balance.spent == sum(paper.spent for paper in theirs)
            assert balance.returns_at_ms == (self.day + 1) * DAY_MS
        assert self._do(self.ledger.spent_today()) == sum(paper.spent for paper in today)


def _limits(price: int) -> Limits:
    return Limits(price, DAILY[Scope.PERSON], DAILY[Scope.CHAT], DAILY[Scope.BOT], MAX_JOBS)


async def _waited(work: Awaitable[T]) -> T:
    return await work


@pytest.mark.timeout(400)  # Hypothesis shortens a failing sequence before it reports it
@pytest.mark.parametrize("stories", [5, pytest.param(20, marks=pytest.mark.slow)])
def test_no_story_makes_or_loses_a_credit(stories: int) -> None:
    """Whatever happens in whatever order, no credit appears or disappears; a job that fits is added, and no other."""
    run_state_machine_as_test(Story, settings=settings(max_examples=stories, stateful_step_count=50, deadline=None))
