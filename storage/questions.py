"""The Questions port on SQL."""

from typing_extensions import override

from core.models.questions import Asking, Question
from core.ports.clock import Clock
from core.ports.repositories import Questions
from storage.database import Database, Row, Value
from storage.serialization import dump_parent, dump_sources, load_address, load_parent, load_sources


class SqlQuestions(Questions):
    """The questions in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def ask(self, question: Question) -> None:
        address, now = question.address, self._clock.now_ms()
        async with self._db.transaction() as tx:
            await tx.fetch(
                "pass_over_questions", chat_id=address.chat_id, requester_id=question.requester_id, until=now
            )
            await tx.fetch(
                "ask_question",
                **_key(question),
                thread_id=address.thread_id,
                reply_to=address.reply_to,
                language=address.language,
                pictures=dump_sources(question.pictures),
                now=now,
                asking=question.asking.value,
                words=question.words,
                **dump_parent(question.parent),
            )

    @override
    async def posed(self, question: Question, message_id: int) -> None:
        await self._db.fetch("pose_question", **_key(question), message_id=message_id)

    @override
    async def open(self, chat_id: int, requester_id: int, younger_ms: int) -> Question | None:
        after = self._clock.now_ms() - younger_ms
        row = await self._db.fetch_one("open_question", chat_id=chat_id, requester_id=requester_id, asked_after=after)
        return _load(row) if row else None

    @override
    async def of_message(self, chat_id: int, message_id: int) -> Question | None:
        row = await self._db.fetch_one("question_of_message", chat_id=chat_id, message_id=message_id)
        return _load(row) if row else None

    @override
    async def pass_over(self, chat_id: int, requester_id: int, until_ms: int) -> None:
        await self._db.fetch("pass_over_questions", chat_id=chat_id, requester_id=requester_id, until=until_ms)

    @override
    async def drop(self, question: Question) -> None:
        await self._db.fetch("drop_question", **_key(question))


def _key(question: Question) -> dict[str, Value]:
    return {
        "chat_id": question.address.chat_id,
        "requester_id": question.requester_id,
        "idempotency_key": question.idempotency_key,
    }


def _load(row: Row) -> Question:
    return Question(
        load_address(row),
        row["asked_by"],
        load_sources(row["pictures"]),
        row["message_id"],
        Asking(row["asking"]),
        load_parent(row),
        row["origin"],
        row["asked_at"],
        row["words"],
    )
