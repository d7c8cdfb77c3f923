"""The Questions port on a database."""

from core.models.questions import Asking, Question
from core.ports.clock import Clock
from storage.database import Database, Row, Value
from storage.serialization import dump_parent, dump_sources, load_address, load_parent, load_sources


class SqliteQuestions:
    """See core.ports.repositories.Questions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def ask(self, question: Question) -> None:
        """What words alone are about is the newest."""
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
                **dump_parent(question.parent),
            )

    async def posed(self, question: Question, message_id: int) -> None:
        """Note the message."""
        await self._db.fetch("pose_question", **_key(question), message_id=message_id)

    async def open(self, chat_id: int, requester_id: int, younger_ms: int) -> Question | None:
        """Look for one that still waits."""
        after = self._clock.now_ms() - younger_ms
        row = await self._db.fetch_one("open_question", chat_id=chat_id, requester_id=requester_id, asked_after=after)
        return _load(row) if row else None

    async def of_message(self, chat_id: int, message_id: int) -> Question | None:
        """Look for the one it asks."""
        row = await self._db.fetch_one("question_of_message", chat_id=chat_id, message_id=message_id)
        return _load(row) if row else None

    async def pass_over(self, chat_id: int, requester_id: int, until_ms: int) -> None:
        """What is said next is about something else."""
        await self._db.fetch("pass_over_questions", chat_id=chat_id, requester_id=requester_id, until=until_ms)

    async def drop(self, question: Question) -> None:
        """Answered, or no longer of interest."""
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
    )
