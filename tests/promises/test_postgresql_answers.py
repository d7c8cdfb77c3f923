"""A commit whose answer is lost, or a full disk, leaves an order that can be placed again: it is taken once."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from core.errors import StorageError
from core.models.spending import Limits
from storage.chats import SqlChats
from storage.database import Database
from storage.jobs import SqlJobs
from storage.ledger import SqlLedger
from tests.postgresql import server
from tests.unit.stores import CHAT, HandClock, order

CLOCK = HandClock()
_SOCKET = ".s.PGSQL.5432"
_DISK_FULL = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device';
END $$;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@dataclass(slots=True)
class Wire:
    """The connections between the bot and its server. They can be cut where the answer to a commit would come."""

    directory: Path
    loses_next_commit: bool = False
    lost: list[bytes] = field(default_factory=list)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the bytes of one connection both ways until either end closes it."""
        from_server, to_server = await asyncio.open_unix_connection(str(server().directory / _SOCKET))
        answers = asyncio.create_task(self._answer(from_server, writer))
        while asked := await reader.read(1 << 16):
            cuts = self.loses_next_commit and b"COMMIT\0" in asked
            if cuts:
                self.loses_next_commit = False
                answers.cancel()
                await asyncio.wait([answers])
            to_server.write(asked)
            if cuts:
                self.lost.append(await from_server.read(1 << 16))  # by now, it is committed
                break
        answers.cancel()
        await asyncio.wait([answers])
        to_server.close()
        writer.close()

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(1 << 16):
            writer.write(said)
        writer.close()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """Put a wire before the server."""
    with tempfile.TemporaryDirectory(prefix="wire-") as directory:  # the path of a socket must be short
        made = Wire(Path(directory))
        async with await asyncio.start_unix_server(made.carry, made.directory / _SOCKET):
            yield made


@pytest.fixture
async def url() -> str:
    """Make a database with a chat."""
    made = await server().new_database()
    database = await Database.open(made)
    await SqlChats(database, CLOCK).seen(CHAT, "private")
    await database.close()
    return made


@pytest.fixture
async def database(url: str, wire: Wire) -> AsyncIterator[Database]:
    """Open the database through the wire."""
    opened = await Database.open(url.replace(str(server().directory), str(wire.directory)))
    yield opened
    await opened.close()


async def test_an_order_whose_commit_got_no_answer_is_placed_once(database: Database, wire: Wire, url: str) -> None:
    """It raises StorageError though it is stored, and its repetition finds it, within the same limit."""
    jobs, limits = SqlJobs(database, CLOCK), Limits(6, person_daily=6)
    wire.loses_next_commit = True
    with pytest.raises(StorageError):
        await jobs.add(order("update 1"), limits)
    assert wire.lost[0].startswith(b"C\0\0\0\x0bCOMMIT")
    job, is_new = await jobs.add(order("update 1"), limits)
    assert not is_new
    assert [row["id"] for row in await server().execute("SELECT id FROM jobs", url)] == [job.id]


async def test_a_grant_whose_commit_got_no_answer_is_given_once(database: Database, wire: Wire) -> None:
    """The admin's repeated update grants nothing more."""
    ledger = SqlLedger(database, CLOCK)
    wire.loses_next_commit = True
    with pytest.raises(StorageError):
        await ledger.grant(CHAT, 10, 9, "update 2")
    assert wire.lost
    assert await ledger.grant(CHAT, 10, 9, "update 2") == 10


async def test_a_full_disk_is_told_and_nothing_is_half_stored(database: Database, url: str) -> None:
    """Orders raise StorageError with the server's words, reading goes on, and orders work once there is room."""
    jobs = SqlJobs(database, CLOCK)
    job, _ = await jobs.add(order("before"))
    await _script(url, _DISK_FULL)
    with pytest.raises(StorageError, match="No space left on device"):
        await jobs.add(order("update 3"), Limits(6, person_daily=12))
    assert await jobs.get(job.id)
    await _script(url, "DROP TRIGGER refuse ON jobs")
    _, is_new = await jobs.add(order("update 3"), Limits(6, person_daily=12))
    assert is_new


async def _script(url: str, script: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(script)
    await connection.close()
