"""The Ledger port on a database, and what an order books. The money stands in the orders themselves."""

from bot.domain.budget import MAX_GRANT, Account, Balance, Limits, OverBudget, Scope, TooManyJobs, day_of
from bot.domain.job import NewJob
from bot.domain.ports import Clock
from storage.database import Database, Transaction, Value

_ACCOUNTS = {Scope.PERSON: "person_account", Scope.CHAT: "chat_account", Scope.BOT: "bot_account"}
_IDS = 1 << 52  # Telegram's promise: no id has more bits


class StoredLedger:
    """See bot.domain.memory.Ledger."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def balance(self, scope_id: int, daily: int | None) -> Balance:
        """Add up."""
        now = self._clock.now_ms()
        return (await _account(self._db, _scope_of(scope_id), scope_id, now)).balance(daily, now)

    async def grant(self, scope_id: int, amount: int, by: int, origin: str) -> int:
        """A replay, and taking from one who has nothing, change nothing."""
        if not 0 < abs(amount) <= MAX_GRANT:
            raise ValueError("no such number of credits")
        if not 0 < abs(scope_id) < _IDS:
            raise ValueError("no such person or chat")
        now = self._clock.now_ms()
        async with self._db.transaction() as tx:
            left = (await _account(tx, _scope_of(scope_id), scope_id, now)).extra_left
            if await tx.fetch("grant_by_origin", origin=origin):
                return left
            given = max(amount, -left)
            await tx.fetch("add_grant", origin=origin, scope_id=scope_id, credits=given, granted_by=by, now=now)
        return left + given

    async def spent_today(self) -> int:
        """Add up everybody's."""
        return (await _account(self._db, Scope.BOT, 0, self._clock.now_ms())).spent


async def book(tx: Transaction, new: NewJob, limits: Limits, now_ms: int) -> dict[str, Value]:
    """Answer the columns that say what an order sets aside; to be stored in the same transaction.

    Raises TooManyJobs and OverBudget.
    """
    if limits.max_jobs is not None:
        count = (await tx.fetch("open_jobs_of", asked_by=new.asked_by))[0]["jobs"]
        if count >= limits.max_jobs:
            raise TooManyJobs(limits.max_jobs)
    needed = limits.price * new.request.variants
    chat_id = new.address.chat_id
    chat_daily = limits.chat_daily if chat_id < 0 else None
    person_extra = await _take(tx, Scope.PERSON, new.asked_by, needed, limits.person_daily, now_ms)
    chat_extra = await _take(tx, Scope.CHAT, chat_id, needed, chat_daily, now_ms)
    await _take(tx, Scope.BOT, 0, needed, limits.daily, now_ms)
    return {"price": limits.price, "reserved": needed, "person_extra": person_extra, "chat_extra": chat_extra}


async def _take(tx: Transaction, scope: Scope, scope_id: int, needed: int, daily: int | None, now_ms: int) -> int:
    if daily is None:
        return 0
    account = await _account(tx, scope, scope_id, now_ms)
    extra = account.take(needed, daily)
    if extra is None:
        raise OverBudget(scope, needed, account.balance(daily, now_ms), now_ms)
    return extra


async def _account(store: Database | Transaction, scope: Scope, scope_id: int, now_ms: int) -> Account:
    row = (await store.fetch(_ACCOUNTS[scope], scope_id=scope_id, day=day_of(now_ms)))[0]
    return Account(row["reserved"], row["spent"], row["extra_used"], row["extra"])


def _scope_of(scope_id: int) -> Scope:
    return Scope.BOT if scope_id == 0 else Scope.PERSON if scope_id > 0 else Scope.CHAT
