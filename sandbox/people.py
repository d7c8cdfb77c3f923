"""The user side of the sandbox's Telegram: HTTP routes for the chat page and for tests in other processes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.telegram.calls import Upload
from sandbox.telegram.errors import BotApiError
from sandbox.telegram.methods_commands import menu_of
from sandbox.telegram.reading import read_form
from sandbox.telegram.world import World

PAGE = Path(__file__).with_name("page")
HEARTBEAT_S = 15.0
STREAM = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
PRESS = ("chat_id", "message_id", "person_id")
SHOWN_ROLES = ("creator", "administrator", "restricted")


def add_routes(app: web.Application, world: World) -> None:
    """Add the routes of the user side and the page to an application."""
    people = People(world)
    app.router.add_get("/", people.index)
    app.router.add_static("/page/", PAGE)
    app.router.add_get("/chat/state", people.state)
    app.router.add_get("/chat/messages", people.messages)
    app.router.add_get("/chat/commands", people.commands)
    app.router.add_get("/chat/events", people.events)
    app.router.add_get("/chat/file/{file_id}", people.file)
    app.router.add_post("/chat/send", people.send)
    app.router.add_post("/chat/press", people.press)
    app.router.add_post("/chat/open-app", people.open_app)
    app.router.add_post("/chat/follow-link", people.follow_link)


class People:
    """The handlers of the page's requests. They answer an invalid request 4xx with a message in `error`."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def index(self, request: web.Request) -> web.StreamResponse:
        """Return the chat page."""
        return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def state(self, request: web.Request) -> web.Response:
        """Return the bot, the users and the chats."""
        world = self.world
        chats = [chat for chat in world.chats.values() if chat.migrated_to is None]
        return web.json_response(
            {
                "bot": world.bot,
                "people": list(world.people.values()),
                "chats": [chat_json(world, chat.id) for chat in chats],
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        """Return the messages of a chat and the bot's reactions."""
        chat_id = _number(request.query, "chat_id")
        if chat_id not in self.world.chats:
            raise _refusal("there is no such chat", status=404)
        shown = [entry.shown for entry in self.world.chats[chat_id].entries.values() if not entry.deleted]
        return web.json_response({"messages": shown, "reactions": self.world.reactions(chat_id)})

    async def commands(self, request: web.Request) -> web.Response:
        """Return the bot's commands as one of the users sees them in a chat."""
        chat_id, person_id = _number(request.query, "chat_id"), _number(request.query, "person_id")
        if chat_id not in self.world.chats:
            raise _refusal("there is no such chat", status=404)
        return web.json_response({"commands": menu_of(self.world, chat_id, person_id)})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream all events as server-sent events, from `since` or from now on."""
        events, updates = self.world.events, self.world.updates
        told = request.query.get("since", request.headers.get("Last-Event-ID"))
        seq = events.seq if told is None or not told.isdigit() else int(told)
        if seq > events.seq:
            seq = 0  # the sandbox was restarted since the page counted
        stream = web.StreamResponse(headers=STREAM)
        await stream.prepare(request)
        try:
            while not updates.closing:
                for event in events.since(seq):
                    seq = event["seq"]
                    await stream.write(f"id: {seq}\ndata: {json.dumps(event)}\n\n".encode())
                if events.seq <= seq and not await events.bell.wait(HEARTBEAT_S):
                    await stream.write(b": still here\n\n")
        except ConnectionError:
            pass  # the page was closed
        return stream

    async def send(self, request: web.Request) -> web.Response:
        """Send a message as one of the users."""
        try:
            values, files = await read_form(request)
            as_document = values.get("as_document") in {"1", "true"}
            said = await self.world.say(
                _number(values, "chat_id"),
                _number(values, "person_id"),
                str(values.get("text", "")),
                files=[_outgoing(upload, as_document) for name, upload in files if name == "file"],
                reply_to=_number(values, "reply_to") if values.get("reply_to") else None,
                thread_id=_number(values, "thread_id") if values.get("thread_id") else None,
            )
        except BotApiError as error:
            raise _refusal(error.description) from error
        except ValueError as error:
            raise _refusal(str(error)) from error
        return web.json_response({"messages": said})

    async def press(self, request: web.Request) -> web.Response:
        """Press a button as one of the users and return the bot's answer."""
        try:
            values, _ = await read_form(request)
            chat_id, message_id, person_id = (_number(values, key) for key in PRESS)
            answer = await self.world.press(chat_id, message_id, person_id, str(values.get("data", "")))
        except TimeoutError as error:
            raise _refusal("the bot did not answer", status=424) from error
        except (BotApiError, ValueError) as error:
            raise _refusal(str(error)) from error
        return web.json_response(answer)

    async def open_app(self, request: web.Request) -> web.Response:
        """Open the Mini App of a button and return the URL to load, with the page's colors if it sends them."""
        try:
            values, _ = await read_form(request)
            chat_id, message_id, person_id = (_number(values, key) for key in PRESS)
            theme = values.get("theme")
            url = self.world.open_app(chat_id, message_id, person_id, str(values.get("url", "")), theme=theme)
        except (BotApiError, ValueError) as error:
            raise _refusal(str(error)) from error
        return web.json_response({"url": url})

    async def follow_link(self, request: web.Request) -> web.Response:
        """Follow a deep link to the bot and press Start."""
        try:
            values, _ = await read_form(request)
            said = await self.world.follow_link(_number(values, "person_id"), str(values.get("code", "")))
        except (BotApiError, ValueError) as error:
            raise _refusal(str(error)) from error
        return web.json_response({"messages": [said]})

    async def file(self, request: web.Request) -> web.Response:
        """Return a file's bytes. The headers keep an uploaded file from running scripts on this origin."""
        stored = self.world.files.get(request.match_info["file_id"])
        if stored is None:
            raise _refusal("there is no such file", status=404)
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        headers["Cache-Control"] = "private, max-age=86400, immutable"
        name = request.query.get("name")
        if name is not None:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        return web.Response(body=stored.data, content_type=stored.mime, headers=headers)


def chat_json(world: World, chat_id: int) -> dict[str, Any]:
    """Return a chat with its members (the bot included), their roles, and its topics."""
    chat = world.chats[chat_id]
    topics = {"topics": chat.topics, "closed_topics": list(chat.closed_topics)} if chat.topics else {}
    members = [*chat.members, *([world.bot["id"]] if chat.bot_here else [])]
    roles = {person_id: world.role_of(chat, person_id) for person_id in members}
    shown = {str(person_id): role.status for person_id, role in roles.items() if role.status in SHOWN_ROLES}
    anonymous = [person_id for person_id, role in roles.items() if role.anonymous]
    return {**chat.public(), "members": members, "roles": shown, "anonymous": anonymous, **topics}


def _outgoing(upload: Upload, as_document: bool) -> tuple[str, bytes, bool]:
    return upload.name, upload.data, as_document


def _number(values: Mapping[str, Any], key: str) -> int:
    try:
        return int(values[key])
    except (KeyError, ValueError, TypeError) as error:
        raise _refusal(f"{key} must be a number") from error


def _refusal(words: str, status: int = 400) -> web.HTTPException:
    """Return an exception that aiohttp turns into an answer."""
    known: dict[int, type[web.HTTPClientError]] = {404: web.HTTPNotFound, 424: web.HTTPFailedDependency}
    refused = known.get(status, web.HTTPBadRequest)
    return refused(text=json.dumps({"error": words}), content_type="application/json")
