"""Housekeeping: everything is dropped once it is older than necessary."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from core.models.timing import Timing
from core.ports.clock import Clock
from core.ports.files import PictureStore
from storage.database import Database, Row
from storage.portions import in_portions, rest

log = structlog.get_logger()

_DAY_MS = 86_400_000
_REPLAYS_MS = 2 * _DAY_MS  # Telegram keeps updates for a day, and numbers them anew after a quiet week
_UPLOADS_MS = 2 * _DAY_MS  # by then the image API has dropped them
_DRAFTS_MS = 2 * _DAY_MS  # a draft older than a day can't be ordered
_KEPT_FOR_LONG = (
    "prune_questions",
    "prune_albums",
    "prune_broadcasts",
    "prune_names",
)
_KEPT_FOR_DAYS = (
    ("prune_inbox", _REPLAYS_MS),
    ("prune_uploads", _UPLOADS_MS),
    ("prune_drafts", _DRAFTS_MS),
    ("prune_awaited", _DRAFTS_MS),
)
_WITH_ORDERS = ("fold_person_extras", "fold_chat_extras", "prune_shown", "prune_favorites", "prune_pictures")
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_LONG_AGO_MS = 30 * _DAY_MS
_JUMP_MS = 3_600_000
_YOUNG_S = 3600  # a file is stored a moment before its row


@dataclass(frozen=True)
class Portions:
    """The sizes of the portions. Each blocks the database for a few milliseconds."""

    rows: int = 200
    orders: int = 20
    files: int = 500


class Housekeeping:
    """Pruning by age, in portions. After each, the database is left to others for as long as the portion took."""

    def __init__(
        self,
        database: Database,
        blob_store: PictureStore,
        clock: Clock,
        retention_days: int,
        jumped_ms: Callable[[], int] = lambda: 0,
        steady_s: Callable[[], float] = time.monotonic,
        portions: Portions = Portions(),
        rest_s: int = Timing.housekeeping_rest_s,
    ) -> None:
        self._db = database
        self._blob_store = blob_store
        self._clock = clock
        self._retention_ms = retention_days * _DAY_MS
        self._jumped_ms = jumped_ms
        self._known_jump_ms = 0
        self._steady_s = steady_s
        self._rests_until_s = steady_s()
        self._portions = portions
        self._rest_s = rest_s

    async def begin(self) -> None:
        """Make everything due that waits. Rest for a day if the clock may be wrong, far from the newest row."""
        now = self._clock.now_ms()
        for name in ("wake_jobs", "wake_updates", "wake_albums"):
            await self._db.fetch(name, now=now)
        row = await self._db.fetch_one("newest_row")
        if not row or not row["at"]:
            return
        gap_ms = now - row["at"]
        if gap_ms > _LONG_AGO_MS or gap_ms < -_JUMP_MS:
            self._rest(f"the clock says that the last order or update was {gap_ms / _DAY_MS:.1f} days ago")

    def _rest(self, why: str) -> None:
        """Delete nothing for a day: by a wrong clock too much would go, so the operator gets time to see it."""
        self._rests_until_s = self._steady_s() + self._rest_s
        log.warning("housekeeping_paused", hours=self._rest_s // 3600, reason=why)

    def _is_resting(self) -> bool:
        jumped_ms = self._jumped_ms()
        if abs(jumped_ms - self._known_jump_ms) > _JUMP_MS:
            self._rest(f"the system's clock was set by {(jumped_ms - self._known_jump_ms) / 3_600_000:.1f} hours")
            self._known_jump_ms = jumped_ms
        return self._steady_s() < self._rests_until_s

    async def prune(self) -> None:
        """Drop old handled updates, ended jobs with their pictures, and everything else of no use. Raises StorageError.

        If it is stopped in the middle, it goes on the next time.
        """
        if self._is_resting():
            return
        now, rows = self._clock.now_ms(), self._portions.rows
        before = now - self._retention_ms
        await in_portions(self._db, self._portions.orders, partial(self._prune_jobs, before, now))
        while outdated := await self._db.fetch_one("outdated_broadcast", before=before):
            await in_portions(
                self._db,
                rows,
                partial(self._db.drop, "prune_recipients", id=outdated["id"], limit=rows),
            )
        for name in _KEPT_FOR_LONG:
            await in_portions(self._db, rows, partial(self._db.drop, name, before=before, limit=rows))
        for name, age_ms in _KEPT_FOR_DAYS:
            await in_portions(self._db, rows, partial(self._db.drop, name, before=now - age_ms, limit=rows))
        await self._db.fetch("prune_openings", before=before)
        if dropped := await self._drop_files():
            log.info("pictures_pruned", files=dropped)

    async def _prune_jobs(self, before: int, now: int) -> list[Row]:
        """Drop ended jobs, and note in the same commit how many extra credits they took."""
        limit = self._portions.orders
        async with self._db.transaction(durable=False) as tx:
            await tx.lock(bot=True)  # two processes would note the same credits twice
            for name in _WITH_ORDERS:
                await tx.fetch(name, before=before, limit=limit, **({"now": now} if name.startswith("fold") else {}))
            return await tx.fetch("prune_jobs", before=before, limit=limit)

    async def _drop_files(self) -> int:
        """Drop the files that no undeleted result, open job or draft names, page by page; return how many."""
        dropped = 0
        async for names in self._blob_store.pages(self._portions.files):
            began = time.monotonic()
            dropped += await self._drop_of(names)
            await rest(began)
        return dropped

    async def _drop_of(self, names: list[str]) -> int:
        found = {name: name.partition(".")[0] for name in names}
        rows = await self._db.fetch("named_pictures", first_sha256=min(found.values()), last_sha256=max(found.values()))
        named = {row["sha256"] for row in rows}
        old = await self._blob_store.older([name for name in names if found[name] not in named], _YOUNG_S)
        if not old:
            return 0
        mentioned = {name for row in await self._db.fetch("mentions") for name in _SHA256.findall(row["mention"])}
        return await self._blob_store.drop([name for name in old if found[name] not in mentioned])
