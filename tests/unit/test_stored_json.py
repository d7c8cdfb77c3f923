"""The exact JSON in the columns of the database: stored keys outlive every name in the code."""

from pathlib import Path

import pytest

from core.models.drafts import NewDraft
from core.models.group import GroupRules, Who
from core.models.image_request import Fallback, Picture, Request, Size, Source
from core.models.job import Destination, NewJob
from core.models.preferences import Preferences
from core.models.questions import Question
from storage.chats import SqlChats
from storage.drafts import SqlDrafts
from storage.groups import SqlGroups
from storage.jobs import SqlJobs
from storage.preferences import SqlPreferences
from storage.questions import SqlQuestions
from tests.unit.stores import HandClock, database_in, rows_in

pytestmark = pytest.mark.usefixtures("each_database")

GROUP = -10
PICTURE = Picture("ab" * 32, "PNG", 30, 20, 1000)
PICTURE_JSON = f'{{"sha256": "{PICTURE.sha256}", "format": "PNG", "width": 30, "height": 20, "size": 1000}}'
SENT, HELD = Source("file", "unique", 7), Source("", "held", None, PICTURE)
SENT_JSON = '{"file_id": "file", "unique_id": "unique", "size": 7, "held": null}'
HELD_JSON = f'{{"file_id": "", "unique_id": "held", "size": null, "held": {PICTURE_JSON}}}'


def _column(directory: Path, table: str, column: str) -> str:
    ((value,),) = rows_in(directory, f"SELECT {column} FROM {table}")  # noqa: S608 - names of this file
    return str(value)


async def test_preferences(tmp_path: Path) -> None:
    """Only the keys that have a value are stored; none is fine, too."""
    full = Preferences(Size.LANDSCAPE, 4, False, Fallback.FLUX, True)
    async with database_in(tmp_path) as database:
        store = SqlPreferences(database)
        for preferences, expected in (
            (full, '{"size": "3:2", "variants": 4, "enhance": false, "fallback": "FLUX_MAX", "as_file": true}'),
            (Preferences(fallback="off"), '{"fallback": "off"}'),
            (Preferences(model="gpt-fine"), '{"model": "gpt-fine"}'),
            (Preferences(Size("16:9")), '{"size": "3:2", "ratio": "16:9"}'),
            (Preferences(), "{}"),
        ):
            await store.put(1, preferences)
            assert _column(tmp_path, "preferences", "wishes") == expected
            assert await store.get(1) == preferences


async def test_rules(tmp_path: Path) -> None:
    """Every key is stored, the listed people in order."""
    rules = GroupRules(False, Who.LISTED, True, True, 50, frozenset({7, 3, 5}))
    async with database_in(tmp_path) as database:
        store = SqlGroups(database, HandClock())
        for stored, expected in (
            (
                rules,
                (
                    '{"is_on": false, "who": "listed", "quiet": true, "reply_edits": true, "daily": 50, '
                    '"listed": [3, 5, 7]}'
                ),
            ),
            (
                GroupRules(),
                '{"is_on": true, "who": "everyone", "quiet": false, "reply_edits": false, "daily": null, "listed": []}',
            ),
        ):
            await store.put(GROUP, stored)
            assert _column(tmp_path, "groups", "rules") == expected
            assert await store.rules(GROUP) == stored


async def test_rules_of_an_earlier_release(tmp_path: Path) -> None:
    """A key that was not stored has its default."""
    async with database_in(tmp_path) as database:
        store = SqlGroups(database, HandClock())
        await store.put(GROUP, GroupRules())
        rows_in(tmp_path, """UPDATE groups SET rules = '{"is_on": false, "quiet": true}'""")
        assert await store.rules(GROUP) == GroupRules(is_on=False, quiet=True)


async def test_requests(tmp_path: Path) -> None:
    """Keys at their default are left out, and words stay readable."""
    full = Request("ein Füchs", Size.PORTRAIT, "9:16", 2, True, Fallback.GPT, True, True, (HELD,), SENT)
    expected = (
        '{"prompt": "ein Füchs", "size": "2:3", "wished": "9:16", "variants": 2, "enhance": true, '
        f'"fallback": "GPT_IMAGE_1", "china": true, "as_file": true, "pictures": [{HELD_JSON}], "mask": {SENT_JSON}}}'
    )
    async with database_in(tmp_path) as database:
        await SqlChats(database, HandClock()).seen(1, "private")
        store = SqlJobs(database, HandClock())
        for request, column in ((full, expected), (Request("a fox"), '{"prompt": "a fox", "variants": 1}')):
            job, _ = await store.add(NewJob(f"message:{request.prompt}", Destination(1), 1, request))
            assert _column(tmp_path, f"jobs WHERE id = '{job.id}'", "request") == column
            found = await store.get(job.id)
            assert found is not None
            assert found.request == request


async def test_questions(tmp_path: Path) -> None:
    """The pictures a question is about are a list."""
    question = Question(Destination(1), 1, (SENT, HELD), idempotency_key="message:1:2")
    async with database_in(tmp_path) as database:
        store = SqlQuestions(database, HandClock())
        await store.ask(question)
        assert _column(tmp_path, "questions", "pictures") == f"[{SENT_JSON}, {HELD_JSON}]"
        found = await store.open(1, 1, 1000)
        assert found is not None
        assert found.pictures == question.pictures


async def test_drafts(tmp_path: Path) -> None:
    """Base and mask are pictures of the bot's own."""
    async with database_in(tmp_path) as database:
        store = SqlDrafts(database, HandClock())
        draft = await store.add(NewDraft(Destination(1), 1, PICTURE, "a hat"))
        await store.mask(draft.id, PICTURE, "a hat")
        assert _column(tmp_path, "drafts", "base") == _column(tmp_path, "drafts", "mask") == PICTURE_JSON
        found = await store.get(draft.id, 1000)
        assert found is not None
        assert found.new.base == found.mask == PICTURE
