"""The Parts port on SQL."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from core.models.job import Gathered, Job, State, Task
from core.ports.clock import Clock
from core.ports.parts import Parts
from core.runtime.wake_ups import WakeUps
from storage.database import Database, Row, Transaction, Value
from storage.serialization import dump_request, load_job

_OPEN = {State.QUEUED, State.SUBMITTING, State.UNCERTAIN, State.GENERATING}


class SqlParts(Parts):
    """The parts of orders, in the table of the jobs."""

    def __init__(self, database: Database, clock: Clock, wake_ups: WakeUps | None = None) -> None:
        self._db = database
        self._clock = clock
        self._wake_ups = wake_ups or WakeUps()

    @override
    async def split(self, order_id: str, parts: int, wait_ms: int) -> bool:
        now = self._clock.now_ms()
        async with self._db.transaction() as tx:
            rows = await tx.fetch("split_order", id=order_id, parts=parts, now=now, due_at=now + wait_ms)
            if not rows:
                return False
            request = dump_request(replace(load_job(rows[0]).request, variants=1))
            for part in range(parts):
                await tx.fetch(
                    "add_part", id=secrets.token_hex(6), order_id=order_id, part=part, request=request, now=now
                )
        self._wake_ups.orders.set()
        return True

    @override
    async def to_gather(self, limit: int) -> list[Job]:
        rows = await self._db.fetch("orders_to_gather", now=self._clock.now_ms(), limit=limit)
        return [load_job(row) for row in rows]

    @override
    async def gather(self, order_id: str, patience_ms: int, wait_ms: int) -> Gathered | None:
        now = self._clock.now_ms()
        async with self._db.transaction() as tx:
            found = await tx.fetch("order_to_gather", id=order_id)
            order = found[0] if found else None
            if order is None or order["state"] != State.GENERATING or not order["parts"]:
                return None
            parts = await tx.fetch("parts_to_gather", order_id=order_id)
            gathered = _look(parts, now, patience_ms)
            if gathered.is_settled:
                await _settle(tx, order, parts, now)
            else:
                due_at, progress = now + _wait_ms(parts, now, patience_ms, wait_ms), gathered.progress
                await tx.fetch("gather_later", id=order_id, due_at=due_at, progress=progress, now=now)
        if gathered.is_settled:
            self._wake_ups.outcomes.set()
        return gathered

    @override
    async def links(self, order: Job) -> Sequence[tuple[Task, str]]:
        if not order.parts:
            return [(order.task, url) for url in order.result_urls]
        parts = [load_job(row) for row in await self._db.fetch("parts_of", order_id=order.id)]
        return [(part.task, url) for part in parts if not part.late for url in part.result_urls]


def _is_open(part: Row) -> bool:
    return part["state"] in _OPEN


def _has_arrived(part: Row) -> bool:
    return part["state"] == State.SETTLED and part["failure"] is None


def _first_arrival(parts: Sequence[Row]) -> int | None:
    return min((part["settled_at"] for part in parts if _has_arrived(part)), default=None)


def _look(parts: Sequence[Row], now: int, patience_ms: int) -> Gathered:
    is_open = [part for part in parts if _is_open(part)]
    first = _first_arrival(parts)
    return Gathered(
        ended=len(parts) - len(is_open),
        arrived=sum(map(_has_arrived, parts)),
        uncertain=sum(part["state"] == State.UNCERTAIN for part in is_open),
        open=len(is_open),
        is_settled=not is_open or (first is not None and first + patience_ms <= now),
    )


def _wait_ms(parts: Sequence[Row], now: int, patience_ms: int, wait_ms: int) -> int:
    first = _first_arrival(parts)
    return wait_ms if first is None else max(min(wait_ms, first + patience_ms - now), 0)


def _cost(part: Row) -> int:
    """Return the cost of a part whose picture arrived: the charge for it, but not more than its price."""
    price: int = part["price"]
    return price if part["consumed"] is None else min(price, part["consumed"])


async def _settle(tx: Transaction, order: Row, parts: Sequence[Row], now: int) -> None:
    """Give an order its outcome; each part ends with it, or becomes late.

    The credits of a picture that didn't come go back, first to the extra credits. Late parts take along as much of
    the extra credits as they may need, so that these come back first if they fail.
    """
    arrived, late = [part for part in parts if _has_arrived(part)], [part for part in parts if _is_open(part)]
    spent = min(sum(map(_cost, arrived)), order["reserved"])
    aside = [min(part["price"], order["reserved"]) for part in late]
    extras = {name: _kept(order, name, spent + sum(aside)) for name in ("person_extra", "chat_extra")}
    for part, reserved in zip(late, aside, strict=True):
        taken: dict[str, Value] = {name: min(extra, reserved) for name, extra in extras.items()}
        extras = {name: extra - min(extra, reserved) for name, extra in extras.items()}
        await tx.fetch("make_part_late", id=part["id"], reserved=reserved, **taken)
    urls = [url for part in arrived for url in json.loads(part["result_urls"] or "[]")]
    failures = [part["failure"] for part in parts if part["failure"]]
    await tx.fetch(
        "gather_order",
        id=order["id"],
        failure=None if urls else (failures[0] if failures else "upstream"),
        result_urls=json.dumps(urls) if urls else None,
        late=len(late),
        spent=spent,
        now=now,
        **extras,
    )
    for part in parts:
        await tx.fetch("end_part", id=part["id"], now=now)


def _kept(order: Row, name: str, needed: int) -> int:
    """Return how much of the order's extra credits of a kind is kept if `needed` of its credits are."""
    return max(int(order[name]) - max(int(order["reserved"]) - needed, 0), 0)
