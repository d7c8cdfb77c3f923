// node-telegram-bot-api, polling.
import { Bot, InlineKeyboardBuilder, InputFile } from "node-telegram-bot-api";

const { API, TOKEN } = process.env;
const bot = new Bot(TOKEN, { apiRoot: API });
bot.command("start", (ctx) =>
  ctx.reply("Hello", { reply_markup: new InlineKeyboardBuilder().text("Press me", "pressed").build() }),
);
bot.on("callback_query", async (ctx) => {
  const { message } = ctx.callbackQuery;
  await ctx.answerCallbackQuery({ text: "Thanks" });
  await bot.api.editMessageText({ chat_id: message.chat.id, message_id: message.message_id, text: "You pressed" });
});
bot.on("message", async (ctx) => {
  const { photo, chat } = ctx.message;
  if (!photo) return;
  const file = await bot.api.getFile({ file_id: photo.at(-1).file_id });
  const answer = await fetch(`${API}/file/bot${TOKEN}/${file.file_path}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const back = new InputFile(bytes, { filename: "back again.png" });
  await bot.api.sendPhoto({ chat_id: chat.id, photo: back, caption: "Yours" });
});
await bot.startPolling();
