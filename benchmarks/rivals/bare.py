"""The wire alone: a program that makes the exchanges of an order with aiohttp, without a framework, checks or a store.

It is the floor that the bot is measured against. A crash loses all orders, and no input is checked.
"""

import asyncio
import os
from typing import Any

import aiohttp
from aiohttp import web

TELEGRAM = f"{os.environ['TELEGRAM_API_URL']}/bot{os.environ['TELEGRAM_BOT_TOKEN']}"
IMAGE_API = os.environ["IMAGE_API_URL"]
KEY = {"Authorization": f"Bearer {os.environ['IMAGE_API_KEY']}"}
PUBLIC_URL = os.environ["PUBLIC_URL"]
PORT = int(os.environ["PORT"])

chats: dict[str, asyncio.Future[tuple[int, int]]] = {}
"""Task id → chat and placeholder. A notification may come before the answer to its order."""
errands: set[asyncio.Task[None]] = set()
session: aiohttp.ClientSession


async def telegram(method: str, **values: Any) -> Any:
    """Call the Bot API and return the result."""
    async with session.post(f"{TELEGRAM}/{method}", json=values) as answer:
        return (await answer.json())["result"]


async def ordered(request: web.Request) -> web.Response:
    """Take an update."""
    message = (await request.json()).get("message")
    if message:
        start(order(message))
    return web.Response()


async def order(message: dict[str, Any]) -> None:
    """Answer with a placeholder and ask for a picture."""
    chat = message["chat"]["id"]
    placeholder = await telegram("sendMessage", chat_id=chat, text="🕓 Got it.")
    body = {
        "prompt": message["text"],
        "size": "1:1",
        "nVariants": 1,
        "isEnhance": False,
        "callBackUrl": f"{PUBLIC_URL}/callback",
    }
    async with session.post(f"{IMAGE_API}/api/v1/gpt4o-image/generate", json=body, headers=KEY) as answer:
        task = (await answer.json())["data"]["taskId"]
    await telegram("editMessageText", chat_id=chat, message_id=placeholder["message_id"], text="🎨 Painting…")
    ordered_by(task).set_result((chat, placeholder["message_id"]))


async def called(request: web.Request) -> web.Response:
    """Take a notification."""
    start(show((await request.json())["data"]["taskId"]))
    return web.Response()


async def show(task: str) -> None:
    """Confirm the outcome, fetch the picture and show it."""
    chat, placeholder = await ordered_by(task)
    del chats[task]
    url = f"{IMAGE_API}/api/v1/gpt4o-image/record-info"
    async with session.get(url, params={"taskId": task}, headers=KEY) as answer:
        (link,) = (await answer.json())["data"]["response"]["resultUrls"]
    async with session.get(link) as answer:
        picture = await answer.read()
    media = '{"type": "photo", "media": "attach://picture", "caption": "Done"}'
    form = aiohttp.FormData({"chat_id": str(chat), "message_id": str(placeholder), "media": media})
    form.add_field("picture", picture, filename="picture.png", content_type="image/png")
    async with session.post(f"{TELEGRAM}/editMessageMedia", data=form) as answer:
        await answer.read()


def ordered_by(task: str) -> asyncio.Future[tuple[int, int]]:
    """Return the future chat and placeholder of a task."""
    return chats.setdefault(task, asyncio.get_running_loop().create_future())


def start(work: Any) -> None:
    """Run work beside the request that asked for it."""
    task = asyncio.create_task(work)
    errands.add(task)
    task.add_done_callback(errands.discard)


async def healthy(_: web.Request) -> web.Response:
    """Answer that the program runs."""
    return web.Response()


async def main() -> None:
    """Listen until the process is ended."""
    global session
    app = web.Application()
    app.add_routes([web.post("/telegram", ordered), web.post("/callback", called), web.get("/healthz", healthy)])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", PORT).start()
        await telegram("setWebhook", url=f"{PUBLIC_URL}/telegram")
        await asyncio.Event().wait()


asyncio.run(main())
