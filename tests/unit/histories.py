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
from storage.access import SqlAccess
from storage.albums import SqlAlbums
from storage.awaited_messages import SqlAwaitedMessages
from storage.belonging import claim
from storage.broadcasts import SqlBroadcasts
from storage.chats import SqlChats
from storage.database import Database
from storage.drafts import SqlDrafts
from storage.groups import SqlGroups
from storage.inbox import SqlInbox
from storage.jobs import SqlJobs
from storage.ledger import SqlLedger
from storage.names import SqlNames
from storage.openings import SqlOpenings
from storage.preferences import SqlPreferences
from storage.questions import SqlQuestions
from storage.results import SqlResults
from storage.secrets import kept_secret
from storage.uploads import SqlUploads
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
        await SqlChats(database, clock).seen(chat_id, kind)
    await _orders(database, clock)
    await _people(database, clock)
    await _conversations(database, clock)


async def _orders(database: Database, clock: HandClock) -> None:
    jobs, results = SqlJobs(database, clock), SqlResults(database, clock)
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
    await SqlUploads(database, clock).keep("unique", Upload("https://uploads.example/1.png", 30, 20))
    await SqlOpenings(database, clock).begin("b" * 64, 3)


async def _people(database: Database, clock: HandClock) -> None:
    access, broadcasts = SqlAccess(database, clock), SqlBroadcasts(database, clock)
    await access.ban(66)
    await access.redeem(await access.invite(6000, HOUR_MS, 2, 9, "invite"), PERSON, "redeem")
    await SqlLedger(database, clock).grant(GROUP, 250, 9, "grant")
    await SqlNames(database, clock).put(Name(PERSON, "ada", WORDS))
    await SqlPreferences(database).put(PERSON, Preferences(enhance=False))
    await SqlGroups(database, clock).put(GROUP, GroupRules(quiet=True))
    sent = await broadcasts.add(NewBroadcast("message:9:1", Destination(9, None, 1, "en"), WORDS))
    await broadcasts.start(sent.id)


async def _conversations(database: Database, clock: HandClock) -> None:
    source = Source("file", "unique", 9)
    await SqlInbox(database, clock).store([Update(1, CHAT, '{"text": "words"}', 0)])
    await SqlAlbums(database, clock).add(
        AlbumPart("album", Destination(CHAT, None, 1), "private", PERSON, source, "more words")
    )
    await SqlQuestions(database, clock).ask(Question(Destination(CHAT), PERSON, (source,), idempotency_key="q"))
    await SqlDrafts(database, clock).add(
        NewDraft(Destination(CHAT), PERSON, Picture("c" * 64, "PNG", 9, 9, 100), WORDS)
    )
    await SqlAwaitedMessages(database, clock).put(CHAT, 71)
