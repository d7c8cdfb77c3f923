"""Updates from Telegram, by webhook or polling: committed to the inbox, acknowledged, then handled from there."""

import asyncio
import hmac
import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import structlog
from aiohttp import web
from pydantic import SecretStr, ValidationError
from telegram import Update as TelegramUpdate

from core.errors import (
    ChatGone,
    ChatMoved,
    FileNotReady,
    Ignored,
    MessengerDown,
    MessengerError,
    Refused,
    StorageError,
    TopicGone,
)
from core.models.job import Destination
from core.models.request_context import RequestContext
from core.models.updates import Update
from core.ports.repositories import Inbox
from core.ports.telegram import UpdateSource
from core.runtime.aside import when_aside
from core.runtime.latest_messages import LatestMessages
from core.runtime.log_throttle import LogThrottle
from core.runtime.noting import noted
from core.runtime.worker import TaskSupervisor, WakeUp
from core.text import Text, text
from handlers.context import BotApplication, Services
from handlers.filters import BotIdentity, may_be_meant
from handlers.http.update_objects import update_of
from handlers.http.update_schema import UpdateSchema, without_nulls
from handlers.parsing import button_press_of, request_of
from handlers.refusals import LATE, explained

log = structlog.get_logger()

ALLOWED = ("message", "callback_query", "my_chat_member")
MAX_BODY = 1_048_576  # bytes; real updates are far smaller
POLL_S = 30
_BODY_S = 10
_ATTEMPTS = 20
"""How often the bot starts to handle an update before it gives up.

A process that dies takes all updates along that it was handling. Most of them are not the cause, so the limit is high.
"""
_CATCHING_UP_S = 10.0
_ASIDE, _ASIDE_IN_LINE = 256, 16
"""How many answers, in all and of one requester in one chat, may wait for the rate limiter while updates go on."""
_SORRY = text("😕 Something went wrong on my side. It is noted as {reference}; please try again.")


class RaisingApplication(BotApplication):
    """An application whose `process_update` raises the error of a handler."""

    __slots__ = ()

    async def process_error(self, update: object, error: Exception, *_: object, **__: object) -> bool:
        """Raise the error, so that the update can be kept for another try."""
        raise error


class Intake:
    """The way into the inbox. `identity` returns None until Telegram has told the bot's own name.

    `latest` is told of every message, also of those that aren't stored.
    """

    def __init__(self, inbox: Inbox, identity: Callable[[], BotIdentity | None], latest: LatestMessages) -> None:
        self._inbox = inbox
        self._identity = identity
        self._latest = latest
        self._refused_at = -math.inf

    async def accept(self, updates: Iterable[dict[str, Any]]) -> None:
        """Commit updates; acknowledge them only after this.

        Kinds of updates that the bot doesn't handle, and messages that aren't meant for it, are dropped.
        Raises ValueError if one isn't an update, and StorageError.
        """
        identity = self._identity()
        read = [(_stored(update), update) for update in updates if _is_object(update)]
        for stored, update in read:
            note_message(self._latest, stored.chat_id, update.get("message"))
        kept = [stored for stored, update in read if may_be_meant(update, identity)]
        if not kept:
            return
        try:
            await self._inbox.store(kept)
        except StorageError:
            self._refused_at = time.monotonic()
            raise

    def is_catching_up(self) -> bool:
        """Return whether updates were refused within the last seconds, so that an album may lack a piece.

        Telegram sends a refused update again.
        """
        return time.monotonic() - self._refused_at < _CATCHING_UP_S


def note_message(latest: LatestMessages, chat_id: int, message: object) -> None:
    """Take note of a message as the newest one of its chat, if an update contains one."""
    if isinstance(message, dict) and type(message.get("message_id")) is int:
        thread_id = message.get("message_thread_id") if message.get("is_topic_message") is True else None
        latest.note(chat_id, thread_id if type(thread_id) is int else None, message["message_id"])


def _is_object(update: object) -> bool:
    if not isinstance(update, dict):
        raise ValueError("not an update")  # noqa: TRY004 - to the caller, a wrong type is a bad value
    return True


def _stored(update: dict[str, Any]) -> Update:
    update_id = update.get("update_id")
    if type(update_id) is not int or not 0 <= update_id < 2**63:
        raise ValueError("not an update")
    payload = _storable(json.dumps(update, ensure_ascii=False))
    chat_id, person = _line_of(update)
    message = update.get("message")
    album_id = message.get("media_group_id") if isinstance(message, dict) else None
    return Update(
        update_id,
        chat_id,
        payload,
        person=person,
        album_id=_storable(album_id) if isinstance(album_id, str) else None,
    )


def _storable(words: str) -> str:
    """Replace lone surrogates, which JSON permits but SQLite can't store."""
    return words.encode("utf-8", "replace").decode()


