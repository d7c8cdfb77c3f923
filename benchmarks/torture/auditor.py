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
_TOO_LATE = "This picture came too late to be part of its album"
_ALBUM_QUIET_S = 1.1  # the bot waits for 1.2 s
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
    split: int = 0
    violations: list[Violation] = field(default_factory=list)

    def __iadd__(self, other: "Audit") -> Self:
        self.orders += other.orders
        self.ends += other.ends
        self.charged += other.charged
        self.leftovers += other.leftovers
        self.ready += other.ready
        self.repeats += other.repeats
        self.split += other.split
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
    below = [said for said in words if _stands_below(said, order)]
    if order.pictures > 1 and pictures and any(_is_whole(said) is (len(pictures) >= order.pictures) for said in below):
        return "shown"
    if order.pictures > 1 and below and len(pictures) >= order.pictures:
        return "shown"
    if order.pictures > 1 and any(_has_less(words_of(message)) for message in pictures):
        return "shown"
    if order.pictures == 1 and pictures:
        return "shown"
    if any(said.startswith(_ENDS) for said in words):
        return "told"
    return "uncertain" if any(said.startswith("❓") for said in words) else None


def _stands_below(said: str, order: Order) -> bool:
    """Return whether these are the words below an album: the prompt alone, and the question which picture is meant."""
    return said.partition("\n")[0] == order.prompt


def _is_whole(said: str) -> bool:
    """Return whether the words below an album tell of no picture that is missing."""
    return not _has_less(said)


def _has_less(said: str) -> bool:
    return "ℹ️ I got" in said or "🐢" in said


def prompt_of(task: dict[str, Any]) -> str:
    """Return the prompt of a task, by either protocol."""
    return str((task["body"].get("input") or task["body"]).get("prompt"))


def inputs_of(task: dict[str, Any]) -> list[str]:
    """Return the addresses of a task's pictures, by either protocol."""
    given = task["body"].get("input") or task["body"]
    fields = ("filesUrl", "input_urls", "image_input", "image_urls", "files_url")
    return next((list(given[field]) for field in fields if given.get(field)), [])


@dataclass(slots=True)
class Evidence:
    """Everything known about one round."""

    orders: Sequence[Order]
    chats: dict[int, list[Message]]
    tasks: Sequence[dict[str, Any]]
    passings: Sequence[dict[str, Any]]
    callbacks: bool
    late: frozenset[int] = frozenset()
    """The chats with an album of which one piece was stored long after the others, as a stopped process had it."""


def late_chats(orders: Sequence[Order], passings: Sequence[dict[str, Any]]) -> frozenset[int]:
    """Return the chats whose album came in pieces between which the bot had to take it for complete.

    A process may be stopped between the commit of a piece and the note of it, so the note before the commit counts.
    """
    albums = {order.chat for order in orders if order.kind == "combine"}
    stored: dict[int, dict[int, float]] = {chat: {} for chat in albums}
    for line in passings:
        if line["at"] == "before commit:store_update" and line.get("chat_id") in albums:
            stored[line["chat_id"]].setdefault(line["update_id"], line["time"])
    return frozenset(
        chat for chat, times in stored.items() if times and max(times.values()) - min(times.values()) > _ALBUM_QUIET_S
    )


async def audit(evidence: Evidence, fetch: Fetch) -> Audit:
    """Judge a round that has come to rest."""
    found = Audit(orders=len(evidence.orders))
    for order in evidence.orders:
        await _judge(found, order, evidence, fetch)
    for chat, messages in evidence.chats.items():
        for message in messages:
            if _is_late_piece(message, evidence):
                found.split += 1
            elif message["from"]["is_bot"] and not any(_belongs(message, order) for order in evidence.orders):
                found.violations.append(
                    Violation("misdelivered", None, f"chat {chat} shows what nobody there asked for: {_line(message)}")
                )
    return found


def _is_late_piece(message: Message, evidence: Evidence) -> bool:
    """Return whether the bot says that a piece of an album was too late, and is right."""
    here = message["chat"]["id"] in evidence.late
    return here and bool(message["from"]["is_bot"]) and words_of(message).startswith(_TOO_LATE)


def _belongs(message: Message, order: Order) -> bool:
    asked = [order.asked] if order.asked else []
    here = message["chat"]["id"] == order.chat and message.get("message_thread_id") == _thread_of(message, order)
    return here and (answered(message, asked) or is_question(message, order))


