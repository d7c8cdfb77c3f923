"""Changes of a part of a picture: three ways to say which part, one preview, and nothing paid before a yes."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import structlog

from core.errors import (
    FAILURE_TEXTS,
    BadPicture,
    FileGone,
    MessengerError,
    NoPrompt,
    PictureGone,
    Refused,
)
from core.models.drafts import Draft, NewDraft
from core.models.image_request import Picture, Request, Source
from core.models.job import Destination, PictureId
from core.models.media import MaskWay, Showable
from core.models.prompt_options import parse
from core.ports.files import BlobStore, ImageProcessor
from core.ports.repositories import Drafts
from core.ports.telegram import Messenger
from core.runtime.noting import noted
from core.services.keyboards import Keyboards, preview
from core.services.submission import MAX_FILE
from core.text import Joined, Quote, Verbatim, clip, text

log = structlog.get_logger()

DRAFT_LIVES_MS = 24 * 3_600_000
DRAFTS, DRAFT_BYTES = 20, 104_857_600
"""Of one person at a time; the oldest make room."""
HOURLY_WORKS, HOURLY_BYTES = 60, 209_715_200
"""For one person; what is dropped stays on the disk until housekeeping comes."""
_HOUR_S = 3600.0
_PEOPLE = 10_000
ENOUGH_FOR_NOW = text(
    "✋ You have prepared many changes within an hour. Please order one of them, or go on a little later. "
    "Nothing was charged."
)
_CAPTION_UNITS = 700

NO_WORDS = text("Please say also what should happen there, in the caption: for example <i>a red door</i>.")
_SHOWN = text("🖌 Only the tinted area will change. Shall I?")


class Meter:
    """How much of what costs nothing was done for each person within the last hour."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._done: dict[int, deque[tuple[float, int]]] = {}

    def check(self, person: int) -> None:
        """Let somebody have more. Raises Refused."""
        done = self._recent(person)
        if len(done) >= HOURLY_WORKS or sum(size for _, size in done) >= HOURLY_BYTES:
            raise Refused(ENOUGH_FOR_NOW)

    def note(self, person: int, size: int) -> None:
        """Something was done, and takes so many bytes."""
        if len(self._done) > _PEOPLE:
            self._done = {known: done for known in list(self._done) if (done := self._recent(known))}
        self._done.setdefault(person, deque()).append((self._now(), size))

    def _recent(self, person: int) -> deque[tuple[float, int]]:
        done = self._done.get(person, deque())
        while done and done[0][0] + _HOUR_S <= self._now():
            done.popleft()
        return done


