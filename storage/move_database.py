"""The move of a whole database from SQLite to PostgreSQL, or back: completely or not at all."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from core.errors import StorageError
from core.models.credits import shown
from storage.database import INSTALL_DRIVER, POSTGRESQL, SQLITE
from storage.move_ends import End, Table, Totals, in_order
from storage.move_sqlite import sqlite_end

_PROGRESS = 100_000
_CREDITS = (("spent", "jobs", "spent"), ("reserved", "jobs", "reserved"), ("granted", "grants", "credits"))


@dataclass(frozen=True, slots=True)
class Moved:
    """The copied rows, by table. Both ends have the same counts and sums."""

    totals: dict[str, Totals]

    def told(self) -> str:
        """Return the report."""
        money = (f"{name} {shown(self.totals[table].sums[column])}" for name, table, column in _CREDITS)
        rows = sum(totals.rows for totals in self.totals.values())
        return f"moved: {rows:,} rows; credits: {', '.join(money)}; counts and sums are the same in both databases"


async def move_database(source: str, target: str, say: Callable[[str], None]) -> Moved:
    """Copy everything that `source` stores into the empty database `target`, and tell `say` of the progress.

    No bot may work with either of them. The target is written in one transaction, whose commit comes after both ends
    have been compared. Secrets and the database's id are copied as well, so the directory of pictures fits the target.
    Raises StorageError, never with a password.
    """
    if {_scheme(source), _scheme(target)} != {SQLITE, POSTGRESQL}:
        raise StorageError("move-database copies from sqlite:///… to postgresql://…, or back")
    async with AsyncExitStack() as stack:
        come_from, go_to, tables = await _opened(stack, source, target)
        for table in tables:
            if await go_to.is_filled(table):
                raise StorageError(f"the target isn't empty: it has rows in {table.name}")
        for table in tables:
            await _copy(come_from, go_to, table, say)
        say("comparing …")
        totals = {table.name: await _compared(come_from, go_to, table) for table in tables}
        await go_to.commit()
    return Moved(totals)


def _scheme(url: str) -> str:
    return next((scheme for scheme in (SQLITE, POSTGRESQL) if url.startswith(scheme)), "")


async def _opened(stack: AsyncExitStack, source: str, target: str) -> tuple[End, End, list[Table]]:
    """Open both ends, the source first: if it can't be read, the target remains as it is."""
    try:
        from storage.move_postgresql import postgres_end  # noqa: PLC0415 - a small installation has no driver
    except ModuleNotFoundError as error:
        raise StorageError(f"{error}: {INSTALL_DRIVER}") from error
    come_from: End
    go_to: End
    if source.startswith(SQLITE):
        come_from = sqlite = await stack.enter_async_context(sqlite_end(source, is_target=False))
        go_to = await stack.enter_async_context(postgres_end(target, is_target=True))
    else:
        come_from = await stack.enter_async_context(postgres_end(source, is_target=False))
        go_to = sqlite = await stack.enter_async_context(sqlite_end(target, is_target=True))
    tables = in_order(sqlite.tables())
    for end in (come_from, go_to):
        await end.seize(tables)
    return come_from, go_to, tables


async def _copy(come_from: End, go_to: End, table: Table, say: Callable[[str], None]) -> None:
    copied = 0
    async for rows in come_from.rows(table):
        await go_to.write(table, rows)
        before, copied = copied, copied + len(rows)
        if copied // _PROGRESS > before // _PROGRESS:
            say(f"{table.name}: {copied:,} …")
    say(f"{table.name}: {copied:,}")


async def _compared(come_from: End, go_to: End, table: Table) -> Totals:
    wanted, found = await come_from.totals(table), await go_to.totals(table)
    if wanted != found:
        differing = [name for name, value in wanted.sums.items() if found.sums[name] != value] or ["the number of rows"]
        raise StorageError(f"{table.name}: the copy differs in {', '.join(differing)}. Nothing was moved")
    return wanted
