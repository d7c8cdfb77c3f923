"""The control interface: HTTP routes that add faults, change settings, and show tasks, chats and calls."""

import json
from typing import Any

from aiohttp import web

from sandbox.faults import Faults
from sandbox.imageapi.tasks import ImageApi
from sandbox.people import chat_json
from sandbox.telegram.world import World

OF_TELEGRAM = {"mini_apps", "privacy", "admin"}


def add_routes(app: web.Application, world: World, images: ImageApi, faults: Faults) -> None:
    """Add the routes of the control interface to an application."""
    control = Control(world, images, faults)
    app.router.add_post("/control/faults", control.add_faults)
    app.router.add_delete("/control/faults", control.clear_faults)
    app.router.add_post("/control/settings", control.settings)
    app.router.add_get("/control/tasks", control.tasks)
    app.router.add_get("/control/chats", control.chats)
    app.router.add_get("/control/log", control.log)


class Control:
    """The handlers of the control interface."""

    def __init__(self, world: World, images: ImageApi, faults: Faults) -> None:
        self.world = world
        self.images = images
        self.faults = faults

    async def add_faults(self, request: web.Request) -> web.Response:
        """Add the faults of a JSON list. If one of them is invalid, add none and answer 400."""
        body = await _json(request)
        try:
            added = self.faults.from_json(body if isinstance(body, list) else [body])
        except (ValueError, TypeError, AttributeError) as error:
            return _refusal(str(error))
        return web.json_response({"added": len(added), "waiting": len(self.faults)})

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Remove all waiting faults, and let the calls go on that a `hold` fault holds."""
        self.faults.clear()
        return web.json_response({"waiting": 0})

    async def settings(self, request: web.Request) -> web.Response:
        """Change settings: those of the image API, `limits` of both APIs, `mini_apps`, `privacy` and `admin`."""
        body = await _json(request)
        if not isinstance(body, dict):
            return _refusal("settings are a JSON object")
        try:
            self._change(body)
        except ValueError as error:
            return _refusal(str(error))
        return web.json_response({"limits": self.world.limits.enabled, "flood_errors": self.world.flood_errors})

    def _change(self, wanted: dict[str, Any]) -> None:
        apps = wanted.get("mini_apps", {})
        if not isinstance(apps, dict) or not all(isinstance(url, str) for url in apps.values()):
            raise ValueError("mini_apps maps names to web addresses")
        self.images.change({key: value for key, value in wanted.items() if key not in OF_TELEGRAM})
        if "limits" in wanted:
            self.world.limits.enabled = bool(wanted["limits"])
        if "privacy" in wanted:
            self.world.privacy = bool(wanted["privacy"])
        if "admin" in wanted:
            change = self.world.promote if wanted["admin"] else self.world.demote
            for chat in self.world.chats.values():
                if chat.is_group:
                    change(chat.id, self.world.bot["id"])
        self.world.mini_apps |= apps

    async def tasks(self, request: web.Request) -> web.Response:
        """Return all tasks of the image API."""
        return web.json_response({"tasks": [task.to_json() for task in self.images.tasks.values()]})

    async def chats(self, request: web.Request) -> web.Response:
        """Return all chats with their messages, and how often the bot exceeded Telegram's limits."""
        chats = [
            chat_json(self.world, chat_id) | {"messages": self.world.messages(chat_id)} for chat_id in self.world.chats
        ]
        return web.json_response({"chats": chats, "flood_errors": self.world.flood_errors})

    async def log(self, request: web.Request) -> web.Response:
        """Return the last calls to both APIs, ordered by time."""
        calls = [*self.world.log.calls, *(call.to_json() for call in list(self.images.requests))]
        return web.json_response({"calls": sorted(calls, key=lambda call: float(call["time"]))})


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except json.JSONDecodeError:
        return None


def _refusal(words: str) -> web.Response:
    return web.json_response({"error": words}, status=400)
