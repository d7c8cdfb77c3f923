"""The Drafts port on SQL."""

import secrets

from typing_extensions import override

from core.models.drafts import Draft, NewDraft
from core.models.image_request import Picture
from core.ports.clock import Clock
from core.ports.repositories import Drafts
from storage.database import Database, Row
from storage.serialization import dump_parent, dump_picture, load_address, load_dumped_picture, load_parent


class SqlDrafts(Drafts):
    """The drafts in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def add(self, new: NewDraft) -> Draft:
        draft_id = secrets.token_hex(6)
        await self._db.fetch(
            "add_draft",
            id=draft_id,
            chat_id=new.address.chat_id,
            thread_id=new.address.thread_id,
            reply_to=new.address.reply_to,
            language=new.address.language,
            requester_id=new.requester_id,
            base=dump_picture(new.base),
            words=new.words,
            now=self._clock.now_ms(),
            **dump_parent(new.parent),
        )
        return Draft(draft_id, new)

    @override
    async def get(self, draft_id: str, younger_ms: int) -> Draft | None:
        made_after = self._clock.now_ms() - younger_ms
        row = await self._db.fetch_one("draft_by_id", id=draft_id, made_after=made_after)
        return _draft(row) if row else None

    @override
    async def make_room(self, requester_id: int, count: int, size: int) -> int:
        # A picture that several drafts share counts once.
        sizes: dict[str, int] = {}
        dropped = 0
        async with self._db.transaction() as tx:
            for number, row in enumerate(await tx.fetch("drafts_of_person", requester_id=requester_id)):
                draft = _draft(row)
                pictures = [draft.new.base, *([draft.mask] if draft.mask else [])]
                wanted = sizes | {picture.sha256: picture.size for picture in pictures}
                if number and (number >= count or sum(wanted.values()) > size):
                    await tx.fetch("drop_draft", id=draft.id)
                    dropped += 1
                else:
                    sizes = wanted
        return dropped

    @override
    async def by_message(self, chat_id: int, message_id: int) -> Draft | None:
        row = await self._db.fetch_one("draft_by_message", chat_id=chat_id, message_id=message_id)
        return _draft(row) if row else None

    @override
    async def mask(self, draft_id: str, mask: Picture, words: str) -> None:
        await self._db.fetch("mask_draft", id=draft_id, mask=dump_picture(mask), words=words)

    @override
    async def previewed(self, draft_id: str, message_id: int) -> None:
        await self._db.fetch("preview_draft", id=draft_id, message_id=message_id)

    @override
    async def drop(self, draft_id: str) -> None:
        await self._db.fetch("drop_draft", id=draft_id)


def _draft(row: Row) -> Draft:
    base = load_dumped_picture(row["base"])
    return Draft(
        row["id"],
        NewDraft(load_address(row), row["asked_by"], base, row["words"], load_parent(row)),
        load_dumped_picture(row["mask"]) if row["mask"] else None,
        row["message_id"],
    )
