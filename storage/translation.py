"""The named statements in the dialect of PostgreSQL: translated where a rule does, replaced by name where none does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from core.errors import StorageError
from storage.database import queries, read_queries

TEXTS = frozenset({
    "account", "album_id", "asking", "base", "besides", "broadcast_id", "button_key", "caption", "chat_kind", "code",
    "failure", "fate", "file_id", "first_sha256", "format", "hindrance", "id", "idempotency_key", "job_id", "kind",
    "language", "last_sha256", "leaving", "mask", "name", "order_id", "owner", "parent_id", "payload", "pictures",
    "queued_failure", "request", "result_urls", "rules", "settings", "sha256", "shards", "source",
    "stopped_by", "task_id", "title", "trouble", "unique_id", "url", "username", "value", "wishes", "words",
})  # fmt: skip
"""The parameters that are texts. All others are integers, except for `FLOATS`."""

FLOATS = frozenset({"progress"})

_COMMENT = re.compile(r"--[^\n]*")
_PARAMETER = re.compile(r"'[^']*'|::\w+|:(\w+)")
_OWNED = "IN (SELECT shard FROM owned_shards)"
_RULES = (
    # Which rows this process may claim. A comment, as SQLite has no shards: one process serves all chats.
    (re.compile(r"/\* owned (:\w+) \*/ TRUE"), rf"shard_of(\1) {_OWNED}"),
    (re.compile(r"/\* owned (\w+) \*/ TRUE"), rf"\1.shard {_OWNED}"),
    (re.compile(r"/\* leading \*/ TRUE"), f"0 {_OWNED}"),
    (re.compile(r"/\* in (:\w+) (\w+) \*/ TRUE"), r"\1 LIKE '%,' || \2.shard || ',%'"),
    (re.compile(r"/\* FOR UPDATE \*/"), "FOR UPDATE"),  # SQLite has one writer at a time
    (re.compile(r"(?<=[\s(,])\+(?=[a-z])"), ""),  # it only keeps SQLite from using an index
    (re.compile(r" INDEXED BY \w+"), ""),
    (re.compile(r"\bCROSS JOIN (\w+) ON\b"), r"JOIN \1 ON"),  # SQLite's way to fix the order of a join
    (re.compile(r"\bIS NOT (?!NULL\b|DISTINCT\b)"), "IS DISTINCT FROM "),
    (re.compile(r"\bsum\([^()]*\)"), r"\g<0>::bigint"),  # otherwise the sum is a decimal number
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with numbered parameters, and their names in that order."""

    sql: str
    names: tuple[str, ...]


@cache
def overrides() -> Mapping[str, str]:
    """Return the statements of `storage/queries/postgresql`, which replace the common ones of their names."""
    own = read_queries(files("storage").joinpath("queries", "postgresql"))
    if unknown := own.keys() - queries().keys():
        raise StorageError(f"these statements replace none: {', '.join(sorted(unknown))}")
    return own


@cache
def statements() -> Mapping[str, Statement]:
    """Return every named statement for PostgreSQL. Raises StorageError if a name is wrong."""
    return {name: translated(statement) for name, statement in {**queries(), **overrides(), **own()}.items()}


@cache
def own() -> Mapping[str, str]:
    """Return the statements that only PostgreSQL has: those about several processes."""
    found = read_queries(files("storage").joinpath("queries", "processes"))
    if twice := found.keys() & queries().keys():
        raise StorageError(f"two statements have one name: {', '.join(sorted(twice))}")
    return found


def translated(statement: str) -> Statement:
    """Return a statement for PostgreSQL.

    Every parameter has its type, since PostgreSQL would take the result of `:now - 400` for a number of 32 bits.
    """
    names: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        if (name := match[1]) is None:  # a text or a cast
            return match[0]
        kind = "text" if name in TEXTS else "double precision" if name in FLOATS else "bigint"
        return f"${names.setdefault(name, len(names) + 1)}::{kind}"

    sql = _COMMENT.sub("", statement)
    for pattern, replacement in _RULES:
        sql = pattern.sub(replacement, sql)
    sql = _PARAMETER.sub(numbered, sql)
    return Statement(sql.strip().rstrip(";"), tuple(names))
