"""The queue of updates. The bot polls it or gets it by webhook. An update stays until the bot confirms it."""

import asyncio
from itertools import takewhile
from typing import Any

from sandbox.telegram.errors import conflict
from sandbox.telegram.events import Bell
from sandbox.telegram.webhook import Webhook

Update = dict[str, Any]

KINDS = (
    *("message", "edited_message", "channel_post", "edited_channel_post"),
    *("business_connection", "business_message", "edited_business_message", "deleted_business_messages"),
    *("guest_message", "message_reaction", "message_reaction_count"),
    *("inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query"),
    *("purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request"),
    *("chat_boost", "removed_chat_boost", "managed_bot"),
)
SILENT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
FIRST_ID = 700_000_001
MOST_PER_POLL = 100
LONGEST_POLL_S = 50


class Updates:
    """The update queue of one bot. As at Telegram, only one way of receiving is active at a time."""

    def __init__(self) -> None:
        self.pending: dict[int, tuple[int, Update]] = {}
        """Update id → chat id and update, oldest first."""
        self.allowed: list[str] = []
        self.webhook: Webhook | None = None
        self.closing = False
        self._next_id = FIRST_ID
        self._bell = Bell()
        self._poll = 0

    def add(self, kind: str, payload: dict[str, Any], chat_id: int) -> None:
        """Queue an update, unless the bot excluded its type."""
        wanted = kind in self.allowed if self.allowed else kind not in SILENT_BY_DEFAULT
        if not wanted:
            return
        update = {"update_id": self._next_id, kind: payload}
        self.pending[self._next_id] = (chat_id, update)
        self._next_id += 1
        if self.webhook is not None:
            self.webhook.push(chat_id, update)
        self._bell.ring()

    async def fetch(
        self,
        *,
        offset: int = 0,
        limit: int = MOST_PER_POLL,
        timeout: float = 0,  # noqa: ASYNC109 - the Bot API's own timeout
        allowed: list[str] | None = None,
    ) -> list[Update]:
        """Confirm the updates below `offset`, then wait up to `timeout` seconds for pending ones and return them.

        Raises BotApiError with code 409 if a webhook is set or another poll begins.
        """
        if self.webhook is not None:
            words = "can't use getUpdates method while webhook is active"
            raise conflict(f"{words}; use deleteWebhook to delete the webhook first")
        self._want(allowed)
        self._confirm(offset)
        self._poll += 1
        self._bell.ring()
        await self._wait_for_any(self._poll, min(timeout, LONGEST_POLL_S))
        return [update for _, update in self.pending.values()][: max(1, min(limit, MOST_PER_POLL))]

    async def set_webhook(self, webhook: Webhook | None, *, allowed: list[str] | None, drop_pending: bool) -> None:
        """Set or remove the webhook. Pending updates go the new way."""
        if self.webhook is not None:
            await self.webhook.close()
        if drop_pending:
            self.pending.clear()
        self._want(allowed)
        self.webhook = webhook
        if webhook is not None:
            self._bell.ring()
            for chat_id, update in self.pending.values():
                webhook.push(chat_id, update)

    def delivered(self, update_id: int) -> None:
        """Remove an update that the webhook has accepted."""
        self.pending.pop(update_id, None)

    async def close(self) -> None:
        """End all polls and deliveries."""
        self.closing = True
        self._bell.ring()
        if self.webhook is not None:
            await self.webhook.close()

    def _want(self, allowed: list[str] | None) -> None:
        """Store the update types that the bot allows. Ignore unknown ones."""
        if allowed is not None:
            self.allowed = [kind for kind in KINDS if kind in {name.lower() for name in allowed}]

    def _confirm(self, offset: int) -> None:
        waiting = list(self.pending)
        confirmed = waiting[:offset] if offset < 0 else takewhile(lambda known: known < offset, waiting)
        for update_id in confirmed:
            del self.pending[update_id]

    async def _wait_for_any(self, poll: int, timeout: float) -> None:  # noqa: ASYNC109 - the Bot API's own timeout
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        while not self.pending and not self.closing and (left := deadline - clock()) > 0:
            await self._bell.wait(left)
            if self._poll != poll:
                words = "terminated by other getUpdates request"
                raise conflict(f"{words}; make sure that only one bot instance is running")
            if self.webhook is not None:
                raise conflict("terminated by setWebhook request")
