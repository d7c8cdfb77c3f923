"""All work on picture files, outside of the bot's process: see bot.imaging.child.

Untrusted pictures are opened one at a time, so that a flood of large ones waits in a queue instead of filling the
memory. Result pictures, which are paid for, have a queue of their own.
"""

import asyncio
import hashlib
import json
import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import astuple
from pathlib import Path
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError
from typing_extensions import override

from bot.imaging.helper import Helper, HelperEnded, Limits
from bot.imaging.structure import sound
from core.errors import BadMask, BadPicture, Failure, MaskTrouble, StorageError
from core.models.image_model import NO_BOUNDS, Bounds
from core.models.image_request import Picture
from core.models.media import Incoming, MaskWay, Prepared
from core.ports.files import ImageProcessor, Openings
from core.runtime.bounded import SHORT
from core.runtime.files import disk, opened
from core.runtime.threads import on_disk

log = structlog.get_logger()

_WAYS = {MaskWay.PAINTED: "painted", MaskWay.SCRIBBLED: "scribbled", MaskWay.BY_HAND: "by_hand"}
_PICTURE = TypeAdapter(Picture)
_PREPARED = TypeAdapter(tuple[str, int, int])
_SUFFIXES = frozenset({".png", ".jpg"})
_IS_SHA256 = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 16_777_216  # bytes; larger results are read piece by piece by the helper
_TRIES = 2
_DEATHS = 8  # not fewer: a process that keeps dying for other reasons opens the same picture first at every start


