"""The two ends between which `storage.move_database` copies: how each reads, writes and counts.

SQLite's schema says which tables and columns are copied. PostgreSQL has further ones, which belong to running processes
or are computed from others (`shard`).
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from storage.database import Value

BATCH = 500
"""How many rows are in memory at a time. An update is the largest of them, some 100 kB at most."""

Values = tuple[Value, ...]
VERSIONS = "schema_version"
"""The one table that isn't copied: each end has its own version."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the types of its columns as SQLite names them, and the tables that its rows refer to."""

    name: str
    columns: Mapping[str, str]
    refers_to: frozenset[str] = frozenset()

    @property
    def listed(self) -> str:
        """The columns for a statement, in their order."""
        return ", ".join(self.columns)


@dataclass(frozen=True, slots=True)
class Totals:
    """The number of rows, and for each column the sum of its integers, or of the lengths of its texts."""

    rows: int
    sums: Mapping[str, int]


class End(ABC):
    """One of the two databases, within a transaction that no other program disturbs. All raise StorageError."""

    @abstractmethod
    async def seize(self, tables: Sequence[Table]) -> None:
        """Keep others from writing into the tables. Raises StorageError if a bot works with them."""

    @abstractmethod
    async def is_filled(self, table: Table) -> bool:
        """Whether the table has a row."""

    @abstractmethod
    def rows(self, table: Table) -> AsyncIterator[list[Values]]:
        """Yield all rows, at most `BATCH` at a time."""

    @abstractmethod
    async def write(self, table: Table, rows: list[Values]) -> None:
        """Add rows, whose values have the order of the table's columns."""

    @abstractmethod
    async def totals(self, table: Table) -> Totals:
        """Count the rows, and sum up the columns."""

    @abstractmethod
    async def commit(self) -> None:
        """Make everything durable that was written. Without it, nothing was."""


def sum_of(column: str, kind: str, *, length: str, whole: str) -> str:
    """Return the expression that sums a column up; `length` and `whole` are the dialect's patterns for it.

    The sum of floats depends on the order of the rows, so those are only counted.
    """
    if kind == "TEXT":
        return f"coalesce(sum({length.format(column)}), 0)"
    return whole.format(column) if "INT" in kind else f"count({column})"


def in_order(tables: Sequence[Table]) -> list[Table]:
    """Return the tables so that each stands behind those that it refers to."""
    by_name = {table.name: table for table in tables}
    graph = {name: table.refers_to - {name} for name, table in sorted(by_name.items())}
    return [by_name[name] for name in TopologicalSorter(graph).static_order()]
