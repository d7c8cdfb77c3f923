"""Log events are stable keys, and docs/log-events.md lists each of them with its levels and fields."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "core", "handlers", "storage", "sandbox")
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
LEVELS = {
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "error": "error",
    "exception": "error",
    "critical": "critical",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Event:
    """How the code logs an event, or how the table says that it does."""

    levels: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


def _level(node: ast.expr) -> str | None:
    """Return the level if a node is `log.<level>`."""
    is_log = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "log"
    return LEVELS.get(node.attr) if is_log and isinstance(node, ast.Attribute) else None


def _log_calls(tree: ast.Module) -> Iterator[tuple[str, ast.expr, set[str]]]:
    """Yield level, event and field names of `log.<level>(event, …)` and `throttle(log.<level>, event, …)`."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            names = {keyword.arg for keyword in call.keywords if keyword.arg} - {"exc_info"}
            if (level := _level(call.func)) and call.args:
                yield level, call.args[0], names
            elif len(call.args) > 1 and (level := _level(call.args[0])):
                yield level, call.args[1], names


def _literals(event: ast.expr, tree: ast.Module) -> list[str]:
    """Return the events that an argument stands for: a literal, a choice, or a parameter of the function around it."""
    match event:
        case ast.Constant(str(key)):
            return [key]
        case ast.IfExp(_, body, orelse):
            return _literals(body, tree) + _literals(orelse, tree)
        case ast.Name(parameter):
            function, position = _taker(event, parameter, tree)
            given = [
                call.args[position]
                for call in ast.walk(tree)
                if isinstance(call, ast.Call) and ast.unparse(call.func) == function and len(call.args) > position
            ]
            return [key for argument in given for key in _literals(argument, tree)]
    raise AssertionError(f"an event that is not written out: {ast.unparse(event)}")


def _taker(event: ast.Name, parameter: str, tree: ast.Module) -> tuple[str, int]:
    """Return the name of the function whose parameter an event is, and the parameter's position."""
    for function in ast.walk(tree):
        if isinstance(function, Function) and event in ast.walk(function):
            names = [argument.arg for argument in function.args.args]
            if parameter in names:
                return function.name, names.index(parameter)
    raise AssertionError(f"an event that is not written out: {parameter}")


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _of_code() -> dict[str, Event]:
    found: dict[str, Event] = defaultdict(Event)
    for _, tree in _modules():
        for level, event, names in _log_calls(tree):
            for key in _literals(event, tree):
                found[key].levels.add(level)
                found[key].fields |= names
    return dict(found)


def _of_table() -> list[tuple[str, Event]]:
    rows = []
    for line in (ROOT / "docs" / "log-events.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            key, levels, fields, when, action = (cell.strip() for cell in line.strip("|").split("|"))
            assert when, line
            assert action, line
            rows.append((key.strip("`"), Event(set(levels.split(", ")), set(re.findall(r"`(\w+)`", fields)))))
    return rows


def test_events_are_keys() -> None:
    """Operators alert on events, so each is a word or two that never changes, and values are in fields."""
    events = _of_code()
    assert len(events) > 100
    assert not [key for key in events if not SNAKE_CASE.fullmatch(key)]


def test_the_table_lists_each_event_once() -> None:
    """An event that is added, renamed or removed changes the table, too; so do levels and fields."""
    rows = _of_table()
    assert len(rows) == len({key for key, _ in rows})
    assert dict(rows) == _of_code()


def test_each_logger_is_called_log() -> None:
    """The other tests find log calls by this name."""
    for path, tree in _modules():
        for node in ast.walk(tree):
            makes_logger = isinstance(node, ast.Call) and ast.unparse(node) in {
                "structlog.get_logger()",
                "logging.getLogger(__name__)",
            }
            if makes_logger:
                owners = [it for it in ast.walk(tree) if isinstance(it, ast.Assign) and it.value is node]
                assert [ast.unparse(target) for owner in owners for target in owner.targets] == ["log"], path


@pytest.mark.parametrize("key", ["ready", "Job failed", "job failed", "job-failed", "job_", "_job"])
def test_prose_is_no_key(key: str) -> None:
    """The pattern refuses words as people write them, and names that say too little."""
    assert not SNAKE_CASE.fullmatch(key)
