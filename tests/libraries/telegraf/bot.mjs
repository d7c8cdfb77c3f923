// telegraf, polling.
import { Markup, Telegraf } from "telegraf";

const { API, TOKEN } = process.env;
const bot = new Telegraf(TOKEN, { telegram: { apiRoot: API } });
bot.command("start", (ctx) => ctx.reply("Hello", Markup.inlineKeyboard([Markup.button.callback("Press me", "pressed")])));
bot.action("pressed", async (ctx) => {
  await ctx.answerCbQuery("Thanks");
  await ctx.editMessageText("You pressed");
});
bot.on("photo", async (ctx) => {
  const link = await ctx.telegram.getFileLink(ctx.message.photo.at(-1).file_id);
  const source = Buffer.from(await (await fetch(link)).arrayBuffer());
  await ctx.replyWithPhoto({ source, filename: "back again.png" }, { caption: "Yours" });
});
bot.launch();