def _line_of(update: dict[str, Any]) -> tuple[int, int]:
    """Return the ids of the chat and of the acting person or chat; 0 for an id that the update doesn't name.

    A button press happens in the chat of its message.
    """
    for value in update.values():
        if isinstance(value, dict):
            message = value.get("message")  # of a button press
            person = _id_in(value, "sender_chat") or _id_in(value, "from") or 0
            chat_id = _id_in(value, "chat") or (_id_in(message, "chat") if isinstance(message, dict) else None)
            if chat_id or person:
                return chat_id or person, person
    return 0, 0


def _id_in(part: dict[str, Any], key: str) -> int | None:
    found = part.get(key)
    known = isinstance(found, dict) and type(found.get("id")) is int and abs(found["id"]) < 2**63
    return int(found["id"]) if known and isinstance(found, dict) else None


def webhook_route(intake: Intake, secret: SecretStr) -> web.RouteDef:
    """Return the route that Telegram posts to; it answers 200 only after the commit."""

    log_throttle = LogThrottle()

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.get_secret_value().encode()):
            log_throttle(log.warning, "telegram_webhook_secret_invalid", remote=request.remote)
            return web.Response(status=403)
        try:
            async with asyncio.timeout(_BODY_S):
                await intake.accept([json.loads(await request.read())])
        except (ValueError, RecursionError):
            return web.Response(status=400)
        except TimeoutError:
            return web.Response(status=408)
        except StorageError as error:
            log.error("update_not_stored", error=str(error))
            return web.Response(status=503)
        return web.Response()

    return web.post("/telegram", receive)


async def poll(source: UpdateSource, intake: Intake) -> None:
    """Fetch updates for as long as the process runs; the offset moves only past committed updates.

    An answer without updates resets the offset. After a quiet week Telegram chooses the next number at
    random (Bot API, Update), and the old offset might discard updates.
    """
    offset = None
    pause = 1.0
    while True:
        try:
            updates = await source.fetch(offset, POLL_S, ALLOWED)
            await intake.accept(updates)
            offset = max((int(update["update_id"]) for update in updates), default=-1) + 1 or None
            pause = 1.0
        except (MessengerError, StorageError, ValueError) as error:
            log.warning("update_fetch_failed", error=str(error), retry_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30)


