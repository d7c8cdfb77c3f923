"""Which tests are slow: `make test` leaves them to `make test-all`.

`tests/slow.txt` lists test functions, one a line, as `tests/e2e/test_x.py::test_y`. `tests/conftest.py` marks them. To
renew the list, measure on a quiet machine, and look through the change before you commit it:

    python -m pytest -n 4 -m "not alone and not libraries" --junitxml=report.xml
    python -m tests.slow report.xml
"""

import ast
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

LIST = Path(__file__).parent / "slow.txt"
LIMIT_S = 0.3
"""A function is slow if one of its cases takes longer on average, set-up included."""
ALWAYS_QUICK = ("test_orders", "test_updates", "test_albums", "test_version_before", "test_log_events")
"""Modules whose promises a change should never break unnoticed."""


def listed() -> frozenset[str]:
    """Return the listed functions."""
    return frozenset(LIST.read_text(encoding="utf-8").split())


def existing() -> frozenset[str]:
    """Return every test function of the suite."""
    root = LIST.parent.parent
    found = set()
    for path in LIST.parent.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.add(f"{path.relative_to(root)}::{node.name}")
    return frozenset(found)


def measured(report: Path) -> frozenset[str]:
    """Return the slow functions of a JUnit report."""
    times = defaultdict(list)
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest's own report
        module = case.get("classname", "").replace(".", "/")
        name = case.get("name", "").partition("[")[0]
        times[f"{module}.py::{name}"].append(float(case.get("time", "0")))
    return frozenset(
        name
        for name, seconds in times.items()
        if sum(seconds) / len(seconds) > LIMIT_S and not any(f"/{quick}.py" in name for quick in ALWAYS_QUICK)
    )


def main() -> None:
    """Write the list."""
    names = sorted(measured(Path(sys.argv[1])))
    LIST.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    print(f"{len(names)} slow test functions")


if __name__ == "__main__":
    main()
