// grammY in webhook mode; the first answer goes back as the webhook's response.
import http from "node:http";
import { Bot, InlineKeyboard, InputFile, webhookCallback } from "grammy";

const { API, TOKEN } = process.env;
const bot = new Bot(TOKEN, { client: { apiRoot: API, canUseWebhookReply: (method) => method === "sendMessage" } });
bot.command("start", (ctx) => ctx.reply("Hello", { reply_markup: new InlineKeyboard().text("Press me", "pressed") }));
bot.callbackQuery("pressed", async (ctx) => {
  await ctx.answerCallbackQuery("Thanks");
  await ctx.editMessageText("You pressed");
});
bot.on("message:photo", async (ctx) => {
  const file = await ctx.getFile();
  const answer = await fetch(`${API}/file/bot${TOKEN}/${file.file_path}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  await ctx.replyWithPhoto(new InputFile(bytes, "back again.png"), { caption: "Yours" });
});
const server = http.createServer(webhookCallback(bot, "http"));
server.listen(0, "127.0.0.1", () => bot.api.setWebhook(`http://127.0.0.1:${server.address().port}/`));
