"""The ports of core/ports/repositories.py: one suite for each port, which every adapter has to pass.

tests/contract/test_every_port.py names the suites that stand elsewhere. Groups that become supergroups are in
tests/unit/test_moved_chats.py.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.models.drafts import NewDraft
from core.models.group import GroupRules, Who
from core.models.history import NEWEST, HistoryPlace
from core.models.image_request import Picture, Request, Size, Source
from core.models.job import Destination, Job, NewJob, PictureId, State, Task
from core.models.media import UNNAMED, Shown, Upload
from core.models.preferences import Preferences
from core.models.questions import Question
from core.models.updates import AlbumPart, Update
from core.ports.jobs import Jobs
from core.ports.repositories import (
    Albums,
    AwaitedMessages,
    Chats,
    Drafts,
    Groups,
    Inbox,
    Notes,
    PreferencesStore,
    Questions,
    Results,
    Uploads,
)
from storage.albums import SqlAlbums
from storage.awaited_messages import SqlAwaitedMessages
from storage.chats import SqlChats
from storage.database import Database
from storage.drafts import SqlDrafts
from storage.groups import SqlGroups
from storage.inbox import SqlInbox
from storage.jobs import SqlJobs
from storage.key_value import SqlNotes
from storage.preferences import SqlPreferences
from storage.questions import SqlQuestions
from storage.results import SqlResults
from storage.uploads import SqlUploads
from tests.unit.stores import HandClock, database_in

ADA, BEN, GROUP = 1001, 1002, -10
PICTURES = [Picture(digit * 64, "PNG", 30, 20, 1000) for digit in "abc"]
URLS = [f"https://a.example/{number}.png" for number in range(3)]


@pytest.fixture
async def database(each_database: None, tmp_path: Path) -> AsyncIterator[Database]:
    """The memory behind the adapters, once of each kind."""
    async with database_in(tmp_path) as opened:
        for chat_id, kind in ((ADA, "private"), (BEN, "private"), (GROUP, "group")):
            await SqlChats(opened, HandClock()).seen(chat_id, kind)
        yield opened


@pytest.fixture
def clock() -> HandClock:
    """Time that passes when a test says so."""
    return HandClock()


# --- Notes


@pytest.fixture
def notes(database: Database) -> Notes:
    """Nothing is noted yet."""
    return SqlNotes(database)


async def test_the_first_of_several_notes_stays(notes: Notes) -> None:
    """Only one of those who note something first has done so, until it is forgotten."""
    said = await asyncio.gather(*(notes.put_first("refusal", who) for who in ("one", "two", "three")))
    assert sorted(said) == [False, False, True]
    assert await notes.get("refusal") == ("one", "two", "three")[said.index(True)]
    await notes.put("refusal", None)
    assert await notes.put_first("refusal", "four")


async def test_notes_hold_the_newest_value_until_forgotten(notes: Notes) -> None:
    """Each name stands for itself, and forgetting twice is fine."""
    assert await notes.get("paused") is None
    await notes.put("paused", "once")
    await notes.put("paused", "twice")
    await notes.put("low", "told")
    assert [await notes.get("paused"), await notes.get("low")] == ["twice", "told"]
    for _ in range(2):
        await notes.put("paused", None)
        assert [await notes.get("paused"), await notes.get("low")] == [None, "told"]


# --- PreferencesStore


@pytest.fixture
def preferences(database: Database) -> PreferencesStore:
    """No preference is stored yet."""
    return SqlPreferences(database)


async def test_preferences_of_a_scope_are_replaced_as_a_whole(preferences: PreferencesStore) -> None:
    """A person and a group have their own; without any, all is left open."""
    assert await preferences.get(ADA) == Preferences()
    await preferences.put(ADA, Preferences(Size.SQUARE, 2))
    await preferences.put(GROUP, Preferences(as_file=False))
    await preferences.put(ADA, Preferences(enhance=False))
    assert await preferences.get(ADA) == Preferences(enhance=False)
    assert await preferences.get(GROUP) == Preferences(as_file=False)


# --- Groups


@pytest.fixture
def groups(database: Database, clock: HandClock) -> Groups:
    """No group made rules yet."""
    return SqlGroups(database, clock)


async def test_rules_are_those_of_the_group(groups: Groups) -> None:
    """A private chat has the rules of a group that never made any."""
    rules = GroupRules(who=Who.LISTED, quiet=True, daily=5, listed=frozenset({ADA}))
    assert await groups.rules(GROUP) == GroupRules()
    for stored in (GroupRules(is_on=False), rules):
        await groups.put(GROUP, stored)
        assert await groups.rules(GROUP) == stored
    assert await groups.rules(ADA) == await groups.rules(-11) == GroupRules()


async def test_a_group_is_greeted_once(groups: Groups) -> None:
    """Rules make no difference to that."""
    assert await groups.greet(GROUP)
    await groups.put(GROUP, GroupRules(quiet=True))
    assert not await groups.greet(GROUP)
    assert (await groups.rules(GROUP)).quiet


# --- Uploads


@pytest.fixture
def uploads(database: Database, clock: HandClock) -> Uploads:
    """Nothing is uploaded yet."""
    return SqlUploads(database, clock)


async def test_uploads_are_found_while_young(uploads: Uploads, clock: HandClock) -> None:
    """A newer upload replaces an older one and is young again; what was forgotten is not found."""
    first, second = Upload(URLS[0], 30, 20), Upload(URLS[1], 30, 20)
    await uploads.keep("one", first)
    await uploads.keep("two", first)
    assert await uploads.find("one", 1000) == first
    clock.now += 1000
    assert await uploads.find("one", 1000) is None
    await uploads.keep("one", second)
    assert await uploads.find("one", 1000) == second
    await uploads.forget(["one", "unknown"])
    assert await uploads.find("one", 10_000) is None
    assert await uploads.find("two", 10_000) == first


# --- Inbox


@pytest.fixture
def inbox(database: Database, clock: HandClock) -> Inbox:
    """No update came yet."""
    return SqlInbox(database, clock)


async def _open(inbox: Inbox, *besides: int, limit: int = 9) -> list[int]:
    return [update.update_id for update in await inbox.open(limit, besides)]


async def test_updates_of_a_line_are_open_one_after_the_other(inbox: Inbox) -> None:
    """Each person in each chat is a line of its own; `besides` count as handled."""
    await inbox.store(
        [Update(1, GROUP, "{}", person=ADA), Update(2, GROUP, "{}", person=ADA), Update(3, GROUP, "{}", person=BEN)]
    )
    assert await _open(inbox) == [1, 3]
    assert await _open(inbox, limit=1) == [1]
    assert await _open(inbox, 1) == [2, 3]
    await inbox.done(1)
    assert await _open(inbox) == [2, 3]


async def test_a_known_update_is_left_as_it_is(inbox: Inbox) -> None:
    """Telegram sends again what it thinks was not received."""
    await inbox.store([Update(1, ADA, "first", person=ADA)])
    await inbox.store([Update(1, ADA, "second", person=ADA)])
    (update,) = await inbox.open(9)
    assert (update.payload, update.attempts) == ("first", 1)
    await inbox.done(1, "too late")
    await inbox.store([Update(1, ADA, "second", person=ADA)])
    assert await _open(inbox) == []


async def test_a_line_waits_for_an_update_that_is_put_off(inbox: Inbox, clock: HandClock) -> None:
    """Others go on; the attempt that was put off is counted as a try."""
    await inbox.store(
        [Update(1, ADA, "{}", person=ADA), Update(2, ADA, "{}", person=ADA), Update(3, BEN, "{}", person=BEN)]
    )
    await inbox.begin(1)
    await inbox.retry(1, 500, "database is locked")
    assert await _open(inbox) == [3]
    clock.now += 500
    (update, _) = await inbox.open(9)
    assert (update.update_id, update.attempts, update.tries) == (1, 0, 1)


# --- Albums


@pytest.fixture
def albums(database: Database, clock: HandClock) -> Albums:
    """No album came yet."""
    return SqlAlbums(database, clock)


def _part(message_id: int, album_id: str = "album") -> AlbumPart:
    source = Source(f"file {message_id}", f"unique {message_id}", 7)
    return AlbumPart(album_id, Destination(ADA, None, message_id, "en"), "private", ADA, source, "", 5)


async def test_an_album_is_complete_when_it_was_quiet(albums: Albums, clock: HandClock) -> None:
    """Its pieces are in the order they were sent, however they arrive; each new piece starts the wait anew."""
    assert await albums.add(_part(2))
    clock.now += 900
    assert await albums.add(_part(1))
    clock.now += 900
    assert await albums.complete(1000) == []
    clock.now += 100
    assert await albums.complete(1000) == [[_part(1), _part(2)]]


async def test_a_piece_of_a_closed_album_comes_too_late(albums: Albums, clock: HandClock) -> None:
    """A replay of a piece while the album is open changes nothing."""
    assert [await albums.add(_part(1)) for _ in range(2)] == [True, True]
    clock.now += 1000
    assert await albums.complete(1000) == [[_part(1)]]
    assert await albums.close([_part(1)]) == []
    assert await albums.complete(0) == []
    assert not await albums.add(_part(2))
    assert await albums.add(_part(3, "another"))


async def test_a_piece_that_comes_while_its_album_is_handled(albums: Albums) -> None:
    """It is part of nothing, and is returned so that its sender hears of it."""
    await albums.add(_part(1))
    handled = await albums.complete(0)
    assert await albums.add(_part(2))
    assert await albums.close(*handled) == [_part(2)]
    assert await albums.complete(0) == []


async def test_an_album_that_is_put_off_is_complete_later(albums: Albums, clock: HandClock) -> None:
    """It is tried rarely after many tries."""
    await albums.add(_part(1))
    clock.now += 1000
    assert await albums.retry(ADA, "album", 500, 60_000) == 1
    assert await albums.complete(0) == []
    clock.now += 500
    assert await albums.complete(0) == [[_part(1)]]
    for tries in range(2, 15):
        assert await albums.retry(ADA, "album", 500, 60_000) == tries
    clock.now += 500
    assert await albums.complete(0) == []
    clock.now += 60_000
    assert await albums.complete(0) == [[_part(1)]]


# --- Drafts


@pytest.fixture
def drafts(database: Database, clock: HandClock) -> Drafts:
    """No draft is stored yet."""
    return SqlDrafts(database, clock)


def _draft(picture: Picture = PICTURES[0], person: int = ADA) -> NewDraft:
    return NewDraft(Destination(person, None, 7, "en"), person, picture, "a hat", PictureId("parent", 1))


async def test_a_draft_is_found_by_id_and_preview(drafts: Drafts, clock: HandClock) -> None:
    """With its newest mask and words, while it is young, until it is dropped."""
    draft = await drafts.add(_draft())
    assert await drafts.get(draft.id, 1000) == draft
    await drafts.mask(draft.id, PICTURES[1], "a hat")
    await drafts.mask(draft.id, PICTURES[2], "a red hat")
    await drafts.previewed(draft.id, 9)
    changed = replace(draft, new=replace(draft.new, words="a red hat"), mask=PICTURES[2], message_id=9)
    assert await drafts.get(draft.id, 1000) == await drafts.by_message(ADA, 9) == changed
    assert await drafts.by_message(BEN, 9) is None
    clock.now += 1000
    assert await drafts.get(draft.id, 1000) is None
    await drafts.drop(draft.id)
    assert await drafts.by_message(ADA, 9) is None


@pytest.mark.parametrize(("count", "size", "left"), [(2, 9000, 2), (9, 2000, 2), (1, 1, 1), (9, 9000, 3)])
async def test_room_is_made_from_the_oldest(drafts: Drafts, clock: HandClock, count: int, size: int, left: int) -> None:
    """The newest stays in any case, and so do the drafts of others."""
    made = []
    for picture in PICTURES:
        clock.now += 1
        made.append(await drafts.add(_draft(picture)))
    other = await drafts.add(_draft(person=BEN))
    assert await drafts.make_room(ADA, count, size) == 3 - left
    found = [await drafts.get(draft.id, 1000) is not None for draft in made]
    assert found == [False] * (3 - left) + [True] * left
    assert await drafts.get(other.id, 1000)


async def test_a_picture_of_several_drafts_takes_room_once(drafts: Drafts, clock: HandClock) -> None:
    """Drafts of one picture share its file."""
    for _ in range(3):
        clock.now += 1
        await drafts.add(_draft())
    assert await drafts.make_room(ADA, 9, PICTURES[0].size) == 0


# --- Chats


@pytest.fixture
def chats(database: Database, clock: HandClock) -> Chats:
    """Of a process that knows no chat yet."""
    return SqlChats(database, clock)


@pytest.fixture
def jobs(database: Database, clock: HandClock) -> Jobs:
    """No job is stored yet."""
    return SqlJobs(database, clock)


@pytest.fixture
def questions(database: Database, clock: HandClock) -> Questions:
    """Nothing was asked yet."""
    return SqlQuestions(database, clock)


async def _order(jobs: Jobs, key: str, chat_id: int = ADA, person: int = ADA, message_id: int = 7) -> Job:
    job, _ = await jobs.add(NewJob(key, Destination(chat_id, None, message_id, "en"), person, Request("a fox")))
    return job


async def _state(jobs: Jobs, job: Job) -> State | None:
    found = await jobs.get(job.id)
    return found.state if found else None


async def test_with_a_chat_goes_what_could_be_shown_there(
    chats: Chats, jobs: Jobs, drafts: Drafts, questions: Questions
) -> None:
    """Queued and settled jobs end, drafts and questions are dropped; what is paid goes on, and so do other chats."""
    queued, settled, generating, other = [await _order(jobs, key) for key in ("queued", "settled", "on its way")] + [
        await _order(jobs, "other", BEN, BEN)
    ]
    await jobs.settle(settled.id, URLS)
    await jobs.submitting(generating.id)
    await jobs.generating(generating.id, Task("task"), 0)
    draft, kept = await drafts.add(_draft()), await drafts.add(_draft(person=BEN))
    await questions.ask(Question(Destination(ADA), ADA, (), idempotency_key="asked"))
    await chats.gone(ADA)
    assert [await _state(jobs, job) for job in (queued, settled, generating, other)] == [
        State.CANCELLED,
        State.CANCELLED,
        State.GENERATING,
        State.QUEUED,
    ]
    assert await drafts.get(draft.id, 1000) is None
    assert await drafts.get(kept.id, 1000)
    assert await questions.open(ADA, ADA, 1000) is None
    await chats.seen(ADA, "private")
    assert await _state(jobs, await _order(jobs, "new")) is State.QUEUED


# --- Results


@pytest.fixture
def results(database: Database, clock: HandClock) -> Results:
    """There are none yet."""
    return SqlResults(database, clock)


async def _paint(jobs: Jobs, key: str, chat_id: int = ADA, pictures: int = 1, first: int = 20) -> Job:
    """Deliver a job whose results are shown by the messages from `first` on."""
    job = await _order(jobs, key, chat_id)
    await jobs.settle(job.id, URLS[:pictures])
    for position in range(pictures):
        await jobs.keep_picture(job.id, position, PICTURES[position])
    await jobs.shown(job.id, {position: Shown(first + position, "file", "unique") for position in range(pictures)})
    await jobs.delivered(job.id)
    return job


async def test_a_result_may_be_recorded_with_its_delivery(jobs: Jobs, results: Results) -> None:
    """So may the message that shows it, or that none does. An earlier record of it is replaced."""
    job = await _order(jobs, "fox", ADA)
    await jobs.settle(job.id, URLS[:2])
    await jobs.keep_picture(job.id, 1, PICTURES[0])
    await jobs.delivered(job.id, {1: Shown(21, "file", "unique")}, dict(enumerate(PICTURES[:2])))
    assert await jobs.pictures(job.id) == (dict(enumerate(PICTURES[:2])), {1})
    found = await results.by_message(ADA, 21)
    assert found
    assert (found.id, found.picture) == (PictureId(job.id, 1), PICTURES[1])


async def test_a_new_job_knows_how_many_are_ahead(jobs: Jobs, clock: HandClock) -> None:
    """It counts by turns, as the queue does; a repetition of the order doesn't know."""
    firsts = [await _order(jobs, f"order {number}", person=person) for number, person in enumerate((11, 12, 11))]
    assert [job.ahead for job in firsts] == [0, 1, 2]
    clock.now += 1
    newcomer = await _order(jobs, "newcomer", person=13)
    assert (newcomer.ahead, await jobs.ahead(newcomer)) == (2, 2)
    again = await _order(jobs, "newcomer", person=13)
    assert again.ahead is None


