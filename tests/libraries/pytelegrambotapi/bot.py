"""A bot that uses pyTelegramBotAPI and polling."""

import os

import telebot
from telebot import apihelper, types

api = os.environ["API"]
apihelper.API_URL = api + "/bot{0}/{1}"
apihelper.FILE_URL = api + "/file/bot{0}/{1}"
bot = telebot.TeleBot(os.environ["TOKEN"])


@bot.message_handler(commands=["start"])
def start(message: types.Message) -> None:
    """Greet with a button."""
    markup = types.InlineKeyboardMarkup()
    markup.add(types.InlineKeyboardButton("Press me", callback_data="pressed"))
    bot.send_message(message.chat.id, "Hello", reply_markup=markup)


@bot.callback_query_handler(func=lambda query: query.data == "pressed")
def pressed(query: types.CallbackQuery) -> None:
    """Answer the press and edit the message."""
    bot.answer_callback_query(query.id, "Thanks")
    bot.edit_message_text("You pressed", query.message.chat.id, query.message.message_id)


@bot.message_handler(content_types=["photo"])
def photo(message: types.Message) -> None:
    """Send the photo back."""
    file = bot.get_file(message.photo[-1].file_id)
    bot.send_photo(message.chat.id, ("back again.png", bot.download_file(file.file_path)), caption="Yours")


bot.infinity_polling()
