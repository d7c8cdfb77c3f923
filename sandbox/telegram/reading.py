"""Reading of requests in the four forms that Telegram accepts: query, JSON, urlencoded and multipart."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import BodyPartReader, ClientResponse, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from sandbox.telegram.calls import Upload
from sandbox.telegram.errors import BotApiError, bad_request
from sandbox.telegram.files import UPLOAD_LIMIT

CHUNK = 256 * 1024
ANSWER_LIMIT = 1024 * 1024
_PARAMETER = re.compile(r';\s*(?P<key>[A-Za-z*]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^;]*))')
Form = tuple[dict[str, Any], list[tuple[str, Upload]]]


async def read_form(request: web.Request) -> Form:
    """Return the parameters and the files of a request. Several files may have the same name.

    Raises BotApiError if the body can't be parsed or a part is too large.
    """
    values: dict[str, Any] = dict(request.query)
    if request.content_type.startswith("multipart/"):
        more, files = await _multipart(request.headers, request.content)
        return values | more, files
    return values | _flat(request.content_type, await request.read()), []


async def read_answer(answer: ClientResponse) -> Form:
    """Return the call in a webhook's answer. It may have any form that a request may have.

    Raises BotApiError if the body can't be parsed or is too large.
    """
    if answer.content_type.startswith("multipart/"):
        return await _multipart(answer.headers, answer.content)
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise BotApiError(413, "Request Entity Too Large")
    return _flat(answer.content_type, bytes(body)), []


def _flat(content_type: str, body: bytes) -> dict[str, Any]:
    if content_type == "application/json" and body:
        return _json(body)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _json(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse JSON object") from error
    if not isinstance(parsed, dict):
        raise bad_request("can't parse JSON object")
    return parsed


async def _multipart(headers: Mapping[str, str], content: StreamReader) -> Form:
    """Read the parts one by one. For a form-data type, aiohttp would refuse names that Telegram accepts."""
    kind = headers.get("Content-Type", "").replace("form-data", "mixed", 1)
    try:
        return await _parts(MultipartReader({"Content-Type": kind}, content))
    except (ValueError, AssertionError, HttpProcessingError) as error:
        raise bad_request("can't parse multipart/form-data") from error


async def _parts(reader: MultipartReader) -> Form:
    values: dict[str, Any] = {}
    files: list[tuple[str, Upload]] = []
    async for part in reader:
        if not isinstance(part, BodyPartReader):
            continue
        name, filename = disposition(part.headers.get("Content-Disposition", ""))
        if name is None:
            continue
        data = await _whole(part)
        if filename is None:
            values[name] = data.decode("utf-8", "replace")
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            files.append((name, Upload(filename, mime, data)))
    return values, files


def disposition(header: str) -> tuple[str | None, str | None]:
    """Return the field name and the file name of a Content-Disposition header, each None if missing.

    Libraries write them quoted or unquoted, with spaces, as UTF-8, or encoded by RFC 5987.
    """
    written = header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    found = {match["key"].lower(): match["quoted"] or match["bare"] or "" for match in _PARAMETER.finditer(written)}
    plain = {key: value.replace('\\"', '"').strip() for key, value in found.items()}
    for key in ("name", "filename"):
        charset, mark, rest = plain.get(f"{key}*", "").partition("'")
        if mark:
            plain[key] = unquote(rest.partition("'")[2], encoding=charset or "utf-8", errors="replace")
    return plain.get("name"), plain.get("filename")


async def _whole(part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        if len(data) + len(chunk) > UPLOAD_LIMIT:
            raise BotApiError(413, "Request Entity Too Large")
        data += chunk
    return bytes(data)