async def test_a_result_is_found_by_every_message_that_shows_it(jobs: Jobs, results: Results) -> None:
    """Where it was shown first, and where it was shown again, with what re-sends it."""
    job = await _paint(jobs, "fox")
    picture = PictureId(job.id, 0)
    await results.shown_again(picture, GROUP, Shown(30, "newer", "unique"))
    await results.shown_again(picture, ADA, Shown(31, None, None))
    found = await results.get(picture)
    assert found is not None
    assert (found.job.id, found.picture, found.file_id, found.is_deleted) == (job.id, PICTURES[0], "newer", False)
    assert await results.by_message(ADA, 20) == await results.by_message(GROUP, 30) == found
    assert await results.by_message(GROUP, 20) is None
    assert [await results.messages(picture, chat_id) for chat_id in (ADA, GROUP)] == [[20, 31], [30]]


async def test_a_message_without_a_name_shows_nothing_that_can_be_found(jobs: Jobs, results: Results) -> None:
    """The result itself is there."""
    job = await _paint(jobs, "fox", first=UNNAMED)
    assert await results.by_message(ADA, UNNAMED) is None
    assert await results.get(PictureId(job.id, 0))


async def test_a_deleted_result_says_so(jobs: Jobs, results: Results) -> None:
    """Its messages in that chat are forgotten, those elsewhere still find it; history has it no more."""
    job = await _paint(jobs, "fox", pictures=2)
    picture = PictureId(job.id, 0)
    await results.shown_again(picture, GROUP, Shown(30, None, None))
    await results.delete(picture, ADA)
    assert await results.by_message(ADA, 20) is None
    elsewhere = await results.by_message(GROUP, 30)
    assert elsewhere is not None
    assert elsewhere.is_deleted
    assert [result.position for result in await results.history(ADA, None, NEWEST, 9)] == [1]