class PillowImageProcessor(ImageProcessor):
    """Pillow, in a helper process."""

    def __init__(
        self,
        openings: Openings,
        helper: Helper | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._openings = openings
        self._ended: set[str] = set()
        self._helper = helper or Helper()
        self._is_own = helper is None
        self._limits = limits or Limits()
        self._strangers, self._results = asyncio.Lock(), asyncio.Lock()

    def close(self) -> None:
        """End the helper and its work, unless it was passed in."""
        if self._is_own:
            self._helper.close()

    @override
    async def prepare(self, path: Path, bounds: Bounds = NO_BOUNDS, *, into: Path | None = None) -> Prepared:
        into = into or path
        done = await self._open(path, "prepare", path, into, *astuple(bounds))
        suffix, width, height = _read(_PREPARED, done)
        if suffix not in _SUFFIXES:
            raise _unbelievable(suffix)
        return Prepared(into.with_suffix(suffix), suffix, width, height)

    @override
    async def inspect(self, file: Incoming) -> Picture:
        known = _complete(file) if _is_short(file) else await asyncio.to_thread(_complete, file)
        if known:
            return known
        path = await on_disk(file)
        picture: Picture = _read(_PICTURE, await self._do(self._results, "inspect", path))
        if not _IS_SHA256.fullmatch(picture.sha256) or not picture.format.isalpha():
            raise _unbelievable(picture)
        return picture

    @override
    async def base(self, path: Path, into: Path) -> None:
        await self._open(path, "base", path, into)

    @override
    async def mask(self, way: MaskWay, base: Path, other: Path, into: Path) -> None:
        await self._open(other, _WAYS[way], base, other, into)

    @override
    async def opaque(self, path: Path, base_into: Path, mask_into: Path) -> None:
        await self._open(path, "transparent", path, base_into, mask_into)

    @override
    async def inverted(self, mask: Path, into: Path) -> None:
        await self._do(self._results, "inverted", mask, into)

    @override
    async def tinted(self, base: Path, mask: Path, into: Path) -> None:
        await self._do(self._results, "tinted", base, mask, into)

    @override
    async def sheet(self, pictures: Sequence[Path], first: int, into: Path) -> None:
        await self._do(self._results, "sheet", [str(path) for path in pictures], first, into)

    async def _open(self, picture: Path, work: str, *given: object) -> object:
        """Work on an untrusted picture, which may be made to end the process: note it as open before.

        A picture that was open when the process died is opened only while no other picture is. One that was open at
        several deaths in a row is refused with BadPicture.
        """
        sha256 = await asyncio.to_thread(_sha256, picture)
        async with self._strangers:
            await self._note_ended()
            deaths = await self._openings.begin(sha256, _DEATHS)
            if deaths >= _DEATHS:
                log.error("picture_quarantined", sha256=sha256, deaths=deaths)
                raise BadPicture(Failure.HUGE_PICTURE, f"the process died {deaths} times while it was opened")
            try:
                async with self._results if deaths else nullcontext():
                    return await self._work(work, *given)
            finally:
                self._ended.add(sha256)
                await asyncio.shield(self._note_ended())

    async def _note_ended(self) -> None:
        """Remove the notes of pictures that are closed. If that fails, it is done before the next one is opened."""
        for sha256 in tuple(self._ended):
            try:
                await self._openings.end(sha256)
            except StorageError as error:
                log.warning("database_unavailable", worker="image_processor", error=str(error))
                return
            self._ended.discard(sha256)

    async def _do(self, line: asyncio.Lock, work: str, *given: object) -> object:
        async with line:
            return await self._work(work, *given)

    async def _work(self, work: str, *given: object) -> object:
        named = [str(value) if isinstance(value, Path) else value for value in given]
        for _ in range(_TRIES):
            try:
                answer = self._helper.ask(work, *named, limits=self._limits)
                heard = await asyncio.wrap_future(answer)
            except HelperEnded as error:
                cause = str(error)
                continue
            # A timeout on a busy machine is not the picture's fault, unless it used half of its processor time.
            if heard["ended"] != signal.SIGALRM or heard["cpu_s"] >= self._limits.cpu_s / 2:
                return _outcome(heard, work)
            cause = f"not done after {self._limits.wall_s:g} s"
        raise StorageError(f"a picture could not be worked on: {cause}")


def _sha256(path: Path) -> str:
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_short(file: Incoming) -> bool:
    with disk():
        return (file.path.stat().st_size if file.content is None else len(file.content)) <= SHORT


def _complete(file: Incoming) -> Picture | None:
    """Return a picture whose structure shows that it is complete; None if it has to be decoded to know."""
    data = file.content
    if data is None:
        with opened(file.path) as open_file, disk():
            data = open_file.read(_AT_ONCE + 1)
    found = sound(data) if len(data) <= _AT_ONCE else None
    return Picture(hashlib.sha256(data).hexdigest(), *found, len(data)) if found else None


def _outcome(heard: Mapping[str, Any], work: str) -> object:
    """Return the result from a fork's output. Raises BadPicture, BadMask, StorageError, also if a signal ended it."""
    if not heard["said"]:
        name = signal.Signals(heard["ended"]).name if heard["ended"] else "no word"
        raise BadPicture(Failure.HUGE_PICTURE, f"{work} was ended: {name}")
    try:
        match json.loads(heard["said"]):
            case {"done": done}:
                return done
            case {"bad_picture": failure, "cause": str(cause)}:
                raise BadPicture(Failure(failure), cause)
            case {"bad_mask": trouble}:
                raise BadMask(MaskTrouble(trouble))
            case {"storage": str(cause)}:
                raise StorageError(cause)
            case {"broken": str(cause)}:
                log.error("picture_work_failed", work=work, error=cause)
                raise BadPicture(Failure.BAD_PICTURE, cause)
            case other:
                raise _unbelievable(other)
    except ValueError as error:
        raise _unbelievable(heard["said"]) from error


def _read(form: TypeAdapter[Any], done: object) -> Any:
    try:
        return form.validate_python(done)
    except ValidationError as error:
        raise _unbelievable(done) from error


def _unbelievable(said: object) -> BadPicture:
    """Return the error for an answer that makes no sense: an untrusted picture may have taken over its fork."""
    return BadPicture(Failure.BAD_PICTURE, f"the helper said {str(said)[:100]!r}")
