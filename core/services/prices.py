"""Prices: whether an order waits for a yes to its price, and the words that ask for it."""

from dataclasses import dataclass

from core.models.image_request import Request
from core.models.job import Job
from core.models.request_context import RequestContext
from core.models.spending import Limits, OverBudget, Scope, Tightest
from core.ports.clock import Clock
from core.ports.repositories import Ledger
from core.services.permissions import PermissionService
from core.text import Credits, Joined, Renderable, Text, plural, text

MANY = 4
"""An order of at least this many pictures waits for a yes if the number was not named and a limit applies."""
FEWER = text("Or fewer, now:")


@dataclass(frozen=True, slots=True)
class Prices:
    """Decide which prices are asked about, and put them into words.

    With `confirm_above`, hundredths of credits above 0, exactly the orders that cost more wait for a yes.
    """

    permissions: PermissionService
    ledger: Ledger
    clock: Clock
    confirm_above: int = 0

    async def is_asked(
        self, request: RequestContext, ordered: Request, limits: Limits, *, is_number_named: bool
    ) -> bool:
        """Return whether an order waits for a yes; `is_number_named` if the number of pictures was chosen just now."""
        cost = limits.price * ordered.variants
        if self.confirm_above:
            return cost > self.confirm_above
        if not cost or ordered.variants < 2:
            return False
        tightest = await self.ledger.tightest(request.requester_id, request.address.chat_id, limits)
        if tightest is None:
            return False
        return (ordered.variants >= MANY and not is_number_named) or cost * 2 > tightest.left

    async def question(self, job: Job) -> Renderable:
        """Return the words about the price of a job that waits for a yes."""
        request = RequestContext(job.address, job.requester_id, job.idempotency_key)
        limits = await self.permissions.limits_in_chat(request)
        tightest = await self.ledger.tightest(job.requester_id, job.address.chat_id, limits)
        if tightest is None:
            return _unlimited(job)
        wanted = (job.wanted or 0) * job.price
        if wanted > tightest.left:
            refusal = OverBudget(tightest.scope, wanted, tightest.balance, self.clock.now_ms(), price=job.price)
            return Joined((refusal.reply, FEWER))
        return _of_what_is_left(job, tightest)


def _unlimited(job: Job) -> Text:
    variants = job.request.variants
    return plural(
        "🎟 {count} picture ({credits} credits)", "🎟 {count} pictures ({credits} credits)", variants, credits=_cost(job)
    )


def _of_what_is_left(job: Job, tightest: Tightest) -> Text:
    left, variants = tightest.left // max(job.price, 1), job.request.variants
    match tightest.scope:
        case Scope.PERSON:
            return plural(
                "🎟 {wanted} of the {count} picture you have left ({cost} of {credits} credits)",
                "🎟 {wanted} of the {count} pictures you have left ({cost} of {credits} credits)",
                left,
                wanted=variants,
                cost=_cost(job),
                credits=Credits(tightest.left),
            )
        case Scope.CHAT | Scope.NAMES:
            return plural(
                "🎟 {wanted} of the {count} picture this chat has left ({cost} of {credits} credits)",
                "🎟 {wanted} of the {count} pictures this chat has left ({cost} of {credits} credits)",
                left,
                wanted=variants,
                cost=_cost(job),
                credits=Credits(tightest.left),
            )
        case Scope.BOT:
            return plural(
                "🎟 {wanted} of the {count} picture all of us together have left ({cost} of {credits} credits)",
                "🎟 {wanted} of the {count} pictures all of us together have left ({cost} of {credits} credits)",
                left,
                wanted=variants,
                cost=_cost(job),
                credits=Credits(tightest.left),
            )


def _cost(job: Job) -> Credits:
    return Credits(job.price * job.request.variants)