async def test_the_latest_results_of_a_person_in_a_chat(jobs: Jobs, results: Results, clock: HandClock) -> None:
    """Those of the newest job that has any left, young enough, in that chat; other people's don't count."""
    old = await _paint(jobs, "old", pictures=1)
    clock.now += 1000
    new = await _paint(jobs, "new", first=30, pictures=2)
    await _order(jobs, "on its way")

    async def latest(person: int, chat_id: int, younger_ms: int = 5000) -> list[PictureId]:
        return [result.id for result in await results.latest(person, chat_id, younger_ms)]

    assert await latest(ADA, ADA) == [PictureId(new.id, 0), PictureId(new.id, 1)]
    assert await latest(BEN, ADA) == await latest(ADA, GROUP) == []
    await results.delete(PictureId(new.id, 0), ADA)
    assert await latest(ADA, ADA) == [PictureId(new.id, 1)]
    await results.delete(PictureId(new.id, 1), ADA)
    assert await latest(ADA, ADA) == [PictureId(old.id, 0)]
    clock.now += 4000
    assert await latest(ADA, ADA) == []


async def test_history_is_newest_first_in_pages(jobs: Jobs, results: Results, clock: HandClock) -> None:
    """Of one chat or of all, and of the person alone."""
    made = []
    for number, chat_id in enumerate((ADA, GROUP, ADA)):
        clock.now += 1
        made.append(await _paint(jobs, f"order {number}", chat_id, first=100 + number))
    await _order(jobs, "on its way")

    async def page(person: int, chat_id: int | None, place: HistoryPlace = NEWEST, limit: int = 9) -> list[str]:
        return [result.job.id for result in await results.history(person, chat_id, place, limit)]

    newest, grouped, oldest = reversed(made)
    assert await page(ADA, None, limit=2) == [newest.id, grouped.id]
    second = HistoryPlace(grouped.created_at, PictureId(grouped.id, 0))
    assert await page(ADA, None, second) == [oldest.id]
    assert await page(ADA, None, replace(second, is_newer=True)) == [newest.id]
    assert await page(ADA, None, HistoryPlace(oldest.created_at, PictureId(oldest.id, 0), is_newer=True), 1) == [
        grouped.id
    ]
    assert await page(ADA, GROUP) == [grouped.id]
    assert await page(BEN, None) == []
    for offset, rest in enumerate(([newest, grouped], [grouped, oldest], [oldest], [])):
        found = await results.history_from(ADA, None, offset, 2)
        assert [result.job.id for result in found] == [job.id for job in rest]


