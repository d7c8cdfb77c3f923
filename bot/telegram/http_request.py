"""PTB's request class on aiohttp: several times the throughput of the default, and no token in logs and errors."""

import asyncio
import json
import os
import stat
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.payload import Payload
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.proxies import Proxies
from bot.telegram.multipart import form
from core.errors import StorageError
from core.runtime.bounded import TooManyBytes, read_bounded, save_bounded
from core.runtime.files import disk
from core.runtime.shards import may_call

_DEFAULT = BaseRequest.DEFAULT_NONE
_CONNECT_S = 10.0
_READ_S = 20.0
_UPLOAD_S = 120.0
_MAX_ANSWER = 8_388_608  # bytes; 100 updates of the largest messages stay below it


_JSON = {"Content-Type": "application/json"}
_FOR_GOOD = {400, 403, 405, 406, 411, 413, 414, 415, 422, 431}
"""HTTP codes of a gateway in front of the Bot API that refuses a request for good."""


@dataclass(slots=True)
class Answer:
    """The Bot API's answer to one call: whether it is ok, and its raw `result`."""

    is_ok: bool = False
    value: Any = None


ANSWER: ContextVar[Answer | None] = ContextVar("answer", default=None)
"""The answer to the present call, which `parse_json_payload` fills in."""


class NotABotApi(NetworkError):
    """The answer isn't from a Bot API: it is a page, or JSON of another shape."""


class FileRefused(BadRequest):
    """Telegram's file server refuses a file for good."""


class NotRead(TelegramError):
    """A local file that should be sent can't be read, so nothing was sent."""


class NotOpened(NetworkError):
    """No connection to Telegram could be opened, so nothing was sent."""


