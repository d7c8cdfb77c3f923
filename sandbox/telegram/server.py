"""The HTTP routes of the Bot API: `/bot{token}/{method}` and file downloads, with their faults."""

import hmac
import json
import re
from collections.abc import Iterable
from typing import Any

from aiohttp import ClientResponse, web

from sandbox.faults import Fault
from sandbox.misbehave import misbehave
from sandbox.telegram.calls import STRICT, Upload, proper_name, read_call
from sandbox.telegram.errors import BotApiError, by_code, flood
from sandbox.telegram.methods import perform
from sandbox.telegram.reading import read_answer, read_form
from sandbox.telegram.world import World

TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)
NOT_IN_ANSWERS = {"setWebhook", "deleteWebhook", "close", "logOut"}


def add_routes(app: web.Application, world: World) -> None:
    """Add the routes of the Bot API to an application."""
    server = Server(world)
    app.router.add_route("GET", "/bot{token:[^/]+}/{method}", server.method)
    app.router.add_route("POST", "/bot{token:[^/]+}/{method}", server.method)
    app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", server.file)
    # Libraries expect JSON at any path.
    app.router.add_route("*", "/bot{rest:.*}", nowhere)
    app.router.add_route("*", "/file/bot{rest:.*}", nowhere)


async def nowhere(_: web.Request) -> web.Response:
    """Answer 404 for paths that are neither a method nor a file."""
    return _refusal(BotApiError(404, "Not Found"))


class Server:
    """The handlers of the Bot API."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.carry_out = self.carry_out

    async def carry_out(self, answer: ClientResponse) -> None:
        """Run the call in a webhook's answer. The bot doesn't get its result, as at Telegram.

        Methods about the webhook itself and methods that only read are ignored.
        """
        STRICT.set(self.world.strict)
        try:
            values, files = await read_answer(answer)
            name = proper_name(str(values.pop("method", "")))
            if name and name not in NOT_IN_ANSWERS and not name.startswith("get"):
                logged = self.world.log.add("telegram", name, values | {key: _told(upload) for key, upload in files})
                logged["answer"] = 200
                await perform(self.world, read_call(name, values, dict(files)))
        except BotApiError as error:
            self.world.log.add("telegram", "webhook answer", {"refused": error.description})

    async def method(self, request: web.Request) -> web.StreamResponse:
        """Handle a call of a method."""
        name = proper_name(request.match_info["method"])
        STRICT.set(self.world.strict)
        try:
            self._check_token(request)
            values, files = await read_form(request)
        except BotApiError as error:
            return _refusal(error)
        logged = self.world.log.add("telegram", name, values | {key: _told(upload) for key, upload in files})
        faults = self.world.faults.take("telegram", name)

        async def handle(_: web.Request) -> web.StreamResponse:
            try:
                self._obey(faults, values)
                result = await perform(self.world, read_call(name, values, dict(files)))
            except BotApiError as error:
                logged["answer"] = error.code
                return _refusal(error)
            logged["answer"] = 200
            for fault in faults:
                if fault.kind == "odd" and fault.value is None:
                    return web.json_response({"ok": True})
                if fault.kind == "odd":
                    odd = json.loads(str(fault.value))
                    result = {**result, **odd} if isinstance(result, dict) and isinstance(odd, dict) else odd
            return web.json_response({"ok": True, "result": result})

        return await misbehave(request, faults, handle)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Return the bytes of a `file_path`."""
        faults = self.world.faults.take("file", "telegram")

        async def handle(request: web.Request) -> web.StreamResponse:
            stored = self.world.files.at(request.match_info["path"])
            if stored is None:
                return _refusal(BotApiError(404, "Not Found"))
            # Telegram doesn't send a file's type.
            return web.Response(body=stored.data, content_type="application/octet-stream")

        try:
            self._check_token(request)
        except BotApiError as error:
            return _refusal(error)
        return await misbehave(request, faults, handle)

    def _check_token(self, request: web.Request) -> None:
        given = request.match_info["token"]
        if not TOKEN.fullmatch(given):
            raise BotApiError(404, "Not Found")
        if not hmac.compare_digest(given.encode(), self.world.token.encode()):
            raise BotApiError(401, "Unauthorized")

    def _obey(self, faults: Iterable[Fault], values: dict[str, Any]) -> None:
        """Raise the error that a fault orders. An ordered 429 closes the chat, so that an early retry is noticed."""
        for fault in faults:
            if fault.kind == "retry_after":
                seconds = int(fault.seconds(1))
                chat_id = str(values.get("chat_id", ""))
                if chat_id.lstrip("-").isdigit():
                    self.world.limits.close(int(chat_id), seconds)
                raise flood(seconds)
            if fault.kind == "code":
                raise by_code(*fault.code())


def _refusal(error: BotApiError) -> web.Response:
    return web.json_response(error.envelope(), status=error.code)


def _told(upload: Upload) -> str:
    return f"{upload.name} ({len(upload.data)} bytes)"