async def test_pages_meet_without_a_gap_or_an_overlap(jobs: Jobs, results: Results, clock: HandClock) -> None:
    """Also among albums and orders of the same millisecond, forward and back, at every size of a page."""
    for number, pictures in enumerate((2, 1, 2, 1, 2)):
        clock.now += number % 2
        await _paint(jobs, f"order {number}", pictures=pictures, first=100 + 10 * number)
    every = [result.id for result in await results.history(ADA, None, NEWEST, 99)]
    assert len(set(every)) == 8
    for limit in (1, 2, 3, 7):
        onward, place = [], NEWEST
        while page := await results.history(ADA, None, place, limit):
            onward += page
            assert len(onward) <= len(every)
            place = HistoryPlace(page[-1].job.created_at, page[-1].id)
        assert [result.id for result in onward] == every
        back, place = onward[-1:], HistoryPlace(onward[-1].job.created_at, onward[-1].id, is_newer=True)
        while page := await results.history(ADA, None, place, limit):
            back = page + back
            assert len(back) <= len(every)
            place = HistoryPlace(page[0].job.created_at, page[0].id, is_newer=True)
        assert [result.id for result in back] == every


async def test_favorites_are_part_of_the_history(jobs: Jobs, results: Results, clock: HandClock) -> None:
    """They have the same order and pages; marking twice changes nothing, and a deleted result is none."""
    made = []
    for number, chat_id in enumerate((ADA, GROUP, ADA)):
        clock.now += 1
        made.append(PictureId((await _paint(jobs, f"order {number}", chat_id, first=100 + number)).id, 0))

    async def favorites(chat_id: int | None = None, place: HistoryPlace = NEWEST, limit: int = 9) -> list[PictureId]:
        return [result.id for result in await results.history(ADA, chat_id, place, limit, favorites=True)]

    assert not await results.has_favorites(ADA)
    assert [await results.mark_favorite(picture, is_favorite=True) for picture in made] == [True] * 3
    assert not await results.mark_favorite(made[0], is_favorite=True)
    assert not await results.mark_favorite(PictureId("0" * 12, 0), is_favorite=True)
    assert await results.has_favorites(ADA)
    assert not await results.has_favorites(BEN)
    assert await favorites() == made[::-1]
    assert await favorites(GROUP) == [made[1]]
    middle = await results.get(made[1])
    assert middle
    place = HistoryPlace(middle.job.created_at, made[1])
    assert await favorites(None, place) == [made[0]]
    assert await favorites(None, replace(place, is_newer=True)) == [made[2]]
    assert await results.mark_favorite(made[1], is_favorite=False)
    assert not await results.mark_favorite(made[1], is_favorite=False)
    await results.delete(made[2], ADA)
    assert not await results.mark_favorite(made[2], is_favorite=True)
    assert [await results.is_favorite(picture) for picture in made] == [True, False, False]
    assert await favorites() == [made[0]]


