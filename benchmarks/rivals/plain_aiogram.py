"""A bot as aiogram's examples write one, with a dict from task to chat. It runs in an environment of its own.

Nothing is stored or checked, and a crash loses all orders. `make libraries` makes its environment.
"""

import asyncio
import os

import aiohttp
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile, InputMediaPhoto, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

IMAGE_API = os.environ["IMAGE_API_URL"]
KEY = {"Authorization": f"Bearer {os.environ['IMAGE_API_KEY']}"}
PUBLIC_URL = os.environ["PUBLIC_URL"]

placeholders: dict[str, asyncio.Future[Message]] = {}
"""Task id → placeholder. A notification may come before the answer to its order."""
errands: set[asyncio.Task[None]] = set()
dispatcher = Dispatcher()
session: aiohttp.ClientSession


def ordered_by(task: str) -> asyncio.Future[Message]:
    """Return the future placeholder of a task."""
    return placeholders.setdefault(task, asyncio.get_running_loop().create_future())


@dispatcher.message(F.text)
async def order(message: Message) -> None:
    """Answer with a placeholder and ask for a picture."""
    placeholder = await message.answer("🕓 Got it.")
    body = {
        "prompt": message.text,
        "size": "1:1",
        "nVariants": 1,
        "isEnhance": False,
        "callBackUrl": f"{PUBLIC_URL}/callback",
    }
    async with session.post(f"{IMAGE_API}/api/v1/gpt4o-image/generate", json=body, headers=KEY) as answer:
        task = (await answer.json())["data"]["taskId"]
    await placeholder.edit_text("🎨 Painting…")
    ordered_by(task).set_result(placeholder)


async def called(request: web.Request) -> web.Response:
    """Take a notification."""
    task = asyncio.create_task(show((await request.json())["data"]["taskId"]))
    errands.add(task)
    task.add_done_callback(errands.discard)
    return web.Response()


async def show(task: str) -> None:
    """Confirm the outcome, fetch the picture and show it."""
    placeholder = await ordered_by(task)
    del placeholders[task]
    url = f"{IMAGE_API}/api/v1/gpt4o-image/record-info"
    async with session.get(url, params={"taskId": task}, headers=KEY) as answer:
        (link,) = (await answer.json())["data"]["response"]["resultUrls"]
    async with session.get(link) as answer:
        picture = await answer.read()
    await placeholder.edit_media(InputMediaPhoto(media=BufferedInputFile(picture, "picture.png"), caption="Done"))


async def healthy(_: web.Request) -> web.Response:
    """Answer that the program runs."""
    return web.Response()


async def main() -> None:
    """Listen until the process is ended."""
    global session
    server = TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"])
    bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=AiohttpSession(api=server, limit=256))
    app = web.Application()
    app.add_routes([web.post("/callback", called), web.get("/healthz", healthy)])
    SimpleRequestHandler(dispatcher, bot, handle_in_background=True).register(app, path="/telegram")
    async with aiohttp.ClientSession() as session:
        await bot.set_webhook(f"{PUBLIC_URL}/telegram")
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
        await asyncio.Event().wait()


asyncio.run(main())