class Masking:
    """Puts drafts together, and says what to order of them."""

    def __init__(
        self,
        *,
        drafts: Drafts,
        messenger: Messenger,
        image_processor: ImageProcessor,
        blob_store: BlobStore,
        keyboards: Keyboards,
    ) -> None:
        self._drafts = drafts
        self._messenger = messenger
        self._image_processor = image_processor
        self._blob_store = blob_store
        self._keyboards = keyboards
        self._meter = Meter()

    async def begin(
        self, to: Destination, requester_id: int, source: Source, words: str, parent: PictureId | None = None
    ) -> Draft:
        """Start a draft about a picture, whose area is not known yet. Raises Refused."""
        self._meter.check(requester_id)
        with _Bench(self._blob_store) as bench:
            base = await self._base(source, bench, requester_id)
        return await self._add(NewDraft(to, requester_id, base, words, parent))

    async def _add(self, new: NewDraft) -> Draft:
        draft = await self._drafts.add(new)
        if dropped := await self._drafts.make_room(new.requester_id, DRAFTS, DRAFT_BYTES):
            log.info("old drafts made room", person=new.requester_id, dropped=dropped)
        return draft

    async def _base(self, source: Source, bench: "_Bench", requester_id: int) -> Picture:
        """Make a picture a PNG of ours: what the mask belongs to, and what is uploaded. Raises Refused."""
        if source.stored and source.stored.format == "png" and self._blob_store.has(source.stored):
            return source.stored
        into = bench.path()
        with _told():
            await self._image_processor.base(await self._fetched(source, bench), into)
        return await self._keep(into, requester_id)

    async def drawn(self, draft: Draft, way: MaskWay, other: Source, words: str) -> None:
        """Take the area from a picture people sent, and show it. Raises Refused."""
        with _Bench(self._blob_store) as bench:
            await self._masked(draft, way, await self._fetched(other, bench), words)

    async def painted(self, draft: Draft, path: Path, words: str) -> None:
        """Take the area from the painter, and show it. Raises Refused."""
        await self._masked(draft, MaskWay.PAINTED, path, words)

    async def transparent(self, to: Destination, requester_id: int, source: Source, words: str) -> None:
        """Take picture and area from one file with transparent parts, and show it. Raises Refused."""
        if not parse(words).prompt:
            raise NoPrompt(NO_WORDS)
        self._meter.check(requester_id)
        with _Bench(self._blob_store) as bench:
            base_into, mask_into = bench.path(), bench.path()
            with _told():
                await self._image_processor.opaque(await self._fetched(source, bench), base_into, mask_into)
            base, mask = await self._keep(base_into, requester_id), await self._keep(mask_into, requester_id)
        draft = await self._add(NewDraft(to, requester_id, base, words))
        await self._show(draft, mask, words)

    async def reworded(self, draft: Draft, mask: Picture, words: str) -> None:
        """Keep the area, change what shall happen there, and show it. Raises Refused."""
        parse(words).checked()
        if not self._blob_store.has(draft.new.base) or not self._blob_store.has(mask):
            raise PictureGone
        self._meter.check(draft.new.requester_id)
        self._meter.note(draft.new.requester_id, 0)
        await self._show(draft, mask, words)

    async def previewed(self, chat_id: int, message_id: int) -> Draft | None:
        """Look for the one that a message is the preview of."""
        return await self._drafts.by_message(chat_id, message_id)

    async def find(self, draft_id: str) -> Draft | None:
        """Look for one that is less than a day old."""
        return await self._drafts.get(draft_id, DRAFT_LIVES_MS)

    def request(self, draft: Draft, defaults: Request) -> tuple[str, Request]:
        """What to order, and the origin that makes it one order however often it is asked for. Raises Refused."""
        if not draft.mask or not self._blob_store.has(draft.mask) or not self._blob_store.has(draft.new.base):
            raise PictureGone
        new = draft.new
        defaults = replace(defaults, size=None)  # a part of a picture has no shape of its own
        request = replace(parse(new.words, defaults), pictures=(new.base.source,), mask=draft.mask.source)
        return f"draft:{draft.id}:{draft.fingerprint}", request

    async def drop(self, draft: Draft) -> None:
        """Nobody wants it any more."""
        await self._drafts.drop(draft.id)

    async def _masked(self, draft: Draft, way: MaskWay, other: Path, words: str) -> None:
        request = parse(words)
        if not request.prompt:
            raise NoPrompt(NO_WORDS)
        request.checked()
        self._meter.check(draft.new.requester_id)
        with _Bench(self._blob_store) as bench:
            into = bench.path()
            with _told():
                await self._image_processor.mask(way, self._blob_store.path(draft.new.base), other, into)
            mask = await self._keep(into, draft.new.requester_id)
        await self._show(draft, mask, words)

    async def _show(self, draft: Draft, mask: Picture, said: str) -> None:
        """Show the area before anything is paid; an earlier preview of the same draft loses its buttons."""
        await self._drafts.mask(draft.id, mask, said)
        with _Bench(self._blob_store) as bench:
            path = bench.path()
            await self._image_processor.tinted(self._blob_store.path(draft.new.base), self._blob_store.path(mask), path)
            picture = await self._image_processor.inspect(path)
            words = Joined((_SHOWN, Quote(Verbatim(clip(parse(said).prompt, _CAPTION_UNITS)))))
            shown_as = replace(draft, mask=mask, new=replace(draft.new, words=said))
            keyboard = preview(shown_as, self._keyboards.redo(draft))
            shown = await self._messenger.send_photo(
                draft.new.address, Showable(picture, path), words, keyboard=keyboard
            )
        if draft.message_id:
            await self._without_buttons(draft, draft.message_id)
        await noted(self._drafts.previewed, draft.id, shown.message_id, about=draft.id)

    async def _without_buttons(self, draft: Draft, message_id: int) -> None:
        try:
            await self._messenger.edit_keyboard(draft.new.address, message_id, ())
        except MessengerError as error:
            log.info("an old preview keeps its buttons", draft=draft.id, error=str(error))

    async def _fetched(self, source: Source, bench: "_Bench") -> Path:
        if source.stored and self._blob_store.has(source.stored):
            return self._blob_store.path(source.stored)
        if not source.file_id:
            raise PictureGone
        path = bench.path()
        try:
            await self._messenger.fetch(source.file_id, path, MAX_FILE)
        except FileGone as error:
            log.info("a picture can't be fetched", error=str(error))
            raise Refused(FAILURE_TEXTS[error.failure]) from error
        return path

    async def _keep(self, path: Path, requester_id: int) -> Picture:
        picture = await self._image_processor.inspect(path)
        self._meter.note(requester_id, picture.size)
        await self._blob_store.keep(path, picture)
        return picture


class _Bench:
    """Scratch files that are gone when the work is done."""

    def __init__(self, blob_store: BlobStore) -> None:
        self._blob_store = blob_store
        self._paths: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for path in self._paths:
            path.unlink(missing_ok=True)

    def path(self) -> Path:
        """Name a new file."""
        self._paths.append(self._blob_store.scratch())
        return self._paths[-1]


@contextmanager
def _told() -> Iterator[None]:
    """Nothing was stored yet, so a file that is no picture is a refusal like any other."""
    try:
        yield
    except BadPicture as error:
        raise Refused(FAILURE_TEXTS[error.failure]) from error
