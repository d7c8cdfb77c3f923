"""Compare people's orders with the charges of the image API and the messages in the chats, from outside of the bot.

Of the bot's own data, the auditor trusts only the ledger, to decide whether an order could end uncertain.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from benchmarks.torture.people import Message, Order, answered, is_question, words_of
from benchmarks.torture.swatch import shows

_ENDS = ("🚫", "⚠️", "🖼", "💳", "🔧", "⌛", "💥", "🐘", "🚧", "🔌", "📎", "⏳ I was too busy")
_READY, _SEE_BELOW = "🖼 Ready", "👇 See below."
_PUT_AWAY = "🖼 That picture is too large"
_KNOWN = ("start_generating", "requeue_job", "settle_job")
"""The commits after which the outcome of a generate call is known."""
_PLACED = ("after commit:place_job", "after commit:arrive")
Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(slots=True)
class Violation:
    """A broken promise."""

    kind: str
    order: Order | None
    words: str


@dataclass(slots=True)
class Audit:
    """The figures of an audit."""

    orders: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    charged: int = 0
    leftovers: int = 0
    ready: int = 0
    repeats: int = 0
    violations: list[Violation] = field(default_factory=list)

    def __iadd__(self, other: "Audit") -> Self:
        self.orders += other.orders
        self.ends += other.ends
        self.charged += other.charged
        self.leftovers += other.leftovers
        self.ready += other.ready
        self.repeats += other.repeats
        self.violations += other.violations
        return self

    def count(self, kind: str) -> int:
        """Return how often a promise was broken in this way."""
        return sum(violation.kind == kind for violation in self.violations)


def replies(order: Order, messages: Sequence[Message]) -> list[Message]:
    """Return the bot's replies to an order."""
    return [
        message
        for message in messages
        if message["from"]["is_bot"] and _belongs(message, order) and not is_question(message, order)
    ]


def is_picture(message: Message) -> bool:
    """Return whether a message shows a picture."""
    return "photo" in message or "document" in message


def end_of(order: Order, messages: Sequence[Message]) -> str | None:
    """Return how an order ended in its chat: `shown`, `told`, `uncertain`, or None while it is still open."""
    answers = replies(order, messages)
    pictures = [message for message in answers if is_picture(message)]
    words = [words_of(message) for message in answers if not is_picture(message) and words_of(message) != _READY]
    if order.pictures > 1 and len(pictures) >= order.pictures and any(_stands_below(said, order) for said in words):
        return "shown"
    if order.pictures == 1 and pictures:
        return "shown"
    if any(said.startswith(_ENDS) for said in words):
        return "told"
    return "uncertain" if any(said.startswith("❓") for said in words) else None


def _stands_below(said: str, order: Order) -> bool:
    """Return whether these are the words below an album: the prompt alone, and the question which picture is meant."""
    return said.partition("\n")[0] == order.prompt


@dataclass(slots=True)
class Evidence:
    """Everything known about one round."""

    orders: Sequence[Order]
    chats: dict[int, list[Message]]
    tasks: Sequence[dict[str, Any]]
    passings: Sequence[dict[str, Any]]
    callbacks: bool


async def audit(evidence: Evidence, fetch: Fetch) -> Audit:
    """Judge a round that has come to rest."""
    found = Audit(orders=len(evidence.orders))
    for order in evidence.orders:
        await _judge(found, order, evidence, fetch)
    for chat, messages in evidence.chats.items():
        for message in messages:
            if message["from"]["is_bot"] and not any(_belongs(message, order) for order in evidence.orders):
                found.violations.append(
                    Violation("misdelivered", None, f"chat {chat} shows what nobody there asked for: {_line(message)}")
                )
    return found


def _belongs(message: Message, order: Order) -> bool:
    asked = [order.asked] if order.asked else []
    here = message["chat"]["id"] == order.chat and message.get("message_thread_id") == _thread_of(message, order)
    return here and (answered(message, asked) or is_question(message, order))


def _thread_of(message: Message, order: Order) -> int | None:
    """Return the expected thread. Outside of forums, Telegram puts a reply into the thread of its conversation."""
    return order.thread if order.thread or message.get("is_topic_message") else message.get("message_thread_id")


