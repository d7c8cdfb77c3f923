// GramIO, polling.
import { Bot, InlineKeyboard, MediaUpload } from "gramio";

const { API, TOKEN } = process.env;
const bot = new Bot(TOKEN, { api: { baseURL: `${API}/bot` } });
bot.command("start", (ctx) => ctx.send("Hello", { reply_markup: new InlineKeyboard().text("Press me", "pressed") }));
bot.callbackQuery("pressed", async (ctx) => {
  await ctx.answer("Thanks");
  await ctx.editText("You pressed");
});
bot.on("message", async (ctx) => {
  if (!ctx.payload.photo) return;
  const file = await bot.api.getFile({ file_id: ctx.payload.photo.at(-1).file_id });
  const answer = await fetch(`${API}/file/bot${TOKEN}/${file.file_path}`);
  const photo = MediaUpload.buffer(Buffer.from(await answer.arrayBuffer()), "back again.png");
  await bot.api.sendPhoto({ chat_id: ctx.chat.id, photo, caption: "Yours" });
});
bot.start();
