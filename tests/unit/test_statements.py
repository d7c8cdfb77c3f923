"""Every SQL statement has a name, is used, and fits the schema."""

import re
import sqlite3
from pathlib import Path

import pytest

from storage.database import queries
from storage.translation import own
from tests.unit.catalog import ROOT
from tests.unit.stores import database_in

STORAGE = ROOT / "storage"
FILES = sorted((STORAGE / "queries").glob("*.sql"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_statement_has_a_name_of_its_own(file: Path) -> None:
    """In each file, every name stands above exactly one complete statement."""
    text = file.read_text(encoding="utf-8")
    names = re.findall(r"^-- name: (\w+)$", text, re.MULTILINE)
    assert text.startswith("-- name: ")
    assert text.count("-- name") == len(names)
    bare = re.sub(r"--.*|'[^']*'", "", text)
    assert bare.count(";") == len(names)
    assert all(sqlite3.complete_statement(queries()[name]) for name in names)


def test_no_name_is_taken_twice_and_none_is_unused() -> None:
    """Names are unique and used, and every name that the code uses exists."""
    names = [name for file in FILES for name in re.findall(r"^-- name: (\w+)$", file.read_text(), re.MULTILINE)]
    assert len(names) == len(set(names)) == len(queries())
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("storage", "bot", "core", "handlers")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert {name for name in names if f'"{name}"' not in code} == set()
    asked = set(re.findall(r'(?:fetch|fetch_one|_changed|_due)\(\s*"(\w+)"', code))
    assert asked <= set(names) | own().keys()


def test_statements_of_several_processes_are_used() -> None:
    """Each statement that only PostgreSQL has is used."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in STORAGE.glob("*.py"))
    assert {name for name in own() if f'"{name}"' not in code} == set()


async def test_every_statement_fits_the_schema(tmp_path: Path) -> None:
    """SQLite can prepare every statement on the migrated schema."""
    async with database_in(tmp_path):
        connection = sqlite3.connect(tmp_path / "bot.db")
    for name, statement in queries().items():
        values = dict.fromkeys(re.findall(r":(\w+)", re.sub(r"--.*|'[^']*'", "", statement)), 1)
        assert connection.execute(f"EXPLAIN {statement}", values).fetchall(), name
    connection.close()
