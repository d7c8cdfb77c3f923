"""The Jobs port on SQL: every change is one statement that checks the state it starts from."""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from typing_extensions import override

from core.errors import Failure
from core.models.image_request import Picture, Request
from core.models.job import Job, NewJob, State, Task, TaskNotification
from core.models.media import UNNAMED, Shown
from core.models.shards import ALL_SHARDS
from core.models.spending import DAY_MS, Limits
from core.ports.clock import Clock
from core.ports.jobs import Jobs
from core.runtime.wake_ups import WakeUps
from core.runtime.worker import WakeUp
from storage.database import Database, Row, Transaction, Value
from storage.ledger import book, check_held, lock_accounts
from storage.serialization import dump_columns, dump_parent, dump_request, listed, load_job, load_picture, load_request

_LATELY_MS = 30 * DAY_MS
_NOTHING: dict[str, Value] = {"reserved": 0, "person_extra": 0, "chat_extra": 0}


class SqlJobs(Jobs):
    """The jobs in the database.

    A commit of work that is due at once sets the wake-up of the worker that does it.
    """

    def __init__(self, database: Database, clock: Clock, wake_ups: WakeUps | None = None) -> None:
        self._db = database
        self._clock = clock
        self._wake_ups = wake_ups or WakeUps()

    @override
    async def add(self, new: NewJob, limits: Limits | None = None) -> tuple[Job, bool]:
        # One transaction, so that no other order comes between the lookup and the insert.
        async def added(tx: Transaction) -> tuple[Job, bool]:
            # A known order must not be refused, so it is looked up before limits are checked; without limits, after.
            key, bounds = {"idempotency_key": new.idempotency_key}, limits or Limits()
            is_bound = new.needs_confirmation or bounds != Limits(price=bounds.price)
            if is_bound:
                await lock_accounts(tx, new.requester_id, new.address.chat_id, bounds)
            known = await tx.fetch("job_by_idempotency_key", **key) if is_bound else []
            rows = known or await self._added(tx, new, bounds)
            if rows and not known:
                return load_job(rows[0], ahead=rows[0]["ahead"]), True
            return load_job((rows or await tx.fetch("job_by_idempotency_key", **key))[0]), False

        # `placed` wakes the submitter: nothing is paid before its chat has taken the placeholder. A job without one is
        # found by the worker's regular look, within a second.
        return await self._db.together(added)

    async def _added(self, tx: Transaction, new: NewJob, limits: Limits) -> list[Row]:
        now = self._clock.now_ms()
        booked = await book(tx, new.requester_id, new.address.chat_id, new.request.variants, limits, now)
        if new.needs_confirmation:
            await check_held(tx, new.requester_id)
            booked |= _NOTHING
        return await tx.fetch(
            "add_job",
            id=secrets.token_hex(6),
            idempotency_key=new.idempotency_key,
            chat_id=new.address.chat_id,
            thread_id=new.address.thread_id,
            reply_to=new.address.reply_to,
            language=new.address.language,
            requester_id=new.requester_id,
            request=dump_request(new.request),
            now=now,
            button_key=new.button_key,
            held_at=now if new.needs_confirmation else None,
            wanted=new.wanted,
            **dump_parent(new.parent),
            **booked,
        )

    @override
    async def is_known(self, idempotency_key: str) -> bool:
        return bool(await self._db.fetch("job_by_idempotency_key", idempotency_key=idempotency_key))

    @override
    async def pressed_for(self, button_key: str, requester_id: int, within_ms: int) -> Job | None:
        just_before = self._clock.now_ms() - within_ms
        row = await self._db.fetch_one(
            "job_by_button_key", button_key=button_key, requester_id=requester_id, just_before=just_before
        )
        return load_job(row) if row else None

    @override
    async def get(self, job_id: str) -> Job | None:
        row = await self._db.fetch_one("job_by_id", id=job_id)
        return load_job(row) if row else None

    @override
    async def queued(self, limit: int) -> list[Job]:
        return await self._due("queued_jobs", limit)

    @override
    async def to_poll(self, limit: int) -> list[Job]:
        return await self._due("jobs_to_poll", limit)

    @override
    async def notified_lately(self, within_ms: int, limit: int) -> list[Job]:
        now = self._clock.now_ms()
        rows = await self._db.fetch("jobs_notified_lately", now=now, since=now - within_ms, limit=limit)
        return [load_job(row) for row in rows]

    @override
    async def settled(self, limit: int) -> list[Job]:
        return await self._due("settled_jobs", limit)

    async def _due(self, name: str, limit: int) -> list[Job]:
        return [load_job(row) for row in await self._db.fetch(name, now=self._clock.now_ms(), limit=limit)]

    @override
    async def painted_lately(self, limit: int) -> list[tuple[Request, int]]:
        since = self._clock.now_ms() - _LATELY_MS
        rows = await self._db.fetch("painted_lately", since=since, limit=limit)
        return [(load_request(row["request"]), row["took_ms"]) for row in rows]

    @override
    async def ahead(self, job: Job) -> int:
        row = await self._db.fetch_one("jobs_ahead", id=job.id)
        return int(row["ahead"]) if row else 0

    @override
    async def waiting(self, older_ms: int, limit: int) -> list[Job]:
        before = self._clock.now_ms() - older_ms
        return [load_job(row) for row in await self._db.fetch("waiting_jobs", before=before, limit=limit)]

    @override
    async def submitting(self, job_id: str) -> int | None:
        row = await self._db.fetch_one("start_submitting", id=job_id, now=self._clock.now_ms())
        return row["attempts"] if row else None

    @override
    async def release(self, job_id: str, limits: Limits | None = None, variants: int | None = None) -> bool:
        async with self._db.transaction() as tx:
            known = await tx.fetch("job_to_release", id=job_id)
            job = load_job(known[0]) if known else None
            if job is None or not job.awaiting_confirmation or job.state is not State.QUEUED:
                return False
            # The price stays the one that the requester agreed to.
            limits = replace(limits or Limits(), price=job.price)
            now = self._clock.now_ms()
            await lock_accounts(tx, job.requester_id, job.address.chat_id, limits)
            request = replace(job.request, variants=variants or job.request.variants)
            booked = await book(tx, job.requester_id, job.address.chat_id, request.variants, limits, now)
            del booked["price"]
            released = bool(await tx.fetch("release_job", id=job_id, now=now, request=dump_request(request), **booked))
        if released:
            self._wake_ups.orders.set()
        return released

    @override
    async def requeue(self, job_id: str, wait_ms: int, hindrance: Failure | None = None) -> bool:
        due_at = self._clock.now_ms() + wait_ms
        rows = await self._db.fetch("requeue_job", id=job_id, due_at=due_at, hindrance=hindrance)
        if rows and rows[0]["part_of"] and wait_ms:
            await self._unsplit(rows[0]["part_of"], due_at, hindrance)
        elif rows and not wait_ms:
            self._wake_ups.orders.set()
        return bool(rows)

    async def _unsplit(self, order_id: str, due_at: int, hindrance: Failure | None) -> None:
        """Let an order wait as a whole again if no part of it was taken yet, so that it can be canceled."""
        async with self._db.transaction() as tx:
            await tx.fetch("order_to_gather", id=order_id)
            await tx.fetch("parts_to_gather", order_id=order_id)
            if await tx.fetch("drop_parts", order_id=order_id):
                await tx.fetch("unsplit_order", id=order_id, due_at=due_at, hindrance=hindrance)

    @override
    async def reassign(self, job_id: str, request: Request, price: int) -> bool:
        now, dumped = self._clock.now_ms(), dump_request(request)
        return await self._changed(
            "reassign_job", self._wake_ups.orders, id=job_id, request=dumped, price=price, now=now
        )

    @override
    async def resubmit(self, job_id: str) -> bool:
        return await self._changed("resubmit_job", self._wake_ups.orders, id=job_id, now=self._clock.now_ms())

    @override
    async def postpone(self, job_id: str, wait_ms: int, hindrance: Failure | None = None) -> None:
        due_at = self._clock.now_ms() + wait_ms
        await self._db.fetch("postpone_job", id=job_id, due_at=due_at, hindrance=hindrance)

    @override
    async def uncertain(self, job_id: str) -> bool:
        return await self._changed("make_uncertain", id=job_id)

    @override
    async def submitting_since(self, older_ms: int) -> list[str]:
        before = self._clock.now_ms() - older_ms
        return [row["id"] for row in await self._db.fetch("submitting_since", before=before)]

    @override
    async def abandon_submitting(
        self, shards: Collection[int] = ALL_SHARDS, besides: Collection[str] = ()
    ) -> list[str]:
        rows = await self._db.fetch("abandon_submitting", shards=listed(shards), besides=listed(besides))
        return [row["id"] for row in rows]

    @override
    async def uncertain_untold(self) -> list[Job]:
        return [load_job(row) for row in await self._db.fetch("uncertain_untold")]

    @override
    async def told(self, job_id: str) -> None:
        await self._db.fetch("told", id=job_id, now=self._clock.now_ms())

    @override
    async def generating(self, job_id: str, task: Task, wait_ms: int) -> Job | None:
        now, account = self._clock.now_ms(), task.account or None
        row = await self._db.fetch_one(
            "start_generating", id=job_id, task_id=task.id, account=account, due_at=now + wait_ms, now=now
        )
        return load_job(row) if row else None

    @override
    async def polled(self, job_id: str, progress: float, wait_ms: int) -> None:
        now = self._clock.now_ms()
        await self._db.fetch("note_poll", id=job_id, progress=progress, due_at=now + wait_ms, now=now)

    @override
    async def poll_later(self, job_id: str, wait_ms: int) -> None:
        await self._db.fetch("poll_later", id=job_id, due_at=self._clock.now_ms() + wait_ms)

    @override
    async def linkless(self, job_id: str, wait_ms: int) -> int:
        # The time counts from the first such answer, even across a restart.
        now = self._clock.now_ms()
        row = await self._db.fetch_one("note_linkless", id=job_id, due_at=now + wait_ms, now=now)
        return now - int(row["linkless_at"]) if row else 0

    @override
    async def notified(self, job_id: str, notification: TaskNotification, attempt: int | None = None) -> Job | None:
        failure = notification.failed.failure.value if notification.failed else None
        now = self._clock.now_ms()

        async def noted(tx: Transaction) -> list[Row]:
            rows = await tx.fetch("note_notification", id=job_id, attempt=attempt, failure=failure, now=now)
            task_id = notification.task_id
            if not rows or rows[0]["state"] == "generating" or not task_id:
                return rows
            if await tx.fetch("task_of_other", id=job_id, task_id=task_id):
                return rows
            return await tx.fetch("start_generating", id=job_id, task_id=task_id, account=None, due_at=now, now=now)

        rows = await self._db.together(noted)
        if not rows:
            return None
        job = load_job(rows[0])
        if job.state is State.GENERATING and rows[0]["due_at"] <= now:
            self._wake_ups.polls.offer(job)
        return job

    @override
    async def settle(self, job_id: str, outcome: Sequence[str] | Failure, consumed: int | None = None) -> bool:
        failure = outcome if isinstance(outcome, Failure) else None
        links = () if isinstance(outcome, Failure) else outcome
        now = self._clock.now_ms()
        rows = await self._db.fetch(
            "settle_job",
            id=job_id,
            failure=failure.value if failure else None,
            result_urls=None if failure else json.dumps(list(links)),
            results=len(links),
            consumed=consumed,
            cost=0 if failure else consumed,
            now=now,
        )
        for row in rows:
            if row["part_of"] is None or row["late"]:
                self._wake_ups.outcomes.offer(load_job(row, is_new_outcome=True))
        await self._wake_orders(rows, now)
        return bool(rows)

    async def _wake_orders(self, ended: Sequence[Row], now: int) -> None:
        """Look at the orders whose parts have ended, before their next regular look."""
        for row in ended:
            if row["part_of"]:
                await self._db.fetch("wake_order", id=row["part_of"], now=now)
                self._wake_ups.gathering.set()

    @override
    async def expire(
        self, deadline_ms: int, queued_failure: Failure | None = None, *, has_webhook: bool = False
    ) -> list[str]:
        now = self._clock.now_ms()
        rows = await self._db.fetch(
            "expire_jobs",
            now=now,
            deadline_before=now - deadline_ms,
            uncertain_before=now - (max(DAY_MS, deadline_ms) if has_webhook else deadline_ms),
            day_before=now - DAY_MS,
            day_ms=DAY_MS,
            queued_failure=queued_failure,
        )
        await self._wake_orders(rows, now)
        if rows:
            self._wake_ups.outcomes.set()
        return [row["id"] for row in rows]

    @override
    async def overdue(self, deadline_ms: int) -> list[str]:
        now = self._clock.now_ms()
        rows = await self._db.fetch("mark_overdue", now=now, deadline_before=now - deadline_ms)
        return [row["id"] for row in rows]

    @override
    async def overdue_untold(self) -> list[Job]:
        return [load_job(row) for row in await self._db.fetch("overdue_untold")]

    @override
    async def overdue_told(self, job_id: str) -> None:
        await self._db.fetch("overdue_told", id=job_id, now=self._clock.now_ms())

    @override
    async def try_album(self, job_id: str) -> int:
        row = await self._db.fetch_one("try_album", id=job_id)
        return int(row["album_tries"]) if row else 0

    @override
    async def untry_album(self, job_id: str) -> None:
        await self._db.fetch("untry_album", id=job_id)

    @override
    async def placed(self, job_id: str, message_id: int, before: int | None = None) -> bool:
        now, before = self._clock.now_ms(), -1 if before is None else before
        row = await self._db.fetch_one("place_job", id=job_id, message_id=message_id, before=before, now=now)
        if row is None:
            if message_id != UNNAMED:
                await self._db.fetch("outdate_message", id=job_id, message_id=message_id)
            return False
        if row["state"] == "queued" and row["held_at"] is None and row["due_at"] <= now:
            self._wake_ups.orders.offer(load_job(row))
        return True

    @override
    async def try_arrival(self, job_id: str) -> None:
        await self._db.fetch("try_arrival", id=job_id)

    @override
    async def untry_arrival(self, job_id: str) -> None:
        await self._db.fetch("untry_arrival", id=job_id)

    @override
    async def arrived(self, job_id: str, message_id: int) -> None:
        await self._db.fetch("arrive", id=job_id, message_id=message_id, now=self._clock.now_ms())

    @override
    async def arrived_in_place(self, job_id: str, placeholder_id: int) -> bool:
        now = self._clock.now_ms()
        return await self._changed("arrive_in_place", id=job_id, message_id=placeholder_id, now=now)

    @override
    async def outdated(self, limit: int) -> list[Job]:
        return [load_job(row) for row in await self._db.fetch("outdated_jobs", limit=limit)]

    @override
    async def tidied(self, job_id: str, message_id: int) -> None:
        await self._db.fetch("tidy_job", id=job_id, message_id=message_id)

    @override
    async def keep_picture(self, job_id: str, position: int, picture: Picture) -> None:
        await self._db.fetch("keep_picture", job_id=job_id, position=position, **dump_columns(picture))

    @override
    async def pictures(self, job_id: str) -> tuple[dict[int, Picture], set[int]]:
        rows = await self._db.fetch("pictures_of_job", job_id=job_id)
        shown = {row["position"] for row in rows if row["message_id"] is not None}
        return {row["position"]: load_picture(row) for row in rows}, shown

    @override
    async def shown(self, job_id: str, messages: Mapping[int, Shown]) -> None:
        await self._db.together(lambda tx: _note_shown(tx, job_id, messages))

    @override
    async def delivered(
        self,
        job_id: str,
        messages: Mapping[int, Shown] = MappingProxyType({}),
        pictures: Mapping[int, Picture] = MappingProxyType({}),
    ) -> Job | None:
        now = self._clock.now_ms()

        async def noted(tx: Transaction) -> list[Row]:
            await _note_shown(tx, job_id, messages, pictures)
            return await tx.fetch("deliver_job", id=job_id, now=now)

        rows = await self._db.together(noted)
        if rows and rows[0]["has_next"]:
            self._wake_ups.outcomes.set()
        return load_job(rows[0]) if rows else None

    @override
    async def cancel_queued(self, job_id: str, idempotency_key: str | None = None) -> bool:
        return await self._changed("cancel_queued", id=job_id, stopped_by=idempotency_key, now=self._clock.now_ms())

    @override
    async def cancelled(self, job_id: str) -> bool:
        return await self._changed("cancel_job", id=job_id, now=self._clock.now_ms())

    async def _changed(self, name: str, wakes: WakeUp[Job] | None = None, /, **values: str | int | None) -> bool:
        changed = bool(await self._db.fetch(name, **values))
        if changed and wakes:
            wakes.set()
        return changed


async def _note_shown(
    tx: Transaction, job_id: str, messages: Mapping[int, Shown], pictures: Mapping[int, Picture] = MappingProxyType({})
) -> None:
    for position in pictures.keys() - messages.keys():
        await tx.fetch("keep_picture", job_id=job_id, position=position, **dump_columns(pictures[position]))
    for position, message in messages.items():
        key: dict[str, Value] = {"job_id": job_id, "position": position, "message_id": message.message_id}
        sent: dict[str, Value] = {"file_id": message.file_id, "unique_id": message.unique_id}
        if position in pictures:
            await tx.fetch("keep_shown_picture", **key, **sent, **dump_columns(pictures[position]))
        else:
            await tx.fetch("show_picture", **key, **sent)
        if message.message_id != UNNAMED:  # without an id, a reply can't name the message
            await tx.fetch("note_shown_of_job", **key)
