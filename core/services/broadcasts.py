"""Broadcasts: sent once the operator confirms, after all other messages, and at most once to each chat."""

import asyncio

import structlog

from core.errors import (
    ChatGone,
    ChatMoved,
    MessageGone,
    MessengerDown,
    MessengerError,
    NotConnected,
    TopicGone,
)
from core.models.broadcasts import Broadcast, BroadcastState, Fate, NewBroadcast, Recipient, Tally
from core.models.keyboard import Button, Keyboard
from core.models.timing import Timing
from core.ports.operators import Broadcasts, BroadcastSender
from core.ports.repositories import Chats
from core.ports.telegram import Messenger
from core.runtime.noting import noted
from core.text import Joined, Quote, Renderable, Text, Verbatim, clip, plural, text

log = structlog.get_logger()

WIDTH = 4
PORTIONS = 100  # for each call of `look`; far more than can be sent until the next one

SEND, DROP, STOP = text("✅ Send"), text("✖ Don't send"), text("⏹ Stop")
DROPPED = text("✖ Not sent.")
NOT_CONFIRMED = text("❔ Not sent yet: it waits for your ✅.")
_BEGINNING = 100  # UTF-16 units
STATES = {
    BroadcastState.RUNNING: text("📣 <b>Sending</b>"),
    BroadcastState.STOPPED: text("⏹ <b>Stopped</b>"),
    BroadcastState.DONE: text("✅ <b>Sent</b>"),
}
_QUOTED = 3000  # UTF-16 units; the question and the whole text may not fit into one message


class BroadcastService:
    """The life of a broadcast. A worker passes the items of `take` to `send`, at most `WIDTH` at once."""

    def __init__(
        self,
        broadcasts: Broadcasts,
        chats: Chats,
        messenger: Messenger,
        broadcast_sender: BroadcastSender,
        timing: Timing = Timing(),
        portions: int = PORTIONS,
    ) -> None:
        self._broadcasts = broadcasts
        self._chats = chats
        self._messenger = messenger
        self._broadcast_sender = broadcast_sender
        self._outage_s = timing.broadcast_outage_s
        self._portions = portions
        self._shown: dict[str, Renderable] = {}
        """The text of each operator's message, so that the message is edited only if its text changes."""

    async def recall(self) -> None:
        """Mark the messages that a crash interrupted as unsure. Call this at the start, before anything is sent."""
        await self._broadcasts.abandon()

    async def ask(self, new: NewBroadcast) -> None:
        """Store a broadcast and ask the operator to confirm it. A replay asks once."""
        broadcast = await self._broadcasts.add(new)
        if broadcast.message_id is None and broadcast.state is BroadcastState.ASKED:
            message_id = await self._messenger.send_text(
                new.address, _question(broadcast), keyboard=_choice(broadcast.id)
            )
            await noted(self._broadcasts.posed, broadcast.id, message_id, about=broadcast.id)

    async def start(self, broadcast_id: str) -> bool:
        """Start a broadcast; return False if it was started or dropped before."""
        started = await self._broadcasts.start(broadcast_id)
        if started:
            log.warning("broadcast_started", broadcast=broadcast_id)
        return started

    async def latest(self, limit: int) -> list[Renderable]:
        """Return the newest broadcasts in words, each with its beginning and how it goes."""
        return [_summary(broadcast, tally) for broadcast, tally in await self._broadcasts.latest(limit)]

    async def drop(self, broadcast_id: str) -> bool:
        """Give up a broadcast; return False if it was started or dropped before."""
        return await self._broadcasts.drop(broadcast_id)

    async def stop(self, broadcast_id: str | None = None) -> int:
        """Stop one broadcast, or all; return how many. Only messages that are already on their way are still sent."""
        stopped = await self._broadcasts.stop(broadcast_id)
        if stopped:
            log.warning("broadcasts_stopped", broadcast=broadcast_id, count=stopped)
        return stopped

    async def take(self, limit: int) -> list[Recipient]:
        """Return the next recipients, at most `limit`."""
        return await self._broadcasts.due(limit)

    async def send(self, recipient: Recipient) -> None:
        """Wait for room, record the intent, send the message, and record the result."""
        await self._broadcast_sender.room(recipient.chat_id)
        if not await self._broadcasts.claim(recipient):
            return
        try:
            await self._broadcast_sender.proclaim(recipient.chat_id, recipient.words)
        except ChatMoved as error:
            await self._chats.moved(recipient.chat_id, error.chat_id)
            await self._broadcasts.follow(recipient, error.chat_id)
        except NotConnected:
            await noted(self._broadcasts.unclaim, recipient, about=recipient.broadcast_id)
            await asyncio.sleep(self._outage_s)
        except MessengerError as error:
            if _fate(error) is Fate.GONE:
                await self._chats.gone(recipient.chat_id)
            await noted(self._broadcasts.note, recipient, _fate(error), about=recipient.broadcast_id)
        else:
            await noted(self._broadcasts.note, recipient, Fate.SENT, about=recipient.broadcast_id)

    async def look(self) -> None:
        """Add more recipients, end the broadcasts that are done, and show progress.

        A broadcast to a million chats gets its recipients over many calls.
        """
        await self._broadcasts.fill(self._portions)
        await self._broadcasts.finish()
        await self.show()

    async def show(self) -> None:
        """Update the operators' messages about their broadcasts, and tell each end once."""
        for broadcast, tally in await self._broadcasts.untold():
            words = _progress(broadcast, tally)
            if self._shown.get(broadcast.id) != words and not await self._edit(broadcast, words):
                continue
            self._shown[broadcast.id] = words
            if broadcast.state is not BroadcastState.RUNNING and not tally.tried:
                await self._broadcasts.told(broadcast.id)
                del self._shown[broadcast.id]

    async def _edit(self, broadcast: Broadcast, words: Renderable) -> bool:
        """Edit the operator's message; return False if it has to be tried again. A deleted message counts as edited."""
        if broadcast.message_id is None:
            return True
        running = broadcast.state is BroadcastState.RUNNING
        keyboard: Keyboard = ((Button(STOP, f"broadcast:stop:{broadcast.id}"),),) if running else ()
        try:
            await self._messenger.edit(
                broadcast.new.address, broadcast.message_id, words, keyboard=keyboard, progress=running
            )
        except (MessageGone, ChatGone):
            return True
        except MessengerError as error:
            log.info("broadcast_progress_delayed", broadcast=broadcast.id, error=str(error))
            return False
        return True