class Handling:
    """The worker's side of the inbox: fetches updates and passes them to the application.

    `latest` is told of every message, if another process may have received it.
    """

    def __init__(
        self,
        application: BotApplication,
        inbox: Inbox,
        services: Services,
        supervisor: TaskSupervisor,
        wake_up: WakeUp[Update],
        latest: LatestMessages | None = None,
    ) -> None:
        self._application = application
        self._inbox = inbox
        self._services = services
        self._supervisor = supervisor
        self._wake_up = wake_up
        self._latest = latest
        self._timing = services.timing
        self._aside: dict[int, tuple[int, int]] = {}
        """Update id → its line, for updates whose answer only waits for the rate limiter."""

    async def due(self, limit: int) -> list[Update]:
        """Return the first update of every line; updates that only wait for the rate limiter don't block their line."""
        return await self._inbox.open(limit, self._aside)

    async def handle(self, stored: Update) -> None:
        """Handle an update, and return when the next one of its line may start.

        That may be earlier than its end, as an answer may wait long for its chat's limit.
        """
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def step_aside() -> None:
            if not ended.done() and self._has_room_aside(stored):
                self._aside[stored.update_id] = stored.line
                self._wake_up.set()  # for the next of its line
                ended.set_result(None)

        async def work() -> None:
            try:
                with when_aside(step_aside):
                    await self._handle(stored)
            except Exception as error:
                if ended.done():
                    raise
                ended.set_exception(error)
            finally:
                self._aside.pop(stored.update_id, None)
                if not ended.done():
                    ended.set_result(None)

        self._supervisor.spawn(f"handle {stored.update_id}", work())
        await ended

    def _has_room_aside(self, stored: Update) -> bool:
        mine = sum(line == stored.line for line in self._aside.values())
        return mine < _ASIDE_IN_LINE and len(self._aside) < _ASIDE

    async def _handle(self, stored: Update) -> None:
        """Handle an update and mark it as done, or keep it for later if Telegram or the storage failed."""
        if stored.attempts > _ATTEMPTS:
            log.error("update_abandoned", update=stored.update_id, error="its handling never came to an end")
            await self._apologize(stored)
            await noted(self._inbox.done, stored.update_id, "given up", about=f"update {stored.update_id}")
            return
        if not stored.is_begun and not await self._inbox.begin(stored.update_id):
            return  # another process serves this chat by now
        update = None
        try:
            payload = self._read(stored)
            UpdateSchema.model_validate(payload)
            update = update_of(payload, self._application.bot)
            chat = update.effective_chat
            if chat and not update.my_chat_member:
                await self._services.chats.seen(chat.id, chat.type)
            if self._is_of_use(stored, update):
                trouble = await self._process(update, stored.tries)
            else:
                log.error("update_expired", update=stored.update_id, tries=stored.tries)
                trouble = await self._tell(update, LATE) or "too late"
        except (MessengerDown, StorageError) as error:
            if self._age_ms(stored) < self._timing.apology_of_use_ms:
                log.warning("update_postponed", update=stored.update_id, error=str(error))
                wait_ms = min(1000 * 2 ** min(stored.tries, 10), self._timing.update_longest_wait_ms)
                await self._inbox.retry(stored.update_id, wait_ms, str(error))
                return
            trouble = str(error)
            log.error("update_abandoned", update=stored.update_id, error=trouble)
            await self._apologize(stored, update)
        except ValidationError as error:
            trouble = "no update of Telegram's shape"
            log.error(
                "update_malformed",
                update=stored.update_id,
                error=error.errors(include_input=False, include_url=False)[:3],
            )
            if stored.chat_id > 0:  # in a group it may not be meant for the bot
                await self._apologize(stored)
        except Exception as error:
            log.exception("update_failed", update=stored.update_id)
            trouble = repr(type(error))
            await self._apologize(stored, update)
        await noted(self._inbox.done, stored.update_id, trouble, about=f"update {stored.update_id}")

    def _read(self, stored: Update) -> Any:
        payload = without_nulls(json.loads(stored.payload))
        if self._latest and isinstance(payload, dict):
            note_message(self._latest, stored.chat_id, payload.get("message"))
        return payload

    def _is_of_use(self, stored: Update, update: TelegramUpdate) -> bool:
        """Return whether an answer is still of use after the time in which Telegram or the storage failed."""
        timing = self._timing
        of_use_ms = timing.press_of_use_ms if update.callback_query else timing.message_of_use_ms
        return not stored.tries or self._age_ms(stored) < of_use_ms

    def _age_ms(self, stored: Update) -> int:
        return self._services.clock.now_ms() - stored.received_at

    async def _process(self, update: TelegramUpdate, tries: int) -> str | None:
        """Handle an update, tell the requester about a refusal, and return the trouble, if any.

        Raises MessengerDown and StorageError if another try may help.
        """
        try:
            await self._application.process_update(update)
        except Ignored:
            return None
        except Refused as refusal:
            return await self._tell(update, refusal.reply)
        except (ChatGone, ChatMoved) as error:
            return await self._lost(update, error)
        except MessengerError as error:
            is_over = isinstance(error, FileNotReady) and tries >= self._timing.update_fetches
            if isinstance(error, MessengerDown) and not is_over:
                raise
            log.error("answer_refused", update=update.update_id, error=str(error))
            words = explained(error)
            return (await self._tell(update, words) if words else None) or str(error)
        return None

    async def _tell(self, update: TelegramUpdate, words: Text) -> str | None:
        """Tell the requester, unless the update became a job before a crash; return the trouble, if any."""
        request = _request_of(update)
        if request is None or await self._services.jobs.is_known(request.idempotency_key):
            return None
        try:
            await self._services.replies.tell(request, words)
        except (ChatGone, ChatMoved) as error:
            return await self._lost(update, error)
        except MessengerDown:
            raise
        except MessengerError as error:
            log.error("answer_refused", update=update.update_id, error=str(error))
            return str(error)
        return None

    async def _lost(self, update: TelegramUpdate, error: ChatGone | ChatMoved) -> str:
        if update.effective_chat and isinstance(error, ChatMoved):
            await self._services.chats.moved(update.effective_chat.id, error.chat_id)
        elif update.effective_chat and not isinstance(error, TopicGone):
            await self._services.chats.gone(update.effective_chat.id)
        return type(error).__name__

    async def _apologize(self, stored: Update, update: TelegramUpdate | None = None) -> None:
        """Tell the requester about an unexpected error, with the number that finds it in the log."""
        if not stored.chat_id:
            return
        try:
            words = replace(_SORRY, params={"reference": f"#{stored.update_id}"})
            await self._services.replies.tell((update and _request_of(update)) or _from(stored), words)
        except Exception as error:  # noqa: BLE001 - the update must be marked as done in any case
            log.warning("apology_failed", update=stored.update_id, error=f"{type(error).__name__}: {error}")


def _from(stored: Update) -> RequestContext:
    """Return the request of an update that wasn't parsed; a press is answered under its button, as always."""
    query = json.loads(stored.payload).get("callback_query")
    message = query.get("message") if isinstance(query, dict) else None
    message_id = message.get("message_id") if isinstance(message, dict) else None
    reply_to = message_id if type(message_id) is int else None
    return RequestContext(Destination(stored.chat_id, reply_to=reply_to), stored.person or stored.chat_id, "")


def _request_of(update: TelegramUpdate) -> RequestContext | None:
    """Return the request that an update makes."""
    button_press = button_press_of(update)
    return button_press.request if button_press else request_of(update.message) if update.message else None
