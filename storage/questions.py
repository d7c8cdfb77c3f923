"""The Questions port on a database."""

from bot.domain.exchange import Asking, Question
from bot.domain.ports import Clock
from storage.database import Database
from storage.records import dump_parent, dump_sources, load_address, load_parent, load_sources


class StoredQuestions:
    """See bot.domain.memory.Questions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def ask(self, question: Question) -> None:
        """The newest question counts."""
        address = question.address
        await self._db.fetch(
            "ask_question",
            chat_id=address.chat_id,
            asked_by=question.asked_by,
            thread_id=address.thread_id,
            reply_to=address.reply_to,
            language=address.language,
            pictures=dump_sources(question.pictures),
            now=self._clock.now_ms(),
            asking=question.asking.value,
            origin=question.origin,
            **dump_parent(question.parent),
        )

    async def posed(self, chat_id: int, asked_by: int, message_id: int) -> None:
        """Note the message."""
        await self._db.fetch("pose_question", chat_id=chat_id, asked_by=asked_by, message_id=message_id)

    async def open(self, chat_id: int, asked_by: int, younger_ms: int) -> Question | None:
        """Look for one that still waits."""
        after = self._clock.now_ms() - younger_ms
        row = await self._db.fetch_one("open_question", chat_id=chat_id, asked_by=asked_by, asked_after=after)
        if not row:
            return None
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

    async def close(self, chat_id: int, asked_by: int) -> None:
        """Answered, or no longer of interest."""
        await self._db.fetch("close_question", chat_id=chat_id, asked_by=asked_by)
