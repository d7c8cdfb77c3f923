"""Print the measurements of long tests at the end of a run, also if several processes share it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.event_loop import EventLoop
from tests.slow import listed
from tests.unit.stores import DATABASES, choose_database


@pytest.fixture(params=DATABASES)
async def each_database(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Run the test once with each kind of database: `tests.unit.stores.database_in` opens it in `tmp_path`."""
    await choose_database(request.param, tmp_path)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run async tests on this loop."""
    return {"asyncio": EventLoop}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as their `figures`."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, figures in report.user_properties:
                if name == "figures":
                    terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of `tests/slow.txt`; see tests.slow."""
    slow = listed()
    for item in items:
        if item.nodeid.partition("[")[0] in slow:
            item.add_marker(pytest.mark.slow)
