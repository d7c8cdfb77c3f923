"""The AccessBook port on SQL."""

import secrets

from typing_extensions import override

from core.errors import Refused, StorageError
from core.models.access import BANNED, Standing
from core.ports.clock import Clock
from core.ports.operators import AccessBook
from core.text import Text, text
from storage.database import Database, Row, Transaction

_CODE_BYTES = 12  # 96 bits can't be guessed, and fit into the 64 characters of a deep link

UNKNOWN = text("🎟 I don't know this invitation. Was the link copied as a whole?")
EXPIRED = text("🎟 This invitation has expired. Please ask for a new one.")
USED_UP = text("🎟 This invitation was used by as many people as it was for. Please ask for a new one.")
TWICE = text("🎟 You have used this invitation already, and once is all it is good for.")


class SqlAccess(AccessBook):
    """The access list and the invitations in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def allow(self, scope_id: int) -> None:
        await self._db.fetch("allow_id", scope_id=scope_id, now=self._clock.now_ms())

    @override
    async def ban(self, scope_id: int) -> None:
        await self._db.fetch("ban_id", scope_id=scope_id, now=self._clock.now_ms())

    @override
    async def unban(self, scope_id: int) -> bool:
        return bool(await self._db.fetch("unban_id", scope_id=scope_id))

    @override
    async def standing(self, scope_id: int) -> Standing:
        return _standing(await self._db.fetch("standing_of", scope_id=scope_id))

    @override
    async def id_by_now(self, scope_id: int) -> int:
        row = await self._db.fetch_one("id_by_now", scope_id=scope_id)
        return int(row["moved_to"]) if row else scope_id

    @override
    async def ids_before(self, scope_id: int) -> set[int]:
        return {row["chat_id"] for row in await self._db.fetch("ids_before", scope_id=scope_id)}

    @override
    async def invite(self, worth: int, lives_ms: int, uses: int, by: int, idempotency_key: str) -> str:
        now = self._clock.now_ms()
        async with self._db.transaction() as tx:
            await tx.fetch(
                "add_invite",
                code=secrets.token_urlsafe(_CODE_BYTES),
                idempotency_key=idempotency_key,
                credits=worth,
                uses=uses,
                expires_at=now + lives_ms,
                made_by=by,
                now=now,
            )
            rows = await tx.fetch("code_by_idempotency_key", idempotency_key=idempotency_key)
        if not rows:
            raise StorageError(f"invite of {idempotency_key} neither stored nor found")
        return str(rows[0]["code"])

    @override
    async def redeem(self, code: str, person: int, idempotency_key: str) -> int:
        now = self._clock.now_ms()
        async with self._db.transaction() as tx:
            await tx.lock(person=person, bot=True)  # the whole bot, since others may use the invitation, too
            rows = await tx.fetch("invite_by_code", code=code, person=person)
            if not rows:
                raise Refused(UNKNOWN)
            invite = rows[0]
            if invite["redeemed_by"] != idempotency_key:
                if refusal := await _refusal(tx, invite, person, now):
                    raise Refused(refusal)
                await _let_in(tx, code, person, invite["credits"], idempotency_key, now)
        return int(invite["credits"])


async def _refusal(tx: Transaction, invite: Row, person: int, now: int) -> Text | None:
    if _standing(await tx.fetch("standing_of", scope_id=person)).is_banned:
        return BANNED
    if invite["redeemed_by"]:
        return TWICE
    if invite["expires_at"] <= now:
        return EXPIRED
    return USED_UP if invite["used"] >= invite["uses"] else None


async def _let_in(tx: Transaction, code: str, person: int, worth: int, idempotency_key: str, now: int) -> None:
    await tx.fetch("add_redemption", code=code, person=person, idempotency_key=idempotency_key, now=now)
    await tx.fetch("let_in", scope_id=person, now=now)
    if worth:
        await tx.fetch(
            "add_grant", idempotency_key=idempotency_key, scope_id=person, credits=worth, granted_by=None, now=now
        )


def _standing(rows: list[Row]) -> Standing:
    if not rows:  # an id that was never mentioned
        return Standing()
    allowed, invited, banned, least = rows[0]
    return Standing(allowed is not None, invited is not None, banned is not None, least > 0)
