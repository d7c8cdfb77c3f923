"""A bot that uses aiogram and polling."""

import asyncio
import os

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["API"]))
bot = Bot(os.environ["TOKEN"], session=session)
dispatcher = Dispatcher()


@dispatcher.message(Command("start"))
async def start(message: Message) -> None:
    """Greet with a button."""
    button = InlineKeyboardButton(text="Press me", callback_data="pressed")
    await message.answer("Hello", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))


@dispatcher.callback_query(F.data == "pressed")
async def pressed(query: CallbackQuery) -> None:
    """Answer the press and edit the message."""
    await query.answer("Thanks")
    await query.message.edit_text("You pressed")


@dispatcher.message(F.photo)
async def photo(message: Message) -> None:
    """Send the photo back."""
    file = await bot.download(message.photo[-1])
    await message.answer_photo(BufferedInputFile(file.read(), "back again.png"), caption="Yours")


asyncio.run(dispatcher.start_polling(bot, handle_signals=False))
