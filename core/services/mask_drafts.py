"""Drafts of changes to a part of a picture: ways to make a mask, one preview, and no cost before the confirmation."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
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
from core.models.media import Incoming, MaskWay, Showable
from core.models.prompt_options import parse
from core.ports.files import BlobStore, ImageProcessor
from core.ports.repositories import Drafts
from core.ports.telegram import Messenger
from core.runtime.noting import noted
from core.services.keyboards import Keyboards, preview
from core.services.uploading import MAX_FILE
from core.text import Joined, Quote, Verbatim, clip, text

log = structlog.get_logger()

DRAFT_LIVES_MS = 24 * 3_600_000
DRAFTS, DRAFT_BYTES = 20, 104_857_600
"""Limits for one requester's drafts: their number, and the bytes of their pictures. The oldest make room."""
HOURLY_WORKS, HOURLY_BYTES = 60, 209_715_200
"""Limits for one requester within an hour. Files of dropped drafts stay on the disk until housekeeping."""
_HOUR_S = 3600.0
_PEOPLE = 10_000
ENOUGH_FOR_NOW = text(
    "✋ You have prepared many changes within an hour. Please say yes to one of them, or go on a little later. "
    "Nothing was charged."
)
_CAPTION_UNITS = 700

NO_WORDS = text("Please say also what should happen there, in the caption: for example <i>a red door</i>.")
_SHOWN = text("🖌 Only the tinted area will change. Tap ✅ and I paint it.")


