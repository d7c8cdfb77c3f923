"""A history that fills every table, made through the repositories."""

from pathlib import Path

from core.models.broadcasts import NewBroadcast
from core.models.drafts import NewDraft
from core.models.group import GroupRules
from core.models.image_request import Picture, Request, Source
from core.models.job import Destination, NewJob, PictureId, Task
from core.models.media import Shown, Upload
from core.models.names import Name
from core.models.preferences import Preferences
from core.models.questions import Question
from core.models.spending import Limits
from core.models.updates import AlbumPart, Update
from storage.access import SqliteAccess
from storage.albums import SqliteAlbums
from storage.awaited_messages import SqliteAwaitedMessages
from storage.belonging import claim
from storage.broadcasts import SqliteBroadcasts
from storage.chats import SqliteChats
from storage.database import Database
from storage.drafts import SqliteDrafts
from storage.groups import SqliteGroups
from storage.inbox import SqliteInbox
from storage.jobs import SqliteJobs
from storage.ledger import SqliteLedger
from storage.names import SqliteNames
from storage.openings import SqliteOpenings
from storage.preferences import SqlitePreferences
from storage.questions import SqliteQuestions
from storage.results import SqliteResults
from storage.secrets import kept_secret
from storage.uploads import SqliteUploads
from tests.unit.stores import CHAT, HandClock, order

GROUP, PERSON, HOUR_MS = -100_1234567890, 1, 3_600_000
LIMITS = Limits(price=324, person_daily=10_000)
WORDS = "żółw 🐢 'quoted' \\ \t new\nline"
"""Letters that a careless copy would change."""


async def make_history(database: Database, data_dir: Path) -> None:
    """Fill every table. One order is delivered, one is being generated, and one waits in the queue."""
    clock = HandClock()
    await claim(database, data_dir)
    await kept_secret(database, "callback_key")
    for chat_id, kind in ((CHAT, "private"), (PERSON, "private"), (GROUP, "supergroup")):
        await SqliteChats(database, clock).seen(chat_id, kind)
    await _orders(database, clock)
    await _people(database, clock)
    await _conversations(database, clock)


async def _orders(database: Database, clock: HandClock) -> None:
    jobs, results = SqliteJobs(database, clock), SqliteResults(database, clock)
    done, _ = await jobs.add(order("done", WORDS), LIMITS)
    await jobs.submitting(done.id)
    await jobs.generating(done.id, Task("task of done"), 0)
    await jobs.polled(done.id, 0.3, 0)
    await jobs.settle(done.id, ["https://pictures.example/1.png"], 300)
    await jobs.keep_picture(done.id, 0, Picture("a" * 64, "PNG", 30, 20, 1000))
    await jobs.shown(done.id, {0: Shown(70, "file", "unique")})
    await jobs.delivered(done.id)
    await results.mark_favorite(PictureId(done.id, 0), is_favorite=True)
    begun, _ = await jobs.add(order("begun"), LIMITS)
    await jobs.submitting(begun.id)
    await jobs.generating(begun.id, Task("task of begun"), 0)
    await jobs.add(NewJob("waits", Destination(GROUP, 5, 7, "en"), PERSON, Request(WORDS)), LIMITS)
    await SqliteUploads(database, clock).keep("unique", Upload("https://uploads.example/1.png", 30, 20))
    await SqliteOpenings(database, clock).begin("b" * 64, 3)


async def _people(database: Database, clock: HandClock) -> None:
    access, broadcasts = SqliteAccess(database, clock), SqliteBroadcasts(database, clock)
    await access.ban(66)
    await access.redeem(await access.invite(6000, HOUR_MS, 2, 9, "invite"), PERSON, "redeem")
    await SqliteLedger(database, clock).grant(GROUP, 250, 9, "grant")
    await SqliteNames(database, clock).put(Name(PERSON, "ada", WORDS))
    await SqlitePreferences(database).put(PERSON, Preferences(enhance=False))
    await SqliteGroups(database, clock).put(GROUP, GroupRules(quiet=True))
    sent = await broadcasts.add(NewBroadcast("message:9:1", Destination(9, None, 1, "en"), WORDS))
    await broadcasts.start(sent.id)


async def _conversations(database: Database, clock: HandClock) -> None:
    source = Source("file", "unique", 9)
    await SqliteInbox(database, clock).store([Update(1, CHAT, '{"text": "words"}', 0)])
    await SqliteAlbums(database, clock).add(
        AlbumPart("album", Destination(CHAT, None, 1), "private", PERSON, source, "more words")
    )
    await SqliteQuestions(database, clock).ask(Question(Destination(CHAT), PERSON, (source,), idempotency_key="q"))
    await SqliteDrafts(database, clock).add(
        NewDraft(Destination(CHAT), PERSON, Picture("c" * 64, "PNG", 9, 9, 100), WORDS)
    )
    await SqliteAwaitedMessages(database, clock).put(CHAT, 71)
