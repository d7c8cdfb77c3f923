/** What a chat without messages says instead: hello, and three things to try. */

import { userName } from "../format.js";
import { personAvatar } from "./avatar.js";
import { button, el } from "./dom.js";

const EXAMPLES = [
  "/imagine a red fox in the snow",
  "/imagine a lighthouse in a storm, oil painting --size 2:3",
  "/imagine a cosy reading corner, watercolour --n 2",
];

export function showEmpty(rows, chat, empty, hooks) {
  const shown = rows.parentElement.querySelector(".empty");
  if (!empty) return shown?.remove();
  if (shown?.dataset.chat === String(chat.id)) return;
  shown?.remove();
  rows.before(card(chat, hooks));
}

function card(chat, hooks) {
  const { bot } = hooks.store;
  const group = chat.type !== "private";
  const hint = group
    ? "In a group the bot listens to commands, to its name and to answers to its questions. Try one:"
    : "Say what you would like to see, or send a photo and say what to change. Try one:";
  return el(
    "div",
    { class: "empty", dataset: { chat: chat.id, testid: "empty" } },
    personAvatar(bot),
    el("h2", {}, group ? chat.title : userName(bot)),
    el("p", {}, hint),
    EXAMPLES.map((text) => button({ class: "example", dir: "auto", onclick: () => hooks.say(text) }, text)),
    el("p", { class: "fine" }, "Sandbox – nothing here is real or paid"),
  );
}
