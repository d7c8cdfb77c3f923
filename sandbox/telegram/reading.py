"""Read a request in any of the four forms Telegram takes: query, JSON, urlencoded, multipart."""

import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from sandbox.telegram.calls import Upload
from sandbox.telegram.errors import BotApiError, bad_request
from sandbox.telegram.files import UPLOAD_LIMIT

CHUNK = 256 * 1024
Form = tuple[dict[str, Any], list[tuple[str, Upload]]]


async def read_form(request: web.Request) -> Form:
    """The parameters and the files of a request; several files may share a name."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type.startswith("multipart/"):
        more, files = await _multipart(request)
        return values | more, files
    body = await request.read()
    if request.content_type == "application/json" and body:
        return values | _json(body), []
    return values | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)), []


def _json(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise bad_request("can't parse JSON object") from error
    if not isinstance(parsed, dict):
        raise bad_request("can't parse JSON object")
    return parsed


async def _multipart(request: web.Request) -> Form:
    values: dict[str, Any] = {}
    files: list[tuple[str, Upload]] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = await _whole(part)
        if part.filename is None:
            values[part.name] = data.decode("utf-8", "replace")
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            files.append((part.name, Upload(part.filename, mime, data)))
    return values, files


async def _whole(part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        if len(data) + len(chunk) > UPLOAD_LIMIT:
            raise BotApiError(413, "Request Entity Too Large")
        data += chunk
    return bytes(data)
