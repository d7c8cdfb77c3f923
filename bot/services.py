"""The services: built from the infrastructure by constructors alone, so that nothing happens before all exist."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.commands import set_operator_menu
from bot.container import Infrastructure
from bot.settings import Settings
from bot.telegram.i18n import in_language
from bot.telegram.startup import Webhook, webhook_of
from core.models.image_request import Picture, Request
from core.models.model_choice import Models
from core.models.spending import Limits
from core.models.statistics import Statistics
from core.models.timing import Timing
from core.ports.pace import Pace
from core.runtime.rate_limiter import SharedLimiter, SlidingWindowLimiter
from core.security.signing import Signer
from core.security.webhook_token import WebhookTokens
from core.services.access import Access
from core.services.arrival import Arrival
from core.services.broadcasts import BroadcastService
from core.services.circuit_breaker import CircuitBreaker
from core.services.delivery import ResultDelivery
from core.services.gathering import ResultGatherer
from core.services.keyboards import Keyboards, PainterLink
from core.services.mask_drafts import MaskDrafts
from core.services.orders import OrderService
from core.services.permissions import PermissionService
from core.services.placeholder import Placeholder
from core.services.poll_turns import Turns
from core.services.polling import ResultPoller
from core.services.prices import Prices
from core.services.questions import QuestionService
from core.services.recovery import Recovery
from core.services.submission import JobSubmitter
from core.services.uploading import PictureUploader
from core.services.usual_times import UsualTimes
from handlers import context
from handlers.filters import BotIdentity
from handlers.http.telegram_updates import Intake
from handlers.operators.context import OperatorContext
from handlers.replies import Replies
from storage.retention import Housekeeping


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one bot. `handlers` and `operators` are what handlers see of them."""

    breaker: CircuitBreaker
    placeholder: Placeholder
    usual_times: UsualTimes
    arrival: Arrival
    submitter: JobSubmitter
    poller: ResultPoller
    gatherer: ResultGatherer
    delivery: ResultDelivery
    broadcasts: BroadcastService
    housekeeping: Housekeeping
    recovery: Recovery
    webhook_tokens: WebhookTokens
    webhook: Webhook
    intake: Intake
    handlers: context.Services
    operators: OperatorContext


def build_services(settings: Settings, given: Infrastructure, timing: Timing = Timing()) -> Services:
    """Build every service."""
    stores, clock = given.stores, given.clock
    interval_ms = int(settings.poll_interval_s * 1000)
    breaker = _circuit_breaker(settings, given)
    permissions = _permissions(settings, given)
    prices = Prices(permissions, stores.ledger, clock, settings.confirm_above_credits or 0)
    usual_times = UsualTimes(clock)
    placeholder = Placeholder(
        stores.jobs, stores.chats, stores.groups, given.messenger, usual_times, breaker, prices, settings.table
    )
    arrival = Arrival(stores.jobs, given.messenger, placeholder, given.latest, clock, timing)
    keyboards = Keyboards(
        PainterLink(painter_page(settings), settings.mini_app_name, lambda: given.application.bot.username),
        settings.table,
    )
    webhook_tokens = WebhookTokens(Signer(given.signing_key.get_secret_value()))
    submitter = JobSubmitter(
        jobs=stores.jobs,
        parts=stores.parts,
        models=settings.table,
        uploader=PictureUploader(
            uploads=stores.uploads,
            api=given.api,
            messenger=given.messenger,
            image_processor=given.image_processor,
            blob_store=given.blob_store,
        ),
        api=given.api,
        placeholder=placeholder,
        arrival=arrival,
        key=webhook_tokens,
        webhook_root=f"{settings.public_url}/callbacks" if settings.public_url else None,
        pace=_pace(settings, given, timing),
        breaker=breaker,
        interval_ms=interval_ms,
        timing=timing,
    )
    poller = ResultPoller(
        jobs=stores.jobs,
        api=given.api,
        placeholder=placeholder,
        usual_times=usual_times,
        submit=submitter,
        turns=Turns(
            stores.jobs,
            has_webhook=submitter.has_webhook,
            is_limited=settings.image_api_calls_per_10s > 0,
            share=lambda: given.sharing.shards.share,
        ),
        breaker=breaker,
        interval_ms=interval_ms,
        deadline_ms=int(settings.job_deadline_s * 1000),
        timing=timing,
    )
    gatherer = ResultGatherer(
        parts=stores.parts, placeholder=placeholder, usual_times=usual_times, interval_ms=interval_ms, timing=timing
    )
    delivery = ResultDelivery(
        jobs=stores.jobs,
        parts=stores.parts,
        api=given.api,
        messenger=given.messenger,
        image_processor=given.image_processor,
        blob_store=given.blob_store,
        placeholder=placeholder,
        arrival=arrival,
        keyboards=keyboards,
        breaker=breaker,
        timing=timing,
    )
    broadcasts = BroadcastService(stores.broadcasts, stores.chats, given.messenger, given.broadcast_sender, timing)
    housekeeping = Housekeeping(
        given.database,
        given.blob_store,
        clock,
        settings.retention_days,
        clock.jumped_ms,
        rest_s=timing.housekeeping_rest_s,
    )
    return Services(
        breaker=breaker,
        placeholder=placeholder,
        usual_times=usual_times,
        arrival=arrival,
        submitter=submitter,
        poller=poller,
        gatherer=gatherer,
        delivery=delivery,
        broadcasts=broadcasts,
        housekeeping=housekeeping,
        recovery=Recovery(
            housekeeping.begin,
            stores.openings,
            breaker,
            broadcasts,
            given.awaited,
            stores.jobs,
            usual_times,
            lambda: submitter.calling,
        ),
        webhook_tokens=webhook_tokens,
        webhook=webhook_of(given.application, settings, given.webhook_secret, breaker),
        intake=Intake(stores.inbox, partial(_identity, given.application), given.latest),
        handlers=_for_handlers(given, settings.table, submitter, placeholder, prices, keyboards, timing),
        operators=_for_operators(settings, given, breaker, broadcasts),
    )


