"""Credits are counted in hundredths: as they are typed, as they are shown, and the database of the release before."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.i18n import in_language
from core.models.credits import in_words, shown, typed
from storage.database import Database
from storage.ledger import SqlLedger
from tests.unit.catalog import ROOT
from tests.unit.stores import HandClock


@pytest.mark.parametrize(
    ("word", "hundredths"),
    [("60", 6000), ("3.24", 324), ("3,24", 324), ("0.8", 80), ("-12", -1200), ("-0,05", -5), ("+7", 700), ("007", 700)],
)
def test_typed_credits(word: str, hundredths: int) -> None:
    """Credits are typed with a point or a comma, and a sign."""
    assert typed(word) == hundredths


@pytest.mark.parametrize("word", ["", "3.245", "1e3", "nan", "٣", "3.", ".5", "--3", "3 4", "1,000,000", "9" * 17, "½"])
def test_words_that_are_no_credits(word: str) -> None:
    """Anything else is refused."""
    assert typed(word) is None


@given(st.integers(-(10**12), 10**12))
def test_shown_credits_can_be_typed(hundredths: int) -> None:
    """The shown form is exact, and short."""
    assert typed(shown(hundredths)) == hundredths
    assert not shown(hundredths).endswith((".0", "."))


def test_in_words() -> None:
    """People read at most two decimals."""
    assert [in_language(in_words(sum_), "en") for sum_ in (100, 600, 324, 80)] == [
        "1 credit",
        "6 credits",
        "3.24 credits",
        "0.8 credits",
    ]


_MIGRATIONS = sorted(Path(ROOT, "storage", "migrations").glob("*.sql"))
_BEFORE = """
INSERT INTO chats (chat_id, kind, seen_at) VALUES (7, 'private', 1);
INSERT INTO jobs (id, origin, chat_id, language, asked_by, request, state, created_at, ordered_at, due_at, task_id,
    price, reserved, person_extra) VALUES ('a', 'a', 7, 'en', 7, '{}', 'generating', :now, :now, :now, 't', 6, 12, 5);
INSERT INTO jobs (id, origin, chat_id, language, asked_by, request, state, created_at, ordered_at, due_at, price, spent,
    result_urls) VALUES ('b', 'b', 7, 'en', 7, '{}', 'delivered', :now, :now, :now, 6, 6, '["x"]');
INSERT INTO grants (origin, scope_id, credits, granted_by, granted_at) VALUES ('g', 7, 30, 1, 1);
INSERT INTO invites (code, origin, credits, uses, expires_at, made_by, made_at) VALUES ('c', 'c', 60, 1, 9, 1, 1);
"""
"""Rows of the release before, in whole credits."""


async def test_every_balance_is_kept(tmp_path: Path) -> None:
    """The migration of a database with whole credits keeps the credits of each person, in hundredths."""
    path, clock = tmp_path / "bot.db", HandClock()
    before = [file for file in _MIGRATIONS if int(file.name[:4]) < 19]
    with closing(sqlite3.connect(path)) as connection:
        for file in before:
            connection.executescript(file.read_text(encoding="utf-8"))
        connection.execute("CREATE TABLE schema_version (version)")
        connection.execute("INSERT INTO schema_version VALUES (?)", (len(before),))
        connection.commit()
        connection.executescript(_BEFORE.replace(":now", str(clock.now)))
    database = await Database.open(f"sqlite:///{path}")
    try:
        balance = await SqlLedger(database, clock).balance(7, 2000)
        assert (balance.reserved, balance.spent, balance.extra) == (1200, 600, 2500)
        assert balance.left == 2000 - (1200 + 600 - 500) + 2500
    finally:
        await database.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT price FROM jobs").fetchall() == [(600,), (600,)]
        assert connection.execute("SELECT credits FROM invites").fetchall() == [(6000,)]
