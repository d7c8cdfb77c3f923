"""The Ledger port on SQL, and the bookings of a new job. The rows of the jobs hold the money."""

from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import override

from core.models.image_request import VARIANTS
from core.models.spending import (
    MAX_GRANT,
    Account,
    Balance,
    Limits,
    OverBudget,
    Scope,
    Tightest,
    TooManyJobs,
    TooManyPrices,
    day_of,
)
from core.ports.clock import Clock
from core.ports.repositories import Ledger
from storage.database import Database, Transaction, Value

_HELD = 10  # jobs of one requester that wait for a yes to their price
_IDS = 1 << 52  # Telegram's promise: no id has more bits


class SqlLedger(Ledger):
    """The balances, added up from the jobs and grants in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def balance(self, scope_id: int, daily: int | None) -> Balance:
        now = self._clock.now_ms()
        return (await _account(self._db, _account_of(scope_id), scope_id, now)).balance(daily, now)

    @override
    async def grant(self, scope_id: int, amount: int, by: int, idempotency_key: str) -> int:
        if not 0 < abs(amount) <= MAX_GRANT:
            raise ValueError("no such number of credits")
        if not 0 < abs(scope_id) < _IDS:
            raise ValueError("no such person or chat")
        now = self._clock.now_ms()
        async with self._db.transaction() as tx:
            await (tx.lock(person=scope_id) if scope_id > 0 else tx.lock(chat=scope_id))
            left = (await _account(tx, _account_of(scope_id), scope_id, now)).extra_left
            if await tx.fetch("grant_by_idempotency_key", idempotency_key=idempotency_key):
                return left
            given = max(amount, -left)
            await tx.fetch(
                "add_grant", idempotency_key=idempotency_key, scope_id=scope_id, credits=given, granted_by=by, now=now
            )
        return left + given

    @override
    async def afford(self, requester_id: int, chat_id: int, limits: Limits) -> None:
        await _split(self._db, requester_id, chat_id, 1, limits, self._clock.now_ms())

    @override
    async def tightest(self, requester_id: int, chat_id: int, limits: Limits) -> Tightest | None:
        now = self._clock.now_ms()
        found = [
            Tightest(
                purse.scope, (await _account(self._db, purse.account, purse.scope_id, now)).balance(purse.daily, now)
            )
            for purse in _purses(requester_id, chat_id, limits)
        ]
        return min(found, key=lambda limit: limit.left, default=None)

    @override
    async def spent_today(self) -> int:
        return (await _account(self._db, "bot_account", 0, self._clock.now_ms())).spent


@dataclass(frozen=True, slots=True)
class _Purse:
    """One of the accounts that pay for a job: its query, its id for the query, and its daily allowance in credits."""

    scope: Scope
    account: str
    scope_id: int
    daily: int


async def lock_accounts(tx: Transaction, requester_id: int, chat_id: int, limits: Limits) -> None:
    """Keep the sums as they are that `book` reads, until the transaction ends. Raises StorageError."""
    scopes = {purse.scope for purse in _purses(requester_id, chat_id, limits)}
    chat = chat_id if scopes & {Scope.NAMES, Scope.CHAT} else None
    await tx.lock(person=requester_id, chat=chat, bot=Scope.BOT in scopes)


async def book(
    tx: Transaction, requester_id: int, chat_id: int, variants: int, limits: Limits, now_ms: int
) -> dict[str, Value]:
    """Return the columns for the credits that a job sets aside, to be stored in the same transaction.

    Call `lock_accounts` before. Raises TooManyJobs and OverBudget.
    """
    if limits.max_jobs is not None:
        count = (await tx.fetch("open_jobs_of", requester_id=requester_id))[0]["jobs"]
        if count >= limits.max_jobs:
            raise TooManyJobs(limits.max_jobs)
    extras = await _split(tx, requester_id, chat_id, variants, limits, now_ms)
    return {
        "price": limits.price,
        "reserved": limits.price * variants,
        "person_extra": extras.get(Scope.PERSON, 0),
        "chat_extra": extras.get(Scope.CHAT, 0),
    }


async def _split(
    store: Database | Transaction, requester_id: int, chat_id: int, variants: int, limits: Limits, now_ms: int
) -> dict[Scope, int]:
    """Return the part of the cost that comes from extra credits, by scope. Raises OverBudget."""
    needed = limits.price * variants
    accounts = {
        purse: await _account(store, purse.account, purse.scope_id, now_ms)
        for purse in _purses(requester_id, chat_id, limits)
    }
    for purse, account in accounts.items():
        if account.take(needed, purse.daily) is None:
            left = min(account.balance(purse.daily, now_ms).left or 0 for purse, account in accounts.items())
            fits = max((number for number in VARIANTS if limits.price * number <= left), default=0)
            balance = account.balance(purse.daily, now_ms)
            raise OverBudget(purse.scope, needed, balance, now_ms, fits, price=limits.price)
    return {purse.scope: account.take(needed, purse.daily) or 0 for purse, account in accounts.items()}


async def check_held(tx: Transaction, requester_id: int) -> None:
    """Check that one more job of a requester may wait for a yes to its price. Raises TooManyPrices."""
    if (await tx.fetch("held_jobs_of", requester_id=requester_id))[0]["jobs"] >= _HELD:
        raise TooManyPrices(_HELD)


def _purses(requester_id: int, chat_id: int, limits: Limits) -> Iterator[_Purse]:
    if requester_id > 0 and limits.person_daily is not None:
        yield _Purse(Scope.PERSON, "person_account", requester_id, limits.person_daily)
    if requester_id < 0 and limits.names_daily is not None:
        yield _Purse(Scope.NAMES, "names_account", chat_id, limits.names_daily)
    if chat_id < 0 and limits.chat_daily is not None:
        yield _Purse(Scope.CHAT, "chat_account", chat_id, limits.chat_daily)
    if limits.daily is not None:
        yield _Purse(Scope.BOT, "bot_account", 0, limits.daily)


async def _account(store: Database | Transaction, account: str, scope_id: int, now_ms: int) -> Account:
    row = (await store.fetch(account, scope_id=scope_id, day=day_of(now_ms)))[0]
    return Account(row["reserved"], row["spent"], row["extra_used"], row["extra"])


def _account_of(scope_id: int) -> str:
    return "bot_account" if scope_id == 0 else "person_account" if scope_id > 0 else "chat_account"
