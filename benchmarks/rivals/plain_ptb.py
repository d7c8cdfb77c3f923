"""A bot as python-telegram-bot's examples write one: the default request class, and a dict from task to chat.

Nothing is stored or checked, and a crash loses all orders.
"""

import asyncio
import os

import aiohttp
from aiohttp import web
from telegram import InputMediaPhoto, Message, Update
from telegram.ext import Application, ApplicationBuilder, ContextTypes, MessageHandler, filters

IMAGE_API = os.environ["IMAGE_API_URL"]
KEY = {"Authorization": f"Bearer {os.environ['IMAGE_API_KEY']}"}
PUBLIC_URL = os.environ["PUBLIC_URL"]

placeholders: dict[str, asyncio.Future[Message]] = {}
"""Task id → placeholder. A notification may come before the answer to its order."""


def ordered_by(task: str) -> asyncio.Future[Message]:
    """Return the future placeholder of a task."""
    return placeholders.setdefault(task, asyncio.get_running_loop().create_future())


class Bot:
    """The handlers."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        builder = ApplicationBuilder().token(os.environ["TELEGRAM_BOT_TOKEN"]).updater(None).concurrent_updates(True)
        builder = builder.base_url(f"{os.environ['TELEGRAM_API_URL']}/bot").connection_pool_size(256).pool_timeout(60)
        self.application: Application = builder.build()  # type: ignore[type-arg]
        self.application.add_handler(MessageHandler(filters.TEXT, self.order))

    async def order(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Answer with a placeholder and ask for a picture."""
        message = update.effective_message
        if message is None:
            return
        placeholder = await message.reply_text("🕓 Got it.")
        body = {
            "prompt": message.text,
            "size": "1:1",
            "nVariants": 1,
            "isEnhance": False,
            "callBackUrl": f"{PUBLIC_URL}/callback",
        }
        async with self.session.post(f"{IMAGE_API}/api/v1/gpt4o-image/generate", json=body, headers=KEY) as answer:
            task = (await answer.json())["data"]["taskId"]
        await placeholder.edit_text("🎨 Painting…")
        ordered_by(task).set_result(placeholder)

    async def show(self, task: str) -> None:
        """Confirm the outcome, fetch the picture and show it."""
        placeholder = await ordered_by(task)
        del placeholders[task]
        url = f"{IMAGE_API}/api/v1/gpt4o-image/record-info"
        async with self.session.get(url, params={"taskId": task}, headers=KEY) as answer:
            (link,) = (await answer.json())["data"]["response"]["resultUrls"]
        async with self.session.get(link) as answer:
            picture = await answer.read()
        await placeholder.edit_media(InputMediaPhoto(picture, caption="Done"))

    async def ordered(self, request: web.Request) -> web.Response:
        """Take an update."""
        update = Update.de_json(await request.json(), self.application.bot)
        await self.application.update_queue.put(update)
        return web.Response()

    async def called(self, request: web.Request) -> web.Response:
        """Take a notification."""
        self.application.create_task(self.show((await request.json())["data"]["taskId"]))
        return web.Response()


async def healthy(_: web.Request) -> web.Response:
    """Answer that the program runs."""
    return web.Response()


async def main() -> None:
    """Listen until the process is ended."""
    async with aiohttp.ClientSession() as session:
        bot = Bot(session)
        app = web.Application()
        app.add_routes(
            [web.post("/telegram", bot.ordered), web.post("/callback", bot.called), web.get("/healthz", healthy)]
        )
        async with bot.application:
            await bot.application.start()
            await bot.application.bot.set_webhook(f"{PUBLIC_URL}/telegram")
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
            await asyncio.Event().wait()


asyncio.run(main())
