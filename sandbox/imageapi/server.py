"""The HTTP routes of the image API, and a server for the image API alone.

The catalog (`/api/v1/models`, `…/{id}/price`, `…/{id}/schema`) has a form of its own: the vendor's isn't recorded.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

from sandbox.faults import Faults
from sandbox.imageapi.envelope import ApiError, refusal, success
from sandbox.imageapi.jobs import schema_of
from sandbox.imageapi.models import BY_ID, Model
from sandbox.imageapi.receive import base64_upload, read_json, stream_upload, url_upload
from sandbox.imageapi.tasks import Call, ImageApi
from sandbox.misbehave import Handler, misbehave

Answer = Callable[[web.Request, Call], Awaitable[web.Response]]

JOBS = "/api/v1/jobs/"
SHIELDED = ("Python-urllib/",)
"""Prefixes of user agents that the vendor's shield refuses. It also refuses requests without a user agent."""


def add_routes(app: web.Application, api: ImageApi) -> None:
    """Add the routes of the API and of its files to an application."""
    routes = Routes(api)
    paint = "/api/v1/gpt4o-image"
    app.router.add_post(f"{paint}/generate", routes.call("generate", routes.generate))
    app.router.add_get(f"{paint}/record-info", routes.call("record-info", routes.record_info))
    app.router.add_post(f"{paint}/download-url", routes.call("download-url", routes.download_url))
    app.router.add_post("/api/v1/common/download-url", routes.call("download-url", routes.common_download_url))
    app.router.add_post(f"{JOBS}createTask", routes.call("generate", routes.create_task))
    app.router.add_get(f"{JOBS}recordInfo", routes.call("record-info", routes.job_record_info))
    app.router.add_get("/api/v1/models", routes.call("catalog", routes.models))
    app.router.add_get("/api/v1/models/{id:.+}/price", routes.call("catalog", routes.price))
    app.router.add_get("/api/v1/models/{id:.+}/schema", routes.call("catalog", routes.schema))
    app.router.add_get("/api/v1/chat/credit", routes.call("credit", routes.credit))
    for way, upload in (("stream", stream_upload), ("base64", base64_upload), ("url", url_upload)):
        app.router.add_post(f"/api/file-{way}-upload", routes.call("upload", routes.upload(upload)))
    app.router.add_route("*", "/api/{rest:.*}", routes.call("unknown", routes.unknown))
    for path, name in (("/uploads/{name}", "input"), ("/results/{task}/{name}", "result"), ("/direct/{id}", "direct")):
        app.router.add_get(path, routes.file(name))


