"""Tests inject timings, limits and fakes; none replaces anything by a dotted string, which a rename would break."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for place in ("tests", "benchmarks") for path in (ROOT / place).rglob("*.py"))


def _patches(source: str) -> Iterator[int]:
    """Yield the lines that patch a string: `setattr` with a target and a value only, or `patch` of a string."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0] if node.args else None
        is_text = isinstance(first, ast.JoinedStr) or (isinstance(first, ast.Constant) and isinstance(first.value, str))
        is_short = len(node.args) == 2 and not isinstance(first, ast.Starred)
        if (name == "setattr" and (is_text or is_short)) or (name == "patch" and is_text):
            yield node.lineno


def test_nothing_is_patched_by_a_dotted_string() -> None:
    """A constant that a test changes is a field of `Timing` or an argument of a constructor."""
    found = [f"{path.relative_to(ROOT)}:{line}" for path in FILES for line in _patches(path.read_text())]
    assert not found


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('monkeypatch.setattr("bot.app._GRACE_S", 0)', 1),
        ('monkeypatch.setattr(f"bot.web.{name}", 0.3)', 1),
        ("monkeypatch.setattr(name, value)", 1),
        ('mock.patch("bot.app.running")', 1),
        ('with patch("bot.app.running"):\n    pass', 1),
        ('monkeypatch.setattr(app, "running", run)', 0),
        ("patch.setattr(*place, refuse)", 0),
        ('client.patch(url, json="a.b")', 0),
    ],
)
def test_the_check_finds_them(source: str, count: int) -> None:
    """The check finds every form of such a patch, and leaves others alone."""
    assert len(list(_patches(source))) == count