def _pace(settings: Settings, given: Infrastructure, timing: Timing) -> Pace:
    calls, window_s = settings.image_api_calls_per_10s * max(len(settings.keys), 1), timing.generate_window_s
    counter = given.sharing.counter
    return SharedLimiter(counter, "generate", calls, window_s) if counter else SlidingWindowLimiter(calls, window_s)


def painter_page(settings: Settings) -> str | None:
    """Return the address of the mask painter; without PUBLIC_URL there is none."""
    return f"{settings.public_url}/painter" if settings.public_url else None


def _circuit_breaker(settings: Settings, given: Infrastructure) -> CircuitBreaker:
    async def try_storage() -> None:
        await given.database.probe()
        await given.blob_store.probe()

    told = [settings.admin_chat_id] if settings.admin_chat_id else settings.admins
    orders, notes = given.wake_ups.orders, given.stores.notes
    sharing = given.sharing
    leads = (lambda: sharing.shards.leads) if sharing.is_shared else None
    return CircuitBreaker(given.api, given.messenger, told, orders, notes, settings.low_credits, try_storage, leads)


def _identity(application: context.BotApplication) -> BotIdentity | None:
    """Return the bot's id and username, or None until Telegram has told them."""
    try:
        return BotIdentity(application.bot.id, application.bot.username)
    except RuntimeError:
        return None


def _permissions(settings: Settings, given: Infrastructure) -> PermissionService:
    access = Access(settings.access, settings.allowed_ids, settings.admins, given.stores.access)
    limits = Limits(
        price=settings.table.price(settings.table.choose(Request("fox"))),
        person_daily=settings.daily_credits_per_person,
        chat_daily=settings.daily_credits_per_chat,
        daily=settings.daily_credits,
        max_jobs=settings.max_jobs_per_person,
    )
    return PermissionService(access, given.stores.groups, given.stores.ledger, limits, given.messenger)


def _for_handlers(
    given: Infrastructure,
    models: Models,
    submitter: JobSubmitter,
    placeholder: Placeholder,
    prices: Prices,
    keyboards: Keyboards,
    timing: Timing,
) -> context.Services:
    stores, messenger, permissions = given.stores, given.messenger, prices.permissions
    mask_drafts = MaskDrafts(
        drafts=stores.drafts,
        messenger=messenger,
        image_processor=given.image_processor,
        blob_store=given.blob_store,
        keyboards=keyboards,
    )
    orders = OrderService(
        permissions=permissions,
        submitter=submitter,
        prices=prices,
        mask_drafts=mask_drafts,
        jobs=stores.jobs,
        questions=stores.questions,
        preferences=stores.preferences,
        clock=given.clock,
        models=models,
    )
    return context.Services(
        orders=orders,
        models=models,
        questions=QuestionService(permissions, orders, stores.questions, messenger, given.clock),
        awaited=given.awaited,
        translate=in_language,
        permissions=permissions,
        replies=Replies(messenger, given.clock),
        mask_drafts=mask_drafts,
        placeholder=placeholder,
        keyboards=keyboards,
        access=permissions.access,
        messenger=messenger,
        image_processor=given.image_processor,
        blob_store=given.blob_store,
        jobs=stores.jobs,
        results=stores.results,
        albums=stores.albums,
        chats=stores.chats,
        groups=stores.groups,
        ledger=stores.ledger,
        preferences=stores.preferences,
        names=stores.names,
        clock=given.clock,
        timing=timing,
    )


def _for_operators(
    settings: Settings, given: Infrastructure, breaker: CircuitBreaker, broadcasts: BroadcastService
) -> OperatorContext:

    async def draw(statistics: Statistics, into: Path) -> Picture:
        from bot.imaging.chart import chart  # noqa: PLC0415 - Pillow takes 5 MB, and only charts need it here

        return await asyncio.to_thread(chart, statistics, into)

    return OperatorContext(
        admins=settings.admins,
        messenger=given.messenger,
        api=given.api,
        ledger=given.stores.ledger,
        access_book=given.stores.access,
        accounts=given.stores.accounts,
        broadcasts=broadcasts,
        breaker=breaker,
        blob_store=given.blob_store,
        names=given.stores.names,
        draw=draw,
        set_menu=partial(set_operator_menu, given.application, settings.table),
    )
