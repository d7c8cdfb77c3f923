"""The upload of the pictures of an order, in the form that its model takes. An upload is used for about a day."""

from pathlib import Path

from core.errors import BadPicture, Failure
from core.models.image_model import NO_BOUNDS, Bounds, ImageModel, MaskPolarity
from core.models.image_request import Picture, Source
from core.models.job import Job
from core.models.media import Upload
from core.ports.files import BlobStore, ImageProcessor
from core.ports.image_api import ImageApi
from core.ports.repositories import Uploads
from core.ports.telegram import Messenger

MAX_FILE = 20_971_520  # bytes; the limit of downloads (Bot API, getFile)
_UPLOAD_BYTES = 26_214_400  # bytes; the limit of an input picture (image API docs, generate: `filesUrl`)
_TAKEN_AS_IS = {"png", "jpg", "webp"}
_LIVES_MS = 20 * 3_600_000  # the image API keeps uploads for about a day


class PictureUploader:
    """The service that uploads pictures and masks, each form of them once."""

    def __init__(
        self,
        *,
        uploads: Uploads,
        api: ImageApi,
        messenger: Messenger,
        image_processor: ImageProcessor,
        blob_store: BlobStore,
    ) -> None:
        self._uploads = uploads
        self._api = api
        self._messenger = messenger
        self._image_processor = image_processor
        self._blob_store = blob_store

    async def upload(self, job: Job, model: ImageModel) -> tuple[list[Upload], Upload | None]:
        """Return the uploads of a job's pictures and of its mask, and make those that the image API doesn't have.

        A picture that goes with a mask keeps its size, as both need the same. Raises BadPicture, MessengerError,
        ApiError and StorageError.
        """
        request = job.request
        bounds = NO_BOUNDS if request.mask else model.bounds
        pictures = [await self._picture(job, source, bounds) for source in request.pictures]
        return pictures, await self._mask(job, request.mask, model.mask_polarity) if request.mask else None

    async def forget(self, job: Job, model: ImageModel) -> None:
        """Forget the uploads of a job, as the image API could not fetch them."""
        request = job.request
        keys = [_key(source, model.bounds) for source in request.pictures]
        keys += [source.unique_id for source in request.pictures]
        keys += [request.mask.unique_id, _white(request.mask)] if request.mask else []
        await self._uploads.forget(keys)

    async def _picture(self, job: Job, source: Source, bounds: Bounds) -> Upload:
        """Return the upload of a picture. A stored one is taken as it is if it is within the bounds."""
        key = _key(source, bounds)
        known = await self._uploads.find(key, _LIVES_MS)
        if known:
            return known
        stored = source.stored if source.stored and await self._blob_store.has(source.stored) else None
        if stored and _is_fit(stored, bounds):
            async with self._blob_store.local(stored) as (path,):
                upload = await self._send(job, path, (stored.width, stored.height))
        else:
            upload = await self._prepared(job, source, stored, bounds)
        await self._uploads.keep(key, upload)
        return upload

    async def _mask(self, job: Job, mask: Source, polarity: MaskPolarity) -> Upload:
        """Return the upload of a mask; a stored one has black where the picture is to change."""
        if polarity is MaskPolarity.BLACK or mask.stored is None or not await self._blob_store.has(mask.stored):
            return await self._picture(job, mask, NO_BOUNDS)
        known = await self._uploads.find(_white(mask), _LIVES_MS)
        if known:
            return known
        scratch = self._blob_store.scratch().with_suffix(".png")
        try:
            async with self._blob_store.local(mask.stored) as (path,):
                await self._image_processor.inverted(path, scratch)
            upload = await self._send(job, scratch, (mask.stored.width, mask.stored.height))
        finally:
            scratch.unlink(missing_ok=True)
        await self._uploads.keep(_white(mask), upload)
        return upload

    async def _prepared(self, job: Job, source: Source, stored: Picture | None, bounds: Bounds) -> Upload:
        if stored is None and not source.file_id:
            raise BadPicture(Failure.EXPIRED_PICTURE, "neither we nor Telegram have it")
        if stored is None and (source.size or 0) > MAX_FILE:
            raise BadPicture(Failure.HUGE_PICTURE, f"{source.size} bytes")
        scratch = self._blob_store.scratch()
        try:
            if stored is None:
                await self._messenger.fetch(source.file_id, scratch, MAX_FILE)
                prepared = await self._image_processor.prepare(scratch, bounds, into=scratch)
            else:
                async with self._blob_store.local(stored) as (path,):
                    prepared = await self._image_processor.prepare(path, bounds, into=scratch)
            return await self._send(job, prepared.path, (prepared.width, prepared.height))
        finally:
            for path in scratch.parent.glob(f"{scratch.name}*"):
                path.unlink()

    async def _send(self, job: Job, path: Path, sides: tuple[int, int]) -> Upload:
        return Upload(await self._api.upload(path, f"{job.id}-{path.name[-20:]}"), *sides)


def _is_fit(stored: Picture, bounds: Bounds) -> bool:
    most = min(bounds.max_bytes or _UPLOAD_BYTES, _UPLOAD_BYTES)
    return stored.format in _TAKEN_AS_IS and stored.size <= most and bounds.has_room(stored.width, stored.height)


def _key(source: Source, bounds: Bounds) -> str:
    return source.unique_id if bounds == NO_BOUNDS else f"{source.unique_id}:{bounds.key}"


def _white(mask: Source) -> str:
    return f"{mask.unique_id}:white"