async def _judge(found: Audit, order: Order, evidence: Evidence, fetch: Fetch) -> None:
    tasks = [task for task in evidence.tasks if task["body"].get("prompt") == order.prompt]
    answers = replies(order, evidence.chats[order.chat])
    pictures = [message for message in answers if is_picture(message)]
    charged = sum(task["charged"] > 0 for task in tasks)
    end = end_of(order, evidence.chats[order.chat])
    found.charged += charged
    found.ends[end or "lost"] += 1
    found.leftovers += _leftovers(order, answers, end)
    found.ready += sum(words_of(message) == _READY for message in answers)
    found.repeats += order.pictures > 1 and len(pictures) > order.pictures
    broken: list[tuple[str, str | None]] = [
        ("charged twice", f"{charged} tasks were charged for it" if charged > 1 else None),
        ("put away", _put_away(answers)),
        ("lost", _lost(end, charged, tasks) if end != "uncertain" else _no_right(order, tasks, evidence)),
        ("shown twice", f"{len(pictures)} pictures for one order" if len(pictures) > order.pictures == 1 else None),
        ("left standing", _standing(order, answers, evidence)),
    ]
    broken += [("misdelivered", await _strange(order, message, fetch)) for message in pictures]
    broken += [("misdelivered", await _mixed_up(order, task, fetch)) for task in tasks]
    found.violations += [Violation(kind, order, words) for kind, words in broken if words]


def _lost(end: str | None, charged: int, tasks: list[dict[str, Any]]) -> str | None:
    if end is None:
        return "no picture, and no words that say why"
    if end == "told" and charged:
        return "it was paid for, but only words came"
    return "words instead of a picture, although no task was made" if end == "told" and not tasks else None


def _put_away(answers: list[Message]) -> str | None:
    """Report a picture that was put away: all pictures here are innocent, as no process ever died of one."""
    return "its picture was put away" if any(words_of(message).startswith(_PUT_AWAY) for message in answers) else None


async def _strange(order: Order, message: Message, fetch: Fetch) -> str | None:
    right = shows(await fetch(f"/chat/file/{_file_id(message)}"), order.prompt)
    return None if right else f"the picture is somebody else's: {_line(message)}"


async def _mixed_up(order: Order, task: dict[str, Any], fetch: Fetch) -> str | None:
    given = [await fetch(url) for url in task["body"].get("filesUrl") or []]
    right = len(given) == len(order.inputs) and all(map(shows, given, order.inputs))
    return None if right else f"task {task['id']} works with other pictures than were sent"


def _no_right(order: Order, tasks: list[dict[str, Any]], evidence: Evidence) -> str | None:
    """Return why an order had no right to end uncertain.

    It has if a death or a fault lost the outcome of its generate call, and no callback came since.
    """
    for task in tasks:
        if evidence.callbacks and any(sent["status"] == 200 for sent in task["callbacks"]):
            return f"it ended uncertain, but the callback of task {task['id']} was taken"
    jobs = {line.get("id") for line in evidence.passings if line.get("prompt") == order.prompt} - {None}
    steps = [line["at"] for line in evidence.passings if line.get("id") in jobs]
    claims = [number for number, at in enumerate(steps) if at.endswith("commit:start_submitting")]
    if not claims:
        return "it ended uncertain, but was never submitted"
    known = [at for at in steps[claims[-1] :] if at.startswith("after commit:") and at.endswith(_KNOWN)]
    return f"it ended uncertain, but its outcome was stored: {known[0]}" if known else None


def _standing(order: Order, answers: list[Message], evidence: Evidence) -> str | None:
    """Report a placeholder whose number the bot knew, and that was neither removed nor made one line.

    The last one that it knew is the outcome itself.
    """
    jobs = {line.get("id") for line in evidence.passings if line.get("prompt") == order.prompt} - {None}
    placed = [line for line in evidence.passings if line["at"] in _PLACED and line.get("id") in jobs]
    known = [line["message_id"] for line in placed]
    for message in answers:
        is_outdated = message["message_id"] in known[:-1] and message["message_id"] != known[-1]
        if is_outdated and not is_picture(message) and words_of(message) != _SEE_BELOW:
            return f"an outdated placeholder is still there: {_line(message)}"
    return None


def _leftovers(order: Order, answers: list[Message], end: str | None) -> int:
    """Count the messages that are outdated and still stand there, apart from a stray "Ready"."""
    words = [words_of(message) for message in answers if not is_picture(message) and words_of(message) != _READY]
    current = {"shown": order.pictures > 1, "told": True, "uncertain": True}.get(end or "", False)
    return max(0, len(words) - current)


def _file_id(message: Message) -> str:
    return str(message["photo"][-1]["file_id"] if "photo" in message else message["document"]["file_id"])


def _line(message: Message) -> str:
    kind = "[picture] " if is_picture(message) else ""
    answered = message.get("reply_to_message", {}).get("message_id")
    return f"#{message['message_id']} in reply to #{answered}: {kind}{words_of(message)[:120]}"
