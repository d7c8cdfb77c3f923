"""The circuit breaker: it stops submitting while that is pointless or paused, and warns before the account is empty."""

import math
from collections.abc import Awaitable, Callable, Sequence

import structlog

from core.errors import ApiError, ChatMoved, Failure, MessengerError, StorageError
from core.models.job import Destination, Job
from core.ports.image_api import ImageApi
from core.ports.repositories import Notes
from core.ports.telegram import Messenger
from core.runtime.worker import WakeUp
from core.text import Text, text

log = structlog.get_logger()

REASONS = {
    Failure.OUT_OF_CREDITS: text(
        "💳 The image API has no credits left. New pictures wait until you top up the account. I check every minute."
    ),
    Failure.MISCONFIGURED: text(
        "🔧 The image API refuses my key. Renew it at the provider, or correct IMAGE_API_KEY and restart me. New "
        "pictures wait until then. I check every minute."
    ),
    Failure.STORAGE: text(
        "💾 I can't write to my database or picture directory. The log says why. New pictures wait until you fix that, "
        "so that you don't pay for pictures I can't store. I check every minute."
    ),
}
RELEASED = text("✅ I'm painting again.")
REFUSED_MEANWHILE = text(
    "🔑 Telegram refused my token for a while and accepts it again. I'm catching up. If this happens again, ask "
    "@BotFather whether the token was revoked."
)
DAMAGED = text(
    "💥 The database is damaged; the log says where. I go on as far as I can. Stop me, and restore the latest backup "
    "with <code>imagine-bot restore FILE</code>."
)
_PAUSED, _PAUSE_REASON, _LOW, _REFUSAL = "paused", "pause_reason", "low_credits", "refusal"