class Routes:
    """The endpoints, one method each."""

    def __init__(self, api: ImageApi) -> None:
        self.api = api

    def call(self, name: str, answer: Answer) -> Handler:
        """Return a handler that wraps an endpoint with the log, the faults, the key check and the envelope."""

        async def handle(request: web.Request) -> web.StreamResponse:
            scheme, _, key = request.headers.get("Authorization", "").partition(" ")
            protocol = {"protocol": "jobs"} if request.path.startswith(JOBS) else {}
            params = {**request.query, **protocol}
            call = Call("image", name, self.api.clock(), params, key if scheme == "Bearer" else "")
            self.api.requests.append(call)
            agent = request.headers.get("User-Agent", "")
            if not agent.strip() or agent.startswith(SHIELDED):
                return web.Response(status=403, text="error code: 1010")
            faults = self.api.faults.take("image", name)
            code = next((fault.code() for fault in faults if fault.kind == "code"), None)

            async def right(request: web.Request) -> web.StreamResponse:
                if code is not None:
                    return refusal(ApiError(*code))
                try:
                    self._check_key(call)
                    return await answer(request, call)
                except ApiError as error:
                    return refusal(error)

            return await misbehave(request, faults, right)

        return handle

    def file(self, name: str) -> Handler:
        """Return a handler that serves files. They need no key, as at the vendor."""

        async def right(request: web.Request) -> web.StreamResponse:
            blob = self.api.files.find(request.path)
            if blob is None:
                return web.Response(status=403 if name == "direct" else 404)
            return web.Response(body=blob.body, content_type=blob.mime)

        async def handle(request: web.Request) -> web.StreamResponse:
            self.api.requests.append(Call("image", name, self.api.clock(), {"path": request.path}))
            faults = [*self.api.faults.take("image", name), *self.api.faults.take("file", name)]
            if any(fault.kind == "code" for fault in faults):
                return refusal(ApiError(404))
            return await misbehave(request, faults, right)

        return handle

    def upload(self, receive: Callable[..., Awaitable[dict[str, Any]]]) -> Answer:
        """Return an endpoint for one of the three ways to upload."""

        async def answer(request: web.Request, call: Call) -> web.Response:
            data = await receive(request, self.api.files)
            call.params |= {"filePath": data["filePath"], "fileSize": data["fileSize"]}
            return web.json_response({"success": True, "code": 200, "msg": "File uploaded successfully", "data": data})

        return answer

    async def generate(self, request: web.Request, call: Call) -> web.Response:
        """Start a task."""
        body = await read_json(request)
        call.params = body if isinstance(body, dict) else {"body": body}
        task = await self.api.generate(body, call.key)
        return success({"taskId": task.id})

    async def record_info(self, request: web.Request, call: Call) -> web.Response:
        """Return a task's record."""
        task_id = request.query.get("taskId")
        if not task_id:
            raise ApiError(422, "taskId is required")
        return success(self.api.record(task_id, call.key))

    async def create_task(self, request: web.Request, call: Call) -> web.Response:
        """Start a task of the jobs API."""
        body = await read_json(request)
        call.params |= body if isinstance(body, dict) else {"body": body}
        task = await self.api.create_task(body, call.key)
        return success({"taskId": task.id, "recordId": task.id})

    async def job_record_info(self, request: web.Request, call: Call) -> web.Response:
        """Return the record of a task of the jobs API."""
        task_id = request.query.get("taskId")
        if not task_id:
            raise ApiError(422, "taskId is required")
        return success(self.api.job_record(task_id, call.key))

    async def models(self, request: web.Request, call: Call) -> web.Response:
        """List the ids and titles of all models that are published."""
        self._check_listings()
        return success(
            [{"model": id_, "title": model.name} for id_, model in BY_ID.items() if id_ not in self.api.gone]
        )

    async def price(self, request: web.Request, call: Call) -> web.Response:
        """Return the prices of a model, one for each resolution or factor that has its own."""
        id_, model = self._model(request)
        changed = self.api.price_changes.get(id_)
        prices = model.prices if changed is None else dict.fromkeys(model.prices, changed)
        listed = [{"resolution": key or None, "credits": float(price)} for key, price in prices.items()]
        return success({"model": id_, "prices": listed})

    async def schema(self, request: web.Request, call: Call) -> web.Response:
        """Return the fields of a model's input with their values."""
        id_, model = self._model(request)
        return success({"model": id_, "input": schema_of(model, id_)})

    def _check_listings(self) -> None:
        if self.api.limits and not self.api.listings.allows():
            raise ApiError(429)

    def _model(self, request: web.Request) -> tuple[str, Model]:
        self._check_listings()
        id_ = request.match_info["id"]
        if id_ not in BY_ID or id_ in self.api.gone:
            raise ApiError(404)
        return id_, BY_ID[id_]

    async def download_url(self, request: web.Request, call: Call) -> web.Response:
        """Return a direct link to a result: a string, or an object for a body in the quickstarts' form."""
        body = await read_json(request)
        call.params = body if isinstance(body, dict) else {"body": body}
        if isinstance(body, dict) and "imageUrl" in body and "taskId" not in body:
            return success({"downloadUrl": self.api.link_to(body["imageUrl"])})
        return success(self.api.download_url(body, call.key))

    async def common_download_url(self, request: web.Request, call: Call) -> web.Response:
        """Return a direct link to a result of any task."""
        body = await read_json(request)
        call.params = body if isinstance(body, dict) else {"body": body}
        return success(self.api.link_to(body.get("url") if isinstance(body, dict) else None))

    async def credit(self, request: web.Request, call: Call) -> web.Response:
        """Return the remaining credits."""
        return success(float(self.api.credits_of(call.key)))

    async def unknown(self, request: web.Request, call: Call) -> web.Response:
        """Answer code 404 for all other paths under `/api/`."""
        call.params["path"] = request.path
        raise ApiError(404)

    def _check_key(self, call: Call) -> None:
        if not self.api.knows(call.key):
            raise ApiError(401)


class ImageApiServer:
    """A server for the image API alone, on its own port. `settings` are keyword arguments of ImageApi."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = "sandbox-key",
        faults: Faults | None = None,
        **settings: Any,
    ) -> None:
        self.host = host
        self.port = port
        self.api = ImageApi(api_key=api_key, faults=faults, **settings)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The server's root URL, once it is started."""
        return self.api.url

    async def start(self) -> None:
        """Start listening. With port 0, the system chooses a free port."""
        app = web.Application()
        add_routes(app, self.api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        self.api.url = f"http://{self.host}:{self.port}"

    async def stop(self) -> None:
        """Cancel all requests, tasks and notifications."""
        await self.api.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.stop()
