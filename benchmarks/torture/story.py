"""The story of an order, from the ledger, the harness and the sandbox, in chronological order."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.torture.auditor import Evidence, Violation, prompt_of
from benchmarks.torture.people import Order, words_of

_ALWAYS = {"born", "ended by itself"}
_HIDDEN = {"time", "at", "prompt", "pid"}
_LOG_LINES = 12


def story(violation: Violation, evidence: Evidence, events: Sequence[dict[str, Any]], log: Path) -> str:
    """Return the story as lines of text."""
    order = violation.order
    lines = [f"{violation.kind.upper()}: {violation.words}"]
    if order is None:
        return "\n".join(lines)
    lines.append(f"  order {order.prompt!r} in chat {order.chat}, message {order.asked}")
    jobs = _jobs_of(order, evidence)
    start, end = order.began - 1, order.began + 600
    told = [line for line in evidence.passings if _is_about(line, order, jobs)]
    told += [event for event in events if event.get("prompt") in {None, order.prompt}]
    told = sorted((line for line in told if start <= line["time"] <= end), key=lambda line: float(line["time"]))
    lines += [f"  {_clock(line['time'])} {line['at']} {_rest(line)}".rstrip() for line in told]
    for task in evidence.tasks:
        if prompt_of(task) == order.prompt:
            calls = [sent["status"] or sent["error"] for sent in task["callbacks"]]
            lines.append(f"  task {task['id']}: {task['state']}, charged {task['charged']}, callbacks {calls}")
    for message in evidence.chats[order.chat]:
        kind = "[picture] " if "photo" in message else ""
        answered = message.get("reply_to_message", {}).get("message_id")
        name, words = message["from"]["first_name"], words_of(message)[:100]
        lines.append(f"  chat: #{message['message_id']} (reply to {answered}) {name}: {kind}{words}")
    lines += [f"  log: {line}" for line in _logged(jobs, log)]
    return "\n".join(lines)


def _jobs_of(order: Order, evidence: Evidence) -> set[str]:
    return {
        line["id"]
        for line in evidence.passings
        if line.get("prompt") == order.prompt and line["at"].endswith("commit:add_job")
    }


def _is_about(line: dict[str, Any], order: Order, jobs: set[str]) -> bool:
    return (
        line["at"] in _ALWAYS
        or "dies" in line
        or line.get("prompt") == order.prompt
        or bool(jobs & {line.get("id"), line.get("job_id")})
        or str(line.get("chat_id")) == str(order.chat)
    )


def _logged(jobs: set[str], log: Path) -> list[str]:
    if not log.exists():
        return []
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line[:300] for line in lines if any(job in line for job in jobs)][-_LOG_LINES:]


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds)) + f"{seconds % 1:.3f}"[1:]


def _rest(line: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in line.items() if key not in _HIDDEN)