def _thread_of(message: Message, order: Order) -> int | None:
    """Return the expected thread. Outside of forums, Telegram puts a reply into the thread of its conversation."""
    return order.thread if order.thread or message.get("is_topic_message") else message.get("message_thread_id")


async def _judge(found: Audit, order: Order, evidence: Evidence, fetch: Fetch) -> None:
    tasks = [task for task in evidence.tasks if prompt_of(task) == order.prompt]
    parts = order.pictures if any("input" in task["body"] for task in tasks) else 1
    answers = replies(order, evidence.chats[order.chat])
    pictures = [message for message in answers if is_picture(message)]
    charged = sum(task["charged"] > 0 for task in tasks)
    end = end_of(order, evidence.chats[order.chat])
    found.charged += charged
    found.ends[end or "lost"] += 1
    found.leftovers += _leftovers(order, answers, end)
    found.ready += sum(words_of(message) == _READY for message in answers)
    found.repeats += order.pictures > 1 and len(pictures) > order.pictures
    of_parts = parts > 1
    lost = _lost_parts(end, pictures, tasks, evidence) if of_parts else _lost_whole(order, end, tasks, evidence)
    broken: list[tuple[str, str | None]] = [
        ("charged twice", f"{charged} tasks were charged for it" if charged > max(parts, 1) else None),
        ("put away", _put_away(answers)),
        ("lost", lost),
        ("shown twice", f"{len(pictures)} pictures for one order" if len(pictures) > order.pictures == 1 else None),
        ("left standing", _standing(order, answers, evidence)),
    ]
    broken += [("misdelivered", await _strange(order, message, fetch)) for message in pictures]
    if not any(_is_late_piece(message, evidence) for message in evidence.chats[order.chat]):
        broken += [("misdelivered", await _mixed_up(order, task, fetch)) for task in tasks]
    found.violations += [Violation(kind, order, words) for kind, words in broken if words]


def _lost_whole(order: Order, end: str | None, tasks: list[dict[str, Any]], evidence: Evidence) -> str | None:
    charged = sum(task["charged"] > 0 for task in tasks)
    return _no_right(order, tasks, evidence) if end == "uncertain" else _lost(end, charged, tasks)


def _lost_parts(
    end: str | None, pictures: list[Message], tasks: list[dict[str, Any]], evidence: Evidence
) -> str | None:
    """Report an order of several tasks with fewer pictures than tasks whose answer, or notification, was taken."""
    if end is None:
        return "no picture, and no words that say why"
    stored = {
        line.get("task_id")
        for line in evidence.passings
        if line["at"].startswith("after commit:") and "start_generating" in line["at"]
    }
    told = {
        task["id"] for task in tasks if evidence.callbacks and any(sent["status"] == 200 for sent in task["callbacks"])
    }
    due = [task for task in tasks if task["charged"] > 0 and task["id"] in stored | told]
    return f"{len(due)} tasks were paid for, and {len(pictures)} pictures came" if len(pictures) < len(due) else None


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
    given = [await fetch(url) for url in inputs_of(task)]
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
    steps = [line["at"] for line in evidence.passings if line.get("id") in jobs and line.get("rows") != 0]
    claims = [number for number, at in enumerate(steps) if at.endswith("commit:start_submitting")]
    if not claims:
        return "it ended uncertain, but was never submitted"
    known = [at for at in steps[claims[-1] :] if at.startswith("after commit:") and at.endswith(_KNOWN)]
    return f"it ended uncertain, but its outcome was stored: {known[0]}" if known else None


def _standing(order: Order, answers: list[Message], evidence: Evidence) -> str | None:
    """Report a placeholder whose number the bot knew, and that was neither removed nor made one line.

    The last one that it knew is the outcome itself. The same words once more are that outcome, told by two processes:
    a text left over.
    """
    jobs = {line.get("id") for line in evidence.passings if line.get("prompt") == order.prompt} - {None}
    placed = [line for line in evidence.passings if line["at"] in _PLACED and line.get("id") in jobs]
    for job in jobs:
        known = [line["message_id"] for line in placed if line.get("id") == job]
        outcome = {words_of(message) for message in answers if message["message_id"] in known[-1:]}
        for message in answers:
            is_outdated = message["message_id"] in known[:-1] and message["message_id"] != known[-1]
            if is_outdated and not is_picture(message) and words_of(message) not in {_SEE_BELOW, *outcome}:
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