class AiohttpRequest(BaseRequest):
    """One connection pool for all requests to Telegram."""

    def __init__(self, proxies: Proxies | None = None, connections: int = 256, *, local_files: bool = False) -> None:
        self._proxies = proxies or Proxies()
        self._connections = connections
        self._local_files = local_files
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer; PTB adds the long polling time."""
        return _READ_S

    async def initialize(self) -> None:
        """Open the connection pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=self._connections))

    async def shutdown(self) -> None:
        """Close the connection pool."""
        session, self._session = self._session, None
        if session:
            await session.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Note the raw result before PTB builds objects from it. Raises NotABotApi for JSON of another shape.

        An answer with `ok: true` counts as done, even without a result. With any other `ok` it counts as failed, even
        with one.
        """
        try:
            found = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise NotABotApi("the answer is no JSON") from error
        if not isinstance(found, dict):
            raise NotABotApi("the answer is no object")
        is_ok = _is_ok(found)
        if not is_ok and "description" not in found:
            raise NotABotApi("the answer has neither a result nor an error")
        answer = ANSWER.get()
        if answer and is_ok:
            answer.is_ok, answer.value = True, found.get("result")
        return found | {"result": found.get("result")} if is_ok else found

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = _DEFAULT,
        write_timeout: object = _DEFAULT,
        connect_timeout: object = _DEFAULT,
        pool_timeout: object = _DEFAULT,
    ) -> tuple[int, bytes]:
        """Send one request. Return the HTTP status and the body.

        Raises NotOpened if nothing was sent, NotABotApi, BadRequest, TimedOut and NetworkError. Errors never contain
        the URL, as the token is in it. Nothing is sent for a chat that another process may work for by now.
        """
        if not may_call():
            raise NotOpened("this process may no longer own the chat")
        read_s = _seconds(read_timeout, _READ_S)
        uploads = request_data is not None and request_data.contains_files
        timeout = aiohttp.ClientTimeout(
            total=None if not uploads else _UPLOAD_S + read_s,
            sock_connect=_seconds(connect_timeout, _CONNECT_S),
            sock_read=_UPLOAD_S if uploads else read_s,
        )
        try:
            session, proxy = self._open(), self._proxies.of(url)
            body = _body(request_data)
            async with session.request(
                method, url, data=body, headers=None if uploads else _JSON, timeout=timeout, proxy=proxy
            ) as answer:
                return _judged(answer.status, await read_bounded(answer.content.iter_any(), _MAX_ANSWER))
        except TooManyBytes:
            raise NetworkError(f"Telegram answered more than {_MAX_ANSWER} bytes") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise NotOpened(f"could not connect to Telegram: {type(error).__name__}") from None
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.InvalidURL, UnicodeError) as error:
            raise NotOpened(f"a request to Telegram could not be made: {type(error).__name__}") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise NetworkError(f"the connection to Telegram broke: {type(error).__name__}") from None

    async def download(self, url: str, into: Path, limit: int) -> None:
        """Download a file from Telegram.

        A server that runs with `--local` names a path on its own disk instead of a link. Raises FileRefused if the file
        can't be had, also if it has more than `limit` bytes; otherwise NetworkError; and StorageError.
        """
        if url.startswith("/"):
            if not self._local_files:
                raise FileRefused("a path of another machine")
            await asyncio.to_thread(_copy, Path(url), into, limit)
            return
        timeout = aiohttp.ClientTimeout(total=_UPLOAD_S, sock_connect=_CONNECT_S, sock_read=_READ_S)
        try:
            async with self._open().get(url, timeout=timeout, proxy=self._proxies.of(url)) as answer:
                if answer.status in _FOR_GOOD | {404, 410}:
                    raise FileRefused(f"Telegram's file server answers HTTP {answer.status}")
                if answer.status != 200:
                    raise NetworkError(f"Telegram's file server answers HTTP {answer.status}")
                await save_bounded(answer.content.iter_chunked(262_144), into, limit)
        except TooManyBytes:
            raise FileRefused(f"the file is too big: more than {limit} bytes") from None
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise NetworkError(f"a file of Telegram's broke off: {type(error).__name__}") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the request class is not initialized")
        return self._session


def _copy(path: Path, into: Path, limit: int) -> None:
    """Copy a file from the disk of a Bot API server that runs with `--local`."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_size > limit:
                raise FileRefused(f"the file is too big: more than {limit} bytes")
            data = file.read(limit)
    except OSError as error:
        raise FileRefused(f"the file of the --local server can't be read here: {error.strerror}") from None
    with disk():
        into.write_bytes(data)


def _judged(status: int, body: bytes) -> tuple[int, bytes]:
    """Make a permanent refusal one for PTB, too. PTB takes any code that it has no name for as a network error."""
    is_object = body.lstrip().startswith(b"{")
    if status in {401, 404} and not is_object:
        raise NotABotApi(f"HTTP {status} without the answer of a Bot API")
    if status == 200 and is_object:
        status = _refused_by(body) or status
    if status == 404 and b"method" in body.lower():  # about a token, it only says "Not Found"
        return 400, body
    if status not in _FOR_GOOD:
        return status, body
    if not is_object:
        raise BadRequest(f"HTTP {status} from a gateway")
    return (status if status == 403 else 400), body


def _refused_by(body: bytes) -> int | None:
    """Return the error code of a refusal that came as HTTP 200, as from some gateways; None for another answer."""
    if b'"description"' not in body:
        return None  # most answers need not be parsed twice
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None  # parse_json_payload raises for it
    if _is_ok(found) or "description" not in found:
        return None
    code = found.get("error_code")
    return code if type(code) is int and 400 <= code < 600 else 400


def _is_ok(found: dict[str, Any]) -> bool:
    return found.get("ok", "result" in found) is True


def _seconds(given: object, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default


def _body(request_data: RequestData | None) -> Payload | bytes:
    if request_data is None:
        return b""
    if not request_data.contains_files:
        return json.dumps(request_data.parameters).encode()
    try:
        return form(request_data.json_parameters, request_data.multipart_data)
    except StorageError as error:
        raise NotRead(str(error)) from error
