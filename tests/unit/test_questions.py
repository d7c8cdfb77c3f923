"""Questions: which one text alone answers, and which one a reply finds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models.job import Destination
from core.models.questions import Question
from storage.chats import SqlChats
from storage.questions import SqlQuestions
from tests.unit.stores import HandClock, database_in

pytestmark = pytest.mark.usefixtures("each_database")

CHAT, ADA = -10, 1001


@pytest.fixture
async def questions(tmp_path: Path, clock: HandClock) -> AsyncIterator[SqlQuestions]:
    """Open an empty question store in a known chat."""
    async with database_in(tmp_path) as database:
        await SqlChats(database, clock).seen(CHAT, "group")
        yield SqlQuestions(database, clock)


async def _ask(questions: SqlQuestions, message_id: int) -> Question:
    question = Question(Destination(CHAT), ADA, (), idempotency_key=f"message:{message_id}")
    await questions.ask(question)
    await questions.posed(question, message_id)
    return question


async def _open(questions: SqlQuestions) -> int | None:
    question = await questions.open(CHAT, ADA, 1000)
    return question.message_id if question else None


async def test_words_alone_are_about_the_newest(questions: SqlQuestions) -> None:
    """Text alone answers the newest question only, even after that one is dropped; a reply finds older ones."""
    await _ask(questions, 1)
    newest = await _ask(questions, 2)
    assert await _open(questions) == 2
    assert await questions.of_message(CHAT, 1)
    await questions.drop(newest)
    assert await _open(questions) is None
    assert await questions.of_message(CHAT, 2) is None


async def test_what_was_asked_meanwhile_is_not_passed_over(questions: SqlQuestions, clock: HandClock) -> None:
    """A job that took long passes over the questions from before it began, but no later ones."""
    await _ask(questions, 1)
    began = clock.now
    clock.now += 5
    await _ask(questions, 2)
    await questions.pass_over(CHAT, ADA, began)
    assert await _open(questions) == 2
    await questions.pass_over(CHAT, ADA, clock.now)
    assert await _open(questions) is None
    assert await questions.of_message(CHAT, 2)


async def test_asked_again_after_a_crash_it_is_one(questions: SqlQuestions) -> None:
    """A question that is asked again after a crash stays one question, with the newest message."""
    await _ask(questions, 1)
    again = Question(Destination(CHAT), ADA, (), idempotency_key="message:1")
    await questions.ask(again)
    await questions.posed(again, 7)
    assert await _open(questions) == 7
    assert await questions.of_message(CHAT, 1) is None
