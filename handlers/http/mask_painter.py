"""The routes of the mask painter: its page, a time-limited link to the picture, and the mask that comes back.

Every call carries Telegram's initData, which names the visitor and is checked each time.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

import structlog
from aiohttp import BodyPartReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpProcessingError
from typing_extensions import override

from core.errors import Ignored, MessengerError, PictureGone, Refused, StorageError
from core.models.drafts import Draft
from core.models.image_request import MAX_PROMPT, Picture, Source
from core.models.job import Destination, PictureId
from core.models.request_context import RequestContext
from core.ports.clock import Clock
from core.runtime.bounded import TooManyBytes, read_bounded, save_bounded
from core.runtime.log_throttle import LogThrottle
from core.security.init_data import NotOpenedByTelegram, Visitor
from core.security.signing import Signer, is_equal
from core.text import Renderable, text
from handlers.context import Services
from handlers.disabled_chats import OFF
from handlers.http.mask_painter_texts import TEXTS

log = structlog.get_logger()

PAGE = Path(str(files("handlers.http").joinpath("painter")))
_ASSETS = {path.name for path in PAGE.iterdir() if path.suffix in {".js", ".css", ".svg"}}
MAX_MASK = 8_388_608  # bytes; black and white compress well
_MAX_FIELD = 32_768
_FIELDS = {"initData", "target", "prompt", "mask"}
_FORM_S = 60
_TARGET = re.compile(r"(?P<kind>[rdp])(?P<id>[0-9a-f]{12})(?:-(?P<position>[0-9]))?")
"""`dID` is a draft; `rID-POSITION` is a result whose change belongs in the job's chat, with `p` in a private chat."""
_LINK = re.compile(r"(?P<name>[0-9a-f]{64}\.(?:png|jpg|webp))-(?P<until>\d{10})-(?P<signature>[0-9a-f]{64})")
"""`until` is in epoch seconds."""
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

NOT_HERE = text(
    "You are no longer in the chat that this picture belongs to, or Telegram doesn't let me see that you are. "
    "A drawing over the picture that is sent there as a reply to it works as well."
)
NOT_YOURS = text("This picture belongs to another person, so only they can paint on it.")
TROUBLE = text("That didn't work; please try again in a moment.")


class _BorrowedFile(web.FileResponse):
    """A response with a local file of a picture, which is given back once it is sent."""

    def __init__(self, path: Path, headers: Mapping[str, str], borrowed: AsyncExitStack) -> None:
        super().__init__(path, headers=headers)
        self._borrowed = borrowed

    @override
    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        async with self._borrowed:
            return await super().prepare(request)