class Meter:
    """A meter of the free work for each user within the last hour."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._done: dict[int, deque[tuple[float, int]]] = {}

    def check(self, person: int) -> None:
        """Check that a user may have more work done. Raises Refused."""
        done = self._recent(person)
        if len(done) >= HOURLY_WORKS or sum(size for _, size in done) >= HOURLY_BYTES:
            raise Refused(ENOUGH_FOR_NOW)

    def note(self, person: int, size: int) -> None:
        """Record that work was done whose result takes `size` bytes."""
        if len(self._done) > _PEOPLE:
            self._done = {known: done for known in list(self._done) if (done := self._recent(known))}
        self._done.setdefault(person, deque()).append((self._now(), size))

    def _recent(self, person: int) -> deque[tuple[float, int]]:
        done = self._done.get(person, deque())
        while done and done[0][0] + _HOUR_S <= self._now():
            done.popleft()
        return done


class MaskDrafts:
    """The service that puts drafts together and turns them into requests."""

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
        """Store a draft about a picture, without a mask yet. Raises Refused."""
        self._meter.check(requester_id)
        async with _Bench(self._blob_store) as bench:
            base = await self._base(source, bench, requester_id)
        return await self._add(NewDraft(to, requester_id, base, words, parent))

    async def _add(self, new: NewDraft) -> Draft:
        draft = await self._drafts.add(new)
        if dropped := await self._drafts.make_room(new.requester_id, DRAFTS, DRAFT_BYTES):
            log.info("drafts_evicted", requester=new.requester_id, dropped=dropped)
        return draft

    async def _base(self, source: Source, bench: "_Bench", requester_id: int) -> Picture:
        """Return the picture as a stored PNG, the base of the mask and the file to upload. Raises Refused."""
        if source.stored and source.stored.format == "png" and await self._blob_store.has(source.stored):
            return source.stored
        into = bench.path()
        with _told():
            await self._image_processor.base(await self._fetched(source, bench), into)
        return await self._keep(into, requester_id)

    async def drawn(self, draft: Draft, way: MaskWay, other: Source, words: str) -> None:
        """Make the mask from a user's picture and show the preview. Raises Refused."""
        async with _Bench(self._blob_store) as bench:
            await self._masked(draft, way, await self._fetched(other, bench), words)

    async def painted(self, draft: Draft, path: Path, words: str) -> None:
        """Take the mask from the painter and show the preview. Raises Refused."""
        await self._masked(draft, MaskWay.PAINTED, path, words)

    async def transparent(self, to: Destination, requester_id: int, source: Source, words: str) -> None:
        """Make base and mask from one picture with transparent areas and show the preview. Raises Refused."""
        if not parse(words).prompt:
            raise NoPrompt(NO_WORDS)
        self._meter.check(requester_id)
        async with _Bench(self._blob_store) as bench:
            base_into, mask_into = bench.path(), bench.path()
            with _told():
                await self._image_processor.opaque(await self._fetched(source, bench), base_into, mask_into)
            base, mask = await self._keep(base_into, requester_id), await self._keep(mask_into, requester_id)
        draft = await self._add(NewDraft(to, requester_id, base, words))
        await self._show(draft, mask, words)

    async def reworded(self, draft: Draft, mask: Picture, words: str) -> None:
        """Keep the mask, change the words, and show the preview. Raises Refused."""
        parse(words).checked()
        if not await self._blob_store.has(draft.new.base) or not await self._blob_store.has(mask):
            raise PictureGone
        self._meter.check(draft.new.requester_id)
        self._meter.note(draft.new.requester_id, 0)
        await self._show(draft, mask, words)

    async def previewed(self, chat_id: int, message_id: int) -> Draft | None:
        """Return the draft whose preview is in this message, or None."""
        return await self._drafts.by_message(chat_id, message_id)

    async def find(self, draft_id: str) -> Draft | None:
        """Return a draft that is less than a day old, or None."""
        return await self._drafts.get(draft_id, DRAFT_LIVES_MS)

    async def request(self, draft: Draft, defaults: Request) -> tuple[str, Request]:
        """Return the idempotency key and the request for a draft. Raises Refused.

        The key makes one job of a draft, no matter how often it is ordered.
        """
        new, mask = draft.new, draft.mask
        if not mask or not await self._blob_store.has(mask) or not await self._blob_store.has(new.base):
            raise PictureGone
        defaults = replace(defaults, size=None)  # the base determines the shape
        request = replace(parse(new.words, defaults), pictures=(new.base.source,), mask=mask.source)
        return f"draft:{draft.id}:{draft.fingerprint}", request

    async def drop(self, draft: Draft) -> None:
        """Delete a draft that isn't wanted any longer."""
        await self._drafts.drop(draft.id)

    async def _masked(self, draft: Draft, way: MaskWay, other: Path, words: str) -> None:
        request = parse(words)
        if not request.prompt:
            raise NoPrompt(NO_WORDS)
        request.checked()
        self._meter.check(draft.new.requester_id)
        async with _Bench(self._blob_store) as bench:
            into = bench.path()
            async with self._blob_store.local(draft.new.base) as (base,):
                with _told():
                    await self._image_processor.mask(way, base, other, into)
            mask = await self._keep(into, draft.new.requester_id)
        await self._show(draft, mask, words)

    async def _show(self, draft: Draft, mask: Picture, said: str) -> None:
        """Send the preview; an earlier preview of the same draft loses its buttons."""
        await self._drafts.mask(draft.id, mask, said)
        async with _Bench(self._blob_store) as bench:
            path = bench.path()
            async with self._blob_store.local(draft.new.base, mask) as (base, painted):
                await self._image_processor.tinted(base, painted, path)
            picture = await self._image_processor.inspect(Incoming(path))
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
            log.info("preview_buttons_not_removed", draft=draft.id, error=str(error))

    async def _fetched(self, source: Source, bench: "_Bench") -> Path:
        if source.stored and await self._blob_store.has(source.stored):
            return await bench.borrowed(source.stored)
        if not source.file_id:
            raise PictureGone
        path = bench.path()
        try:
            await self._messenger.fetch(source.file_id, path, MAX_FILE)
        except FileGone as error:
            log.info("picture_fetch_failed", error=str(error))
            raise Refused(FAILURE_TEXTS[error.failure]) from error
        return path

    async def _keep(self, path: Path, requester_id: int) -> Picture:
        picture = await self._image_processor.inspect(Incoming(path))
        self._meter.note(requester_id, picture.size)
        await self._blob_store.keep(Incoming(path), picture)
        return picture


class _Bench:
    """Scratch files that are deleted at the end of the work, and stored pictures that are given back then."""

    def __init__(self, blob_store: BlobStore) -> None:
        self._blob_store = blob_store
        self._paths: list[Path] = []
        self._borrowed = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for path in self._paths:
            path.unlink(missing_ok=True)
        await self._borrowed.aclose()

    async def borrowed(self, picture: Picture) -> Path:
        """Return the path of a local file of a stored picture."""
        (path,) = await self._borrowed.enter_async_context(self._blob_store.local(picture))
        return path

    def path(self) -> Path:
        """Return the path of a new scratch file."""
        self._paths.append(self._blob_store.scratch())
        return self._paths[-1]


@contextmanager
def _told() -> Iterator[None]:
    """Raise Refused for a bad picture: without a job, it is a refusal like any other."""
    try:
        yield
    except BadPicture as error:
        raise Refused(FAILURE_TEXTS[error.failure]) from error