async def test_a_job_is_found_by_its_messages(jobs: Jobs, results: Results, clock: HandClock) -> None:
    """By its placeholder, by the message that asked, or as a person's latest, as long as it can be canceled."""
    first = await _order(jobs, "first", message_id=7)
    clock.now += 1
    second = await _order(jobs, "second", message_id=8)
    await jobs.placed(first.id, 50)

    async def found(message_id: int | None, person: int = ADA) -> str | None:
        job = await results.under_way(ADA, message_id, person)
        return job.id if job else None

    words = await results.job_of_words(ADA, 50)
    assert words is not None
    assert words.id == first.id
    assert [await found(50), await found(7), await found(8), await found(None)] == [
        first.id,
        first.id,
        second.id,
        second.id,
    ]
    assert await found(None, BEN) is None
    assert await results.stopped_by("/cancel") is None
    assert await jobs.cancel_queued(second.id, "/cancel")
    stopped = await results.stopped_by("/cancel")
    assert stopped is not None
    assert stopped.id == second.id
    assert [await found(8), await found(None)] == [None, first.id]


# --- AwaitedMessages


@pytest.fixture
def awaited(database: Database, clock: HandClock) -> AwaitedMessages:
    """The messages that wait for a yes or no."""
    return SqlAwaitedMessages(database, clock)


async def test_one_message_waits_in_a_chat(awaited: AwaitedMessages, clock: HandClock) -> None:
    """A newer message replaces a chat's earlier one, and old ones don't count."""
    await awaited.put(ADA, 1)
    clock.now += 1000
    await awaited.put(ADA, 2)
    await awaited.put(BEN, 3)
    await awaited.drop(GROUP)
    assert await awaited.all(1000) == {ADA: (2, clock.now), BEN: (3, clock.now)}
    await awaited.drop(BEN)
    assert await awaited.all(1000) == {ADA: (2, clock.now)}
    clock.now += 1000
    assert await awaited.all(1000) == {}
