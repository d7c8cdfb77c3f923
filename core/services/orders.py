"""The service that turns requests into jobs and drafts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from core.errors import PromptTooLong, Refused
from core.models.drafts import Draft
from core.models.image_request import Request, Source
from core.models.job import Job, NewJob, PictureId, State
from core.models.media import FoundPicture, MaskWay
from core.models.model_choice import Models
from core.models.prompt_options import names_number, parse
from core.models.request_context import RequestContext
from core.models.spending import Limits, OverBudget, TooManyPrices
from core.ports.clock import Clock
from core.ports.jobs import RequestedJobs
from core.ports.repositories import PreferencesStore, Questions
from core.services.mask_drafts import MaskDrafts
from core.services.permissions import PermissionService
from core.services.placeholder import IN_PROGRESS, MAYBE_IN_PROGRESS, SUPPRESSED
from core.services.prices import Prices
from core.services.submission import JobSubmitter
from core.text import Text, text

REST = text(
    "This looks like the rest of the prompt that was too long, so I didn't paint it. Please send a shorter one."
)
TOO_LATE = text("It is done already, so there is nothing left to cancel.")

OnStored = Callable[[], Awaitable[None]]
"""A callback that runs once something is stored, before a message about it is sent."""


@dataclass(frozen=True, slots=True)
class OrderService:
    """Store jobs for admitted requests, and confirm or cancel them."""

    permissions: PermissionService
    submitter: JobSubmitter
    prices: Prices
    mask_drafts: MaskDrafts
    jobs: RequestedJobs
    questions: Questions
    preferences: PreferencesStore
    clock: Clock
    models: Models
    cut_off: dict[int, int] = field(default_factory=dict)
    """Chat id → id of the message with the last piece of a prompt that was too long."""

    async def defaults(self, request: RequestContext) -> Request:
        """Return the options that hold if a command names none; the requester's win over the chat's."""
        names = {model.name for model in self.models.offered}
        own = (await self.preferences.get(request.requester_id)).among(names)
        if request.address.chat_id == request.requester_id:
            return own.request
        return own.over((await self.preferences.get(request.address.chat_id)).among(names)).request

    async def order(
        self,
        request: RequestContext,
        words: str,
        pictures: tuple[Source, ...] = (),
        parent: PictureId | None = None,
        button_key: str | None = None,
        on_stored: OnStored | None = None,
        *,
        is_asked: bool = True,
    ) -> Job:
        """Order the pictures that the words and their options describe. Raises Refused.

        The requester's open questions in this chat are passed over, so the next message doesn't answer them; without
        `is_asked`, there is none.
        """
        started_at = self.clock.now_ms()
        defaults = await self.defaults(request)
        if pictures:
            defaults = replace(defaults, size=None)  # an edit keeps its picture's shape unless an option changes it
        image_request = replace(self._parse(words, defaults), pictures=pictures)
        try:
            job = await self.order_request(
                request, image_request, parent, button_key, on_stored, is_number_named=names_number(words)
            )
        except PromptTooLong:
            self.cut_off[request.address.chat_id] = request.address.reply_to or 0
            raise
        if button_key is None and is_asked:  # a button press says nothing
            await self.questions.pass_over(request.address.chat_id, request.requester_id, started_at)
        return job

    async def order_reworded(self, request: RequestContext, words: str, refused: Job) -> Job:
        """Order the pictures of a refused job in other words; options that they leave out stay. Raises Refused."""
        started_at = self.clock.now_ms()
        ordered = self._parse(words, refused.request)
        job = await self.order_request(request, ordered, refused.parent, is_number_named=names_number(words))
        await self.questions.pass_over(request.address.chat_id, request.requester_id, started_at)
        return job

    def _parse(self, words: str, defaults: Request) -> Request:
        """Return the request that the words describe. Raises BadOption, UnknownModel for a model that isn't offered."""
        parsed = parse(words, defaults)
        if parsed.model and parsed.model != defaults.model:
            return replace(parsed, model=self.models.named(parsed.model).name)
        return parsed

    def refuse_rest(self, request: RequestContext) -> None:
        """Raise Refused if the message continues a prompt that was too long.

        Telegram's apps split a text that is longer than one message. The last piece alone would be paid for.
        """
        chat_id, message_id = request.address.chat_id, request.address.reply_to or 0
        if self.cut_off.pop(chat_id, None) == message_id - 1:
            self.cut_off[chat_id] = message_id
            raise Refused(REST)

    async def order_request(
        self,
        request: RequestContext,
        image_request: Request,
        parent: PictureId | None = None,
        button_key: str | None = None,
        on_stored: OnStored | None = None,
        *,
        is_number_named: bool = False,
    ) -> Job:
        """Order an image request that is complete, or offer a smaller order if only that fits. Raises Refused.

        With `is_number_named`, the requester named the number of pictures just now.
        """
        limits = await self.permissions.limits_of(request, await self.permissions.admit(request))
        image_request = self.models.choose(image_request.checked())
        limits = replace(limits, price=self.models.price(image_request))
        new = NewJob(
            request.idempotency_key,
            request.address,
            request.requester_id,
            image_request,
            parent,
            button_key,
            needs_confirmation=await self.prices.is_asked(
                request, image_request, limits, is_number_named=is_number_named
            ),
        )
        try:
            return await self.submitter.order(new, limits, on_stored)
        except OverBudget as refusal:
            # A crowded group has no room for questions, so there the refusal is told to the requester alone.
            if not refusal.fits or self.permissions.messenger.crowded(request.address.chat_id):
                raise
            return await self._offer(new, refusal, limits, on_stored)

    async def _offer(self, new: NewJob, refusal: OverBudget, limits: Limits, on_stored: OnStored | None) -> Job:
        """Store the largest order that fits; it waits for a yes. Raises Refused."""
        smaller = replace(
            new,
            request=replace(new.request, variants=refusal.fits),
            needs_confirmation=True,
            wanted=new.request.variants,
        )
        try:
            return await self.submitter.order(smaller, limits, on_stored)
        except TooManyPrices:
            raise refusal from None

    async def confirm(self, job: Job, variants: int | None = None) -> bool:
        """Go on with a job whose price was agreed to, perhaps for fewer pictures; raises Refused.

        Return False if the job doesn't wait for that.
        """
        request = RequestContext(job.address, job.requester_id, job.idempotency_key)
        limits = await self.permissions.limits_of(request, await self.permissions.admit(request))
        return await self.submitter.release(job, limits, variants)

    async def cancel(self, job: Job, idempotency_key: str) -> None:
        """Cancel a job that still waits. Raises Refused with the reason if that isn't possible any longer."""
        while not await self.jobs.cancel_queued(job.id, idempotency_key):
            now = await self.jobs.get(job.id)
            if now is None or now.state is not State.QUEUED:  # else it was put back between the two steps
                raise Refused(_too_late(now or job))

    async def draft_scribble(self, request: RequestContext, original: FoundPicture, drawn: Source, words: str) -> None:
        """Start a draft whose area is what `drawn` shows on top of the original. Raises Refused."""
        await self.permissions.admit_draft(request)
        draft = await self.mask_drafts.begin(
            request.address, request.requester_id, original.source, words, original.parent
        )
        await self.mask_drafts.drawn(draft, MaskWay.SCRIBBLED, drawn, words)

    async def order_draft(self, draft: Draft, on_stored: OnStored | None = None) -> Job:
        """Order the change that a draft's preview shows. Raises Refused."""
        new = draft.new
        defaults = await self.defaults(RequestContext(new.address, new.requester_id, ""))
        idempotency_key, image_request = await self.mask_drafts.request(draft, defaults)
        request = RequestContext(new.address, new.requester_id, idempotency_key)
        return await self.order_request(
            request, image_request, new.parent, on_stored=on_stored, is_number_named=names_number(new.words)
        )


def _too_late(job: Job) -> Text:
    """Return why a job can't be canceled."""
    if job.suppressed and job.state not in {State.DELIVERED, State.CANCELLED}:  # by the version before
        return SUPPRESSED
    if job.state is State.UNCERTAIN:
        return MAYBE_IN_PROGRESS
    return IN_PROGRESS if job.state in {State.SUBMITTING, State.GENERATING} else TOO_LATE