@dataclass(frozen=True, slots=True)
class MaskPainter:
    """The routes.

    `read_init_data` checks initData and raises NotOpenedByTelegram, `render` translates words into a language, and
    `link_signer` signs the links to pictures.
    """

    services: Services
    read_init_data: Callable[[str], Visitor]
    render: Callable[[Renderable, str], str]
    link_signer: Signer
    clock: Clock
    log_throttle: LogThrottle = field(default_factory=LogThrottle)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return all routes below /painter."""
        return [
            web.get("/painter", self.page),
            web.get("/painter/static/{name}", self.asset),
            web.get("/painter/picture/{link}", self.picture),
            web.post("/painter/open", self.open),
            web.post("/painter/mask", self.mask),
        ]

    async def page(self, _: web.Request) -> web.StreamResponse:
        """Serve the page, which is the same for every visitor."""
        return web.FileResponse(PAGE / "index.html", headers=_HEADERS)

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Serve a script or style; browsers revalidate it, so that a new page never runs an old script."""
        name = request.match_info["name"]
        if name not in _ASSETS:
            raise web.HTTPNotFound
        return web.FileResponse(PAGE / name, headers=_HEADERS)

    async def open(self, request: web.Request) -> web.Response:
        """Return the link to the picture, its size in pixels, the draft's words, and the texts of the page."""
        try:
            given = json.loads(await request.read())
            init_data, target = str(given["initData"]), str(given["target"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return _refusal("bad request", 400)
        return await self._answered(init_data, lambda visitor: self._opened(visitor, target))

    async def mask(self, request: web.Request) -> web.Response:
        """Take a mask, and send a preview of the change to the chat."""
        scratch = self.services.blob_store.scratch()
        try:
            async with asyncio.timeout(_FORM_S):
                fields = await _form(request, scratch, self.read_init_data)
            if not scratch.exists() or not {"initData", "target"} <= fields.keys():
                return _refusal("bad request", 400)
            words = fields.get("prompt", "").strip()
            return await self._answered(
                fields["initData"], lambda visitor: self._painted(visitor, fields["target"], scratch, words)
            )
        except NotOpenedByTelegram as error:
            self.log_throttle(log.warning, "init_data_rejected", error=error.cause)
            return _refusal(self.render(error.reply, "en"), 403)
        except StorageError as error:
            log.error("mask_painter_failed", error=str(error))
            return _refusal(self.render(TROUBLE, "en"), 503)
        except TimeoutError:
            return _refusal("too slow", 408)
        except (TooManyBytes, ValueError, LookupError, HttpProcessingError, web.HTTPException):  # not our form
            return _refusal("bad request", 400)
        finally:
            scratch.unlink(missing_ok=True)

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """Serve the bytes behind a signed link until it expires."""
        match = _LINK.fullmatch(request.match_info["link"])
        if not match or not is_equal(
            self._signature(match["name"], match["until"]).encode(), match["signature"].encode()
        ):
            raise web.HTTPNotFound
        if int(match["until"]) < self.clock.now_ms() // 1000:
            raise web.HTTPGone
        sha256, _, kind = match["name"].partition(".")
        stack = AsyncExitStack()
        try:
            picture = Picture(sha256, kind, 0, 0, 0)
            (path,) = await stack.enter_async_context(self.services.blob_store.local(picture))
        except StorageError as error:
            log.error("mask_painter_failed", error=str(error))
            raise web.HTTPServiceUnavailable from error
        if not path.exists():
            await stack.aclose()
            raise web.HTTPGone
        headers = {
            "Content-Type": _TYPES[kind],
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return _BorrowedFile(path, headers, stack)

    async def _answered(
        self, init_data: str, work: Callable[[Visitor], Awaitable[Mapping[str, object]]]
    ) -> web.Response:
        """Return the result of the work, or an error with words in the visitor's language."""
        language = "en"
        try:
            visitor = self.read_init_data(init_data)
            language = visitor.language
            return web.json_response(await work(visitor))
        except NotOpenedByTelegram as error:
            self.log_throttle(log.warning, "init_data_rejected", error=error.cause)
            return _refusal(self.render(error.reply, language), 403)
        except Refused as error:
            return _refusal(self.render(error.reply, language), 422)
        except Ignored:
            return _refusal(self.render(OFF, language), 422)
        except (MessengerError, StorageError) as error:
            log.error("mask_painter_failed", error=str(error))
            return _refusal(self.render(TROUBLE, language), 503)

    async def _opened(self, visitor: Visitor, target: str) -> dict[str, object]:
        meant, draft = await self._target(visitor, target)
        base = draft.new.base if draft else meant.source.stored
        if base is None or not await self.services.blob_store.has(base):
            raise PictureGone
        mask = draft.mask if draft else None
        is_painted = mask is not None and await self.services.blob_store.has(mask)
        return {
            "picture": f"painter/picture/{self._link(base)}",
            "mask": f"painter/picture/{self._link(mask)}" if mask and is_painted else None,
            "width": base.width,
            "height": base.height,
            "prompt": draft.new.words if draft else "",
            "max_prompt": MAX_PROMPT,
            "language": visitor.language,
            "texts": {name: self.render(words, visitor.language) for name, words in TEXTS.items()},
        }

    async def _painted(self, visitor: Visitor, target: str, mask: Path, words: str) -> dict[str, object]:
        meant, draft = await self._target(visitor, target)
        to = meant.address
        await self.services.permissions.admit_draft(RequestContext(to, visitor.person, ""))
        if draft is None:
            draft = await self.services.mask_drafts.begin(to, visitor.person, meant.source, words, meant.parent)
        await self.services.mask_drafts.painted(draft, mask, words)
        return {}

    async def _target(self, visitor: Visitor, target: str) -> tuple["_Target", Draft | None]:
        """Find the picture that a target stands for. Raises Refused unless the visitor may paint on it."""
        match = _TARGET.fullmatch(target)
        if not match:
            raise PictureGone
        draft = await self.services.mask_drafts.find(match["id"]) if match["kind"] == "d" else None
        if draft:
            new = draft.new
            meant = _Target(new.address, new.requester_id, new.base.source, new.parent)
        else:
            result = await self.services.results.get(PictureId(match["id"], int(match["position"] or 0)))
            if match["kind"] == "d" or result is None or result.is_deleted:
                raise PictureGone
            home = Destination(visitor.person) if match["kind"] == "p" else result.job.address
            messages = await self.services.results.messages(result.id, home.chat_id)
            shown = replace(home, reply_to=messages[-1] if messages else None, language=visitor.language)
            meant = _Target(shown, result.job.requester_id, result.source, result.id)
        chat_id = meant.address.chat_id
        permissions = self.services.permissions
        if not await permissions.may_manage(visitor.person, chat_id, meant.requester_id, chat_id):
            request = RequestContext(meant.address, visitor.person, "")
            if match["kind"] != "r" or not await permissions.may_use_result(request, chat_id, is_shown=False):
                raise Refused(NOT_YOURS)
        if chat_id < 0 and await self.services.messenger.is_outside(chat_id, visitor.person):
            raise Refused(NOT_HERE)
        return meant, draft

    def _link(self, picture: Picture) -> str:
        name = f"{picture.sha256}.{picture.format}"
        until = str(self.clock.now_ms() // 1000 + self.services.timing.picture_link_s)
        return f"{name}-{until}-{self._signature(name, until)}"

    def _signature(self, name: str, until: str) -> str:
        return self.link_signer.sign("picture", name, until).hex()


@dataclass(frozen=True, slots=True)
class _Target:
    """The picture of a target: the destination of the result, the requester, and the result it is, if any."""

    address: Destination
    requester_id: int
    source: Source
    parent: PictureId | None


async def _form(request: web.Request, mask_into: Path, read_init_data: Callable[[str], Visitor]) -> dict[str, str]:
    """Read the fields of the form, and the mask into a file once initData names a visitor.

    Raises TooManyBytes, ValueError for another kind of form, StorageError, and NotOpenedByTelegram.
    """
    if request.content_type != "multipart/form-data":
        raise ValueError("no form")
    fields: dict[str, str] = {}
    async for part in await request.multipart():
        name = part.name if isinstance(part, BodyPartReader) else None
        if not isinstance(part, BodyPartReader) or name not in _FIELDS or name in fields:
            raise ValueError("no form of ours")
        if name == "mask":
            read_init_data(fields.get("initData", ""))
            fields[name] = ""
            await save_bounded(_chunks(part), mask_into, MAX_MASK)
        else:
            fields[name] = (await read_bounded(_chunks(part), _MAX_FIELD)).decode()
    return fields


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk():
        yield chunk


def _refusal(words: str, status: int) -> web.Response:
    return web.json_response({"error": words}, status=status)
