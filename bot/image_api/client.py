"""The HTTP client of the image API: it sends requests, limits sizes and times, and maps failures to ApiError."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import aiohttp
import stamina
import structlog
from pydantic import SecretStr
from typing_extensions import override

from bot.image_api import catalog, jobs_wire, sansio
from bot.image_api.downloader import PictureFetcher
from bot.model_table import read_models
from bot.proxies import Proxies
from core.errors import AnswerLost, ApiError, ApiRefused, BadPicture, Busy, Failure, NotSent, Unreadable
from core.models.image_model import FOUR_O, Protocol
from core.models.image_request import Request
from core.models.job import Report, Task, Unknown
from core.models.model_choice import Models
from core.ports.image_api import Catalog, Found, ImageApi, Usable
from core.runtime.bounded import TooManyBytes, read_bounded
from core.runtime.files import opened

USER_AGENT = "imagine-bot/0.1"  # seen: the vendor's hosts answer 403 (error code 1010) to some default ones
_CONNECT_S = 15.0
_ANSWER_S, _UPLOAD_S = 60.0, 180.0
_UPLOAD_FOLDER = "imagine-bot"

log = structlog.get_logger()


class HttpImageApi(ImageApi, Catalog):
    """The image API over HTTP.

    Use it as an async context manager: it owns two connection pools. The pool of generate never reuses a connection.
    The server may close an idle connection at any moment; then it would be unknown whether an order that was just
    written to it was taken and charged.

    A call may take `answer_s` seconds from the connection to the end of its answer, and an upload `upload_s` seconds.
    """

    def __init__(
        self,
        api_url: str,
        upload_url: str,
        key: SecretStr,
        fetcher: PictureFetcher,
        proxies: Proxies | None = None,
        *,
        models: Models | None = None,
        answer_s: float = _ANSWER_S,
        upload_s: float = _UPLOAD_S,
    ) -> None:
        self._api = api_url.rstrip("/")
        self._uploads = upload_url.rstrip("/")
        self._key = key
        self._fetcher = fetcher
        self._models = models or read_models()
        self._proxies = proxies or Proxies()
        self._timeout = aiohttp.ClientTimeout(total=answer_s, connect=_CONNECT_S)
        self._upload_timeout = aiohttp.ClientTimeout(total=upload_s, connect=_CONNECT_S)
        self._session: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        headers = {"User-Agent": USER_AGENT, "Authorization": f"Bearer {self._key.get_secret_value()}"}
        self._session = aiohttp.ClientSession(headers=headers, timeout=self._timeout)
        self._fresh = aiohttp.ClientSession(
            headers=headers, timeout=self._timeout, connector=aiohttp.TCPConnector(force_close=True)
        )
        await self._fetcher.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in (self._session, self._fresh):
            if session:
                await session.close()
        await self._fetcher.close()

    @override
    async def generate(self, request: Request, files: Sequence[str], mask: str | None, webhook_url: str | None) -> Task:
        # Raises NotSent, Busy or ApiRefused if the order was surely not taken, else AnswerLost.
        model = self._models.of(request)
        is_job = model.protocol is Protocol.JOBS
        if is_job:
            path, body = "jobs/createTask", jobs_wire.create_body(model, request, files, mask, webhook_url)
        else:
            path, body = "gpt4o-image/generate", sansio.generate_body(request, files, mask, webhook_url)
        try:
            data = await self._call(self._fresh, "POST", f"{self._api}/api/v1/{path}", json=body)
            return Task(sansio.read_task_id(data), request.model)
        except Unreadable as error:
            raise AnswerLost(str(error)) from error
        except ApiRefused as error:
            refusal = jobs_wire.read_refusal(error) if is_job else error
            if refusal.failure is Failure.UPSTREAM:  # "server error" does not rule out a task
                raise AnswerLost(str(refusal)) from error
            raise refusal from error

    @override
    async def report(self, task: Task) -> Report:
        if self._is_job(task):
            return await self._report_of_job(task)
        return await self._report_of_old(task)

    async def _report_of_old(self, task: Task) -> Report:
        """Ask the endpoints of 4o, which may also know a task of 4o from before it moved to the jobs API."""
        url = f"{self._api}/api/v1/gpt4o-image/record-info"
        try:
            return sansio.read_report(await self._call(self._session, "GET", url, params={"taskId": task.id}))
        except ApiRefused as error:
            if sansio.says_no_record(error):
                return Unknown()
            raise

    async def _report_of_job(self, task: Task) -> Report:
        url = f"{self._api}/api/v1/jobs/recordInfo"
        try:
            data = await self._call(self._session, "GET", url, params={"taskId": task.id})
        except ApiRefused as error:
            end = jobs_wire.read_end(error)
            if end is None:
                raise
            return await self._report_of_old(task) if isinstance(end, Unknown) and task.model == FOUR_O else end
        report = jobs_wire.read_record(data, self._models.known[task.model])
        if data is not None and isinstance(report, Unknown):
            log.error("task_of_other_model", task=task.id, model=task.model)
        return report

    def _is_job(self, task: Task) -> bool:
        model = self._models.known.get(task.model)
        return model is not None and model.protocol is Protocol.JOBS

    @override
    @stamina.retry(on=(NotSent, AnswerLost, Busy), attempts=4, wait_initial=0.5, wait_max=5, timeout=None)
    async def upload(self, path: Path, name: str) -> str:
        # A repetition is safe, as every try has a name of its own.
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("uploadPath", _UPLOAD_FOLDER)
        form.add_field("fileName", name)
        with opened(path) as file:
            form.add_field("file", file, filename=name)
            url = f"{self._uploads}/api/file-stream-upload"
            try:
                data = await self._call(self._session, "POST", url, data=form, timeout=self._upload_timeout)
            except ApiRefused as error:
                if error.failure is Failure.UPSTREAM:  # the server failed, not the picture; another try costs nothing
                    raise AnswerLost(str(error)) from error
                raise
        return sansio.read_upload(data)

    @override
    async def download(self, task: Task, url: str, into: Path, usable: Usable[Found]) -> Found:
        # A link can answer 200 with a page, half a picture or nothing, so only `usable` tells whether it works.
        # Both errors, AnswerLost and ApiRefused, name the cause at every link.
        causes: list[str] = []
        try:
            return await self._fetched(url, into, usable)
        except (ApiError, BadPicture) as error:
            causes.append(f"the result link: {error}")
            passing = isinstance(error, AnswerLost | NotSent | Busy)
        tried = {url}
        requests = sansio.common_request(url) if self._is_job(task) else sansio.download_url_requests(task.id, url)
        for path, body in requests:
            try:
                link = sansio.read_direct_link(await self._call(self._session, "POST", f"{self._api}{path}", json=body))
                if link in tried:
                    continue
                tried.add(link)
                return await self._fetched(link, into, usable)
            except (ApiRefused, Unreadable, BadPicture) as error:
                causes.append(f"{path} by {', '.join(body)}: {error}")
            except ApiError as error:  # the other ways use the same host
                causes.append(f"{path}: {error}")
                passing = True
                break
        message = "; ".join(cause[:200] for cause in causes)
        raise AnswerLost(message) if passing else ApiRefused(Failure.LOST_RESULT, message)

    async def _fetched(self, url: str, into: Path, usable: Usable[Found]) -> Found:
        return await usable(await self._fetcher.fetch(url, into))

    @override
    async def credits(self) -> float:
        return sansio.read_credits(await self._call(self._session, "GET", f"{self._api}/api/v1/chat/credit"))

    @override
    async def model_ids(self) -> set[str]:
        return catalog.read_ids(await self._call(self._session, "GET", f"{self._api}/api/v1/models"))

    @override
    async def model_prices(self, model_id: str) -> dict[str, int]:
        url = f"{self._api}/api/v1/models/{model_id}/price"
        return catalog.read_prices(await self._call(self._session, "GET", url))

    async def _call(self, session: aiohttp.ClientSession | None, method: str, url: str, **kwargs: Any) -> Any:
        if session is None:
            raise NotSent("the client is not open")
        try:
            proxy = self._proxies.of(url)
            async with session.request(method, url, allow_redirects=False, proxy=proxy, **kwargs) as answer:
                body = await read_bounded(answer.content.iter_any(), sansio.MAX_ANSWER)
                status = answer.status
        except TooManyBytes as error:
            raise Unreadable(f"the answer is longer than {sansio.MAX_ANSWER} bytes") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise NotSent(_cause(error)) from error
        except (aiohttp.InvalidURL, ValueError, TypeError) as error:  # the request can't be built: nothing was sent
            raise NotSent(f"the request could not be made: {_cause(error)}") from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise AnswerLost(_cause(error)) from error
        return sansio.read_answer(status, body)


def _cause(error: BaseException) -> str:
    """Name an error without its message, which may contain a URL with a secret."""
    return type(error).__name__
