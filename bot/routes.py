"""The HTTP routes, and the server that answers them."""

import socket
from contextlib import AsyncExitStack
from functools import partial

from aiohttp import web

from bot.container import Infrastructure
from bot.image_api.notifications import WebhookReader
from bot.services import Services, painter_page
from bot.settings import Settings
from bot.sharing import Sharing
from bot.telegram.i18n import language, plain
from bot.telegram.startup import StartupError
from bot.web import WebServer, raise_file_limit
from core.security.init_data import read_init_data
from core.security.signing import Signer
from handlers.http import health, mask_painter, telegram_updates
from handlers.http.image_api_webhook import ImageApiWebhook


async def start_web_server(
    settings: Settings,
    given: Infrastructure,
    services: Services,
    stack: AsyncExitStack,
    listener: socket.socket | None = None,
) -> int:
    """Listen on `listener`, or where the settings say. Return the port. Raises StartupError."""
    app = web.Application(client_max_size=telegram_updates.MAX_BODY)
    app.add_routes(_routes(settings, given, services))
    if given.sharing.is_shared:
        app.middlewares.append(health.gate(lambda: given.sharing.is_waiting))
    server = WebServer(raise_file_limit(), services.handlers.timing)
    try:
        return await server.start(app, stack, settings.listens_on, settings.port, listener)
    except OSError as error:
        raise StartupError(f"cannot listen on {settings.listens_on}:{settings.port}: {error.strerror}") from error


def _routes(settings: Settings, given: Infrastructure, services: Services) -> list[web.AbstractRouteDef]:
    reader = WebhookReader(settings.image_api_webhook_key)
    probes: dict[str, health.Probe] = {
        "telegram": given.application.bot.get_me,
        "image_api": given.api.credits,
        "database": lambda: given.database.fetch("alive"),
        "webhook": partial(_probe_webhook, given.sharing, services),
        **({"pictures": given.blob_store.alive} if settings.data_url else {}),
    }
    if given.sharing.is_shared:
        probes["settings"] = given.sharing.probe
    return [
        *health.routes(probes, services.handlers.timing.readiness_fresh_s, given.sharing.report),
        ImageApiWebhook(services.poller, services.webhook_tokens, reader).route(),
        *(_mask_painter(settings, given, services).routes() if painter_page(settings) else ()),
        *([telegram_updates.webhook_route(services.intake, given.webhook_secret)] if settings.webhook else ()),
    ]


async def _probe_webhook(sharing: Sharing, services: Services) -> None:
    """Raise StartupError if Telegram posts no updates; only the process that leads sets the webhook."""
    if sharing.shards.leads:
        await services.webhook.probe()


def _mask_painter(settings: Settings, given: Infrastructure, services: Services) -> mask_painter.MaskPainter:
    token = settings.telegram_bot_token.get_secret_value()  # signs initData, and goes no further than this
    return mask_painter.MaskPainter(
        services.handlers,
        read_init_data=lambda init_data: read_init_data(init_data, token, given.clock.wall_s()),
        render=lambda words, code: plain(language(code).render(words)),
        link_signer=Signer(given.signing_key.get_secret_value()),
        clock=given.clock,
    )