def _fate(error: MessengerError) -> Fate:
    if isinstance(error, ChatGone) and not isinstance(error, TopicGone):
        return Fate.GONE
    return Fate.UNSURE if isinstance(error, MessengerDown) else Fate.REFUSED


def _choice(broadcast_id: str) -> Keyboard:
    return ((Button(SEND, f"broadcast:send:{broadcast_id}"), Button(DROP, f"broadcast:drop:{broadcast_id}")),)


def _question(broadcast: Broadcast) -> Renderable:
    ask = plural("📣 Send this to {count} chat?", "📣 Send this to {count} chats?", broadcast.reach)
    return Joined((ask, Quote(Verbatim(clip(broadcast.new.words, _QUOTED)))))


def _summary(broadcast: Broadcast, tally: Tally) -> Renderable:
    beginning = Verbatim(clip(" ".join(broadcast.new.words.split()), _BEGINNING))
    is_asked = broadcast.state is BroadcastState.ASKED
    return Joined((beginning, NOT_CONFIRMED if is_asked else _progress(broadcast, tally)))


def _progress(broadcast: Broadcast, tally: Tally) -> Renderable:
    if broadcast.state is BroadcastState.DROPPED:
        return DROPPED
    state = STATES[broadcast.state]
    parts: list[Renderable] = [text("{state}: {sent} of {total}", state=state, sent=tally.sent, total=tally.total)]
    parts += [words for count, words in _troubles(tally) if count]
    return Joined(tuple(parts))


def _troubles(tally: Tally) -> list[tuple[int, Text]]:
    return [
        (tally.gone, plural("{count} is gone", "{count} are gone", tally.gone)),
        (tally.refused, plural("{count} took no message", "{count} took no message", tally.refused)),
        (
            tally.unsure,
            plural(
                "{count} gave no answer, and may have it or not",
                "{count} gave no answer, and may have it or not",
                tally.unsure,
            ),
        ),
    ]
