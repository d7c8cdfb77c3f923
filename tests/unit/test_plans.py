"""The number of rows that a statement reads doesn't grow with the history, according to SQLite's query plans."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from benchmarks.crowds import GENERATING, filled
from benchmarks.past import fill
from storage.database import queries
from tests.unit.stores import HandClock, database_in

ORDERS, UNDER_WAY = 4_000, 10
WAITING = 3_000

GROWING = {
    *("jobs", "inbox", "pictures", "chats", "shown", "recipients", "uploads", "grants", "albums", "questions"),
    *("favorites", "names"),
}
OPEN_ROWS = {
    "inbox_open",
    "recipients_open",
    "recipients_tried",
    "albums_open",
    "jobs_called",
    "jobs_gathering",
    "jobs_open",
    "jobs_outdated",
}
"""Indexes of open rows only; reading one from end to end reads no history."""
OLDEST_FIRST = {"jobs_ended", "inbox_done", "uploads_by_age", "questions_by_age", "albums_closed", "names_by_age"}
"""Indexes for the cleanup, which starts at the oldest row and takes a portion."""

WHOLE = {
    "newest_row": "once at a start, and only the last entry of each index",
    "count_orders": "once, while a backup is restored and no bot runs",
    "last_of_portion": "some hundred chats at a time, for an announcement",
    "reach": "some hundred chats at a time, for an announcement",
    "add_recipients": "some hundred chats at a time, for an announcement",
}
"""Statements that may read a whole table, each with its reason."""

ALL_OF_ONE = {
    "history_from": "a page of what one person ordered, for the buttons of earlier releases",
    "history_older": "a page of what one person ordered, which is read in the order of the index and only so far",
    "move_jobs": "a group becomes a supergroup once in its life, and takes all it has along",
}
"""Statements that may read every job of a person or chat, each with its reason."""

EVERY_SECOND = (
    *("expire_jobs", "mark_overdue", "overdue_untold", "orders_to_gather", "jobs_notified_lately", "jobs_to_poll"),
    *("queued_jobs", "settled_jobs", "waiting_jobs", "uncertain_untold", "submitting_since", "outdated_jobs"),
)
"""Statements that run all the time, whatever happens."""

Plans = dict[str, list[str]]


async def _migrated(directory: Path) -> None:
    async with database_in(directory):
        pass


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Plans:
    """Return every statement's plans on a year's jobs, with and without ANALYZE, which changes SQLite's plans."""
    directory = tmp_path_factory.mktemp("plans")
    asyncio.run(_migrated(directory))
    fill(directory / "bot.db", ORDERS, HandClock().now, under_way=UNDER_WAY)
    with closing(sqlite3.connect(directory / "bot.db")) as connection:
        without = {name: _plan(connection, statement) for name, statement in queries().items()}
        connection.execute("ANALYZE")
        return {name: without[name] + _plan(connection, statement) for name, statement in queries().items()}


def _names(statement: str) -> list[str]:
    return re.findall(r":(\w+)", re.sub(r"--.*|'[^']*'", "", statement))


def _plan(connection: sqlite3.Connection, statement: str) -> list[str]:
    values = dict.fromkeys(_names(statement), 1)
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


def _efforts(directory: Path, waiting: int) -> dict[str, int]:
    """Return the steps of SQLite's machine for each statement of EVERY_SECOND, while so many jobs are generating.

    Each statement runs twice: at a time when all of the jobs are due, and when none is.
    """
    path, efforts = asyncio.run(filled(directory, GENERATING, waiting)), dict.fromkeys(EVERY_SECOND, 0)
    with closing(sqlite3.connect(path)) as connection:
        for name, now in product(EVERY_SECOND, (0, 1 << 50)):
            values = dict.fromkeys(_names(queries()[name]), 0) | {"now": now, "limit": 1}

            def step(name: str = name) -> None:
                efforts[name] += 1

            connection.set_progress_handler(step, 1)
            connection.execute(queries()[name], values).fetchall()
            connection.set_progress_handler(None, 1)
    return efforts


def _steps(statement: str, plan: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each step on a growing table: the step, its index, and the condition on that index."""
    growing = GROWING | {alias for table, alias in re.findall(r"\b(\w+) AS (\w+)", statement) if table in GROWING}
    for step in plan:
        match = re.match(r"(?:SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?(?: \((.*)\))?", step)
        if match and match[1] in growing:
            yield step, match[2] or "", match[3] or ""


def _whole(statement: str, plan: list[str]) -> set[str]:
    """Return the steps that read a table from end to end, or from its beginning or a key on."""
    steps = set()
    for step, index, sought in _steps(statement, plan):
        from_the_first = "=" not in sought and ">" not in sought and index not in OLDEST_FIRST
        from_a_key = "=" not in sought and index.startswith("sqlite_autoindex")
        if index not in OPEN_ROWS and (step.startswith("SCAN") or from_the_first or from_a_key):
            steps.add(step)
    return steps


def _all_of_one(statement: str, plan: list[str]) -> set[str]:
    """Return the steps that read every job of a person or chat, or all of them up to a day."""
    return {
        step
        for step, index, sought in _steps(statement, plan)
        if re.fullmatch(r"(asked_by|chat_id)=\?( AND created_at<\?)?", sought)
        and index.startswith("jobs_")
        and not index.endswith("_extra")
    }


def _without_leave(plans: Plans, reads: object, allowed: dict[str, str]) -> dict[str, set[str]]:
    assert callable(reads)
    found = {name: reads(queries()[name], plan) for name, plan in plans.items()}
    assert {name for name in allowed if not found.get(name)} == set(), "what need not be allowed is not"
    return {name: steps for name, steps in found.items() if steps and name not in allowed}


def test_no_statement_reads_the_past(plans: Plans) -> None:
    """Only the listed statements read a growing table as a whole."""
    assert _without_leave(plans, _whole, WHOLE) == {}


def test_no_statement_reads_all_of_one_person_or_chat(plans: Plans) -> None:
    """Only the listed statements read every job of a person or chat."""
    assert _without_leave(plans, _all_of_one, ALL_OF_ONE) == {}


def test_a_scan_is_seen(plans: Plans) -> None:
    """The checks recognize a scan, and frequent statements use the index of due jobs."""
    assert _whole("", ["SCAN jobs"])
    assert _whole("", ["SEARCH jobs USING INDEX jobs_by_day (created_at<?)"])
    assert _whole("", ["SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id>?)"])
    for name in ("queued_jobs", "jobs_to_poll", "settled_jobs", "waiting_jobs"):
        assert all("jobs_due (state=?" in step for step in plans[name] if "SEARCH jobs" in step)


def test_no_regular_statement_reads_all_that_wait(tmp_path: Path) -> None:
    """Thousands of jobs that wait for the image API don't make the bot's looks for work longer."""
    for name in ("none", "many"):
        (tmp_path / name).mkdir()
    none, many = _efforts(tmp_path / "none", 0), _efforts(tmp_path / "many", WAITING)
    assert {name: effort for name, effort in many.items() if effort > none[name] + WAITING // 10} == {}


def test_a_page_of_the_history_reads_no_more_than_the_page(plans: Plans) -> None:
    """The index gives the order, so SQLite sorts only orders of the same millisecond."""
    for name in ("history_older", "history_newer", "favorites_older", "favorites_newer"):
        assert {step for step in plans[name] if "TEMP B-TREE" in step} == {"USE TEMP B-TREE FOR RIGHT PART OF ORDER BY"}
