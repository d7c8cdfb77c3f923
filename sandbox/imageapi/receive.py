"""Reading of request bodies, JSON and uploads, with bounded memory."""

import base64
import binascii
import json
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.imageapi.envelope import ApiError
from sandbox.imageapi.files import MAX_UPLOAD, Files

CHUNK = 256 * 1024
MAX_JSON = MAX_UPLOAD * 4 // 3 + 64 * 1024
MAX_FIELD = 4096


async def read_json(request: web.Request) -> Any:
    """Return the body as JSON. Raises ApiError with code 400 if it isn't JSON."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK):
        if len(body) <= MAX_JSON:
            body += chunk
    try:
        return json.loads(body)
    except ValueError as error:
        raise ApiError(400) from error


async def stream_upload(request: web.Request, files: Files) -> dict[str, Any]:
    """Store a multipart upload with the parts `file`, `uploadPath` and, optionally, `fileName`."""
    if not request.content_type.startswith("multipart/"):
        raise ApiError(400, "a multipart form with a file is required")
    fields: dict[str, str] = {}
    body, told_name = None, None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise ApiError(400, "nested forms are not supported")
        if part.name == "file":
            body, told_name = await _read_part(part, MAX_UPLOAD), part.filename
        else:
            fields[part.name or ""] = (await _read_part(part, MAX_FIELD)).decode(errors="replace")
    if body is None:
        raise ApiError(400, "file is required")
    return files.upload(body, folder=fields.get("uploadPath"), file_name=fields.get("fileName"), told_name=told_name)


async def base64_upload(request: web.Request, files: Files) -> dict[str, Any]:
    """Store a JSON upload whose `base64Data` holds the bytes, with or without a `data:` prefix."""
    form = await _form(request)
    text = form.get("base64Data")
    if not isinstance(text, str) or not text:
        raise ApiError(400, "base64Data is required")
    try:
        body = base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text, validate=True)
    except binascii.Error as error:
        raise ApiError(400, "base64Data is not base64") from error
    return files.upload(body, folder=form.get("uploadPath"), file_name=form.get("fileName"))


async def url_upload(request: web.Request, files: Files) -> dict[str, Any]:
    """Store a JSON upload whose `fileUrl` is one of this sandbox's URLs."""
    form = await _form(request)
    url = form.get("fileUrl")
    if not isinstance(url, str) or not url:
        raise ApiError(400, "fileUrl is required")
    name = url.partition("?")[0]
    return files.upload(files.fetch(url), folder=form.get("uploadPath"), file_name=form.get("fileName"), told_name=name)


async def _form(request: web.Request) -> dict[str, Any]:
    form = await read_json(request)
    if not isinstance(form, dict):
        raise ApiError(400)
    return form


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    """Read a part to its end. Keep little more than `limit` bytes: enough to show that it was too long."""
    body = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        if len(body) <= limit:
            body += chunk
    return bytes(body)