class CircuitBreaker:
    """The circuit breaker for the whole process.

    Among several processes, `leads` tells whether this is the one that looks whether a refusal has ended. The first one
    that is refused notes it and tells the operators, and `recall` makes it known to the others. Trouble with the
    storage may concern one machine, so it isn't shared.

    A pause survives a restart; without `notes` it ends with the process. A refusal doesn't survive: the first job after
    the restart meets it again. `told` are the chats of the operators. `low_credits` is the number of credits below
    which they are warned; without it, or without `notes`, they aren't. `try_storage` raises StorageError if nothing can
    be written.
    """

    def __init__(
        self,
        api: ImageApi,
        messenger: Messenger,
        told: Sequence[int],
        orders: WakeUp[Job],
        notes: Notes | None = None,
        low_credits: float | None = None,
        try_storage: Callable[[], Awaitable[None]] | None = None,
        leads: Callable[[], bool] | None = None,
    ) -> None:
        self._api = api
        self._messenger = messenger
        self._told = list(told)
        self._orders = orders  # no commit lets the orders go on, so no adapter wakes their worker
        self._notes = notes
        self._low = low_credits
        self._try_storage = try_storage
        self._leads = leads
        self._is_noted = False  # whether the others know of the refusal
        self._refusal: Failure | None = None
        self._left = 0.0  # credits at the refusal; a few may be left, but too few for a job
        self._untold: list[Text] = []
        self.paused = False
        self.pause_reason = ""
        """The operator's words for those who wait, empty without any."""

    @property
    def reason(self) -> Failure | None:
        """The reason why nothing is submitted, or None. A pause counts as BUSY: requesters need not know of it."""
        return self._refusal or (Failure.BUSY if self.paused else None)

    async def recall(self) -> None:
        """Restore the pause and its reason after a restart, or take them over from another process.

        A database server that restarts is back within seconds, so submitting doesn't wait for `look` then.
        """
        if self._notes is None:
            return
        if self._refusal is Failure.STORAGE:
            await self.doubt_storage()
        was_paused, self.paused = self.paused, await self._notes.get(_PAUSED) is not None
        self.pause_reason = await self._notes.get(_PAUSE_REASON) or "" if self.paused else ""
        await self._recall_refusal()
        if was_paused and not self.paused:
            self._orders.set()

    async def _recall_refusal(self) -> None:
        """Take over a refusal that another process met, or its end. Without other processes, none is noted."""
        noted = await self._notes.get(_REFUSAL) if self._notes and self._leads else None
        if noted and self._refusal is None:
            name, _, left = noted.partition(" ")
            self._refusal, self._left = Failure(name), float(left)
        elif noted is None and self._is_noted:
            self._refusal = None
            self._orders.set()
        self._is_noted = noted is not None

    async def pause(self, reason: str = "") -> bool:
        """Pause submitting until `resume`; return False if that changes nothing.

        During a pause, another reason takes the place of the earlier one, and no reason leaves it as it is.
        """
        if self.paused and reason in {"", self.pause_reason}:
            return False
        await self._set_reason(reason)
        await self._set_paused(paused=True)
        return True

    async def resume(self) -> bool:
        """End a pause; return False if there wasn't one. A refusal by the image API stays in effect."""
        has_ended = await self._set_paused(paused=False)
        await self._set_reason("")
        return has_ended

    async def shut(self, failure: Failure) -> bool:
        """Stop submitting if `failure` would also hit the next job; return False if it would not."""
        if failure not in REASONS:
            return False
        if self._refusal is None:
            self._refusal = failure
            log.error("circuit_breaker_opened", failure=failure.value)
            self._left = math.inf  # until the credits are known
            self._left = await self._credits() or 0.0
            if await self._is_first(failure):
                await self.tell(REASONS[failure])
        return True

    async def _is_first(self, failure: Failure) -> bool:
        """Note a refusal for the other processes; return False if one of them has met it before."""
        if self._leads is None or self._notes is None or failure is Failure.STORAGE:
            return True
        is_first = await self._notes.put_first(_REFUSAL, f"{failure.value} {self._left}")
        self._is_noted = True
        return is_first

    async def doubt_storage(self) -> None:
        """Stop submitting if nothing can be written, because a result that can't be stored must not be paid for.

        If writing works again, submitting goes on.
        """
        if self._try_storage is None:
            return
        try:
            await self._try_storage()
        except StorageError as error:
            if self._refusal is None:
                log.error("storage_unwritable", error=str(error))
            await self.shut(Failure.STORAGE)
        else:
            if self._refusal is Failure.STORAGE:
                await self._release()

    async def look(self) -> None:
        """Tell the operators anything they missed, and resume submitting if the cause of a refusal is gone.

        An account that ran out of credits must have more of them than then. After another refusal it must answer and
        not be empty. Without a refusal by the image API, writing to the storage is tried.
        """
        while self._untold and await self._tell_now(self._untold[0]):
            del self._untold[0]
        if self._messenger.recovered():
            await self.tell(REFUSED_MEANWHILE)
        if self._refusal in {None, Failure.STORAGE}:
            await self.doubt_storage()
            return
        if self._leads and not self._leads():
            return
        left = await self._credits()
        if left is None or left <= (self._left if self._refusal is Failure.OUT_OF_CREDITS else 0):
            return
        await self._release()

    async def _release(self) -> None:
        if self._notes and self._is_noted:
            await self._notes.put(_REFUSAL, None)
        self._refusal, self._is_noted = None, False
        log.warning("circuit_breaker_closed")
        self._orders.set()
        await self.tell(RELEASED)

    async def watch(self) -> None:
        """Warn the operators once if the account runs low, and again only after it was topped up."""
        if self._low is None or self._notes is None:
            return
        left = await self._credits()
        if left is None:
            return
        warned = await self._notes.get(_LOW) is not None
        if left >= self._low and warned:
            await self._notes.put(_LOW, None)
        elif left < self._low and not warned and await self._tell_now(_low(left)):
            await self._notes.put(_LOW, "told")

    async def _set_paused(self, *, paused: bool) -> bool:
        if self.paused is paused:
            return False
        if self._notes:
            await self._notes.put(_PAUSED, "by an operator" if paused else None)
        self.paused = paused
        log.warning("submitting_paused" if paused else "submitting_resumed")
        self._orders.set()
        return True

    async def _set_reason(self, reason: str) -> None:
        if self._notes and reason != self.pause_reason:
            await self._notes.put(_PAUSE_REASON, reason or None)
        self.pause_reason = reason

    async def _credits(self) -> float | None:
        try:
            return await self._api.credits()
        except ApiError as error:
            log.info("credit_balance_unavailable", error=str(error))
            return None

    async def tell(self, words: Text) -> bool:
        """Tell the operators, later if none can be reached now; return False if none was told yet."""
        if not self._untold and await self._tell_now(words):
            return True
        if self._told and words not in self._untold:
            self._untold.append(words)
        return False

    async def _tell_now(self, words: Text) -> bool:
        return any([await self._tell_one(number, words) for number in range(len(self._told))])

    async def _tell_one(self, number: int, words: Text) -> bool:
        try:
            await self._messenger.send_text(Destination(self._told[number]), words)
        except ChatMoved as error:
            self._told[number] = error.chat_id
            return await self._tell_one(number, words)
        except MessengerError as error:
            log.error("operator_notice_failed", chat=self._told[number], error=str(error))
            return False
        return True


def _low(left: float) -> Text:
    return text(
        "🪫 The image API's account runs low: {left} credits are left. I warn you again only after a top-up.",
        left=int(left),
    )
