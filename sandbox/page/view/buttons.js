/** The inline keyboard under a message. */

import * as api from "../api.js";
import { botLink } from "../links.js";
import { button, el, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { alertBox, copy, toast } from "./notices.js";

/** Presses the bot has not answered yet. Kept apart from the elements, which an edit replaces meanwhile. */
const waiting = new Set();

export function keyboard(message, hooks) {
  const lines = message.reply_markup?.inline_keyboard;
  if (!lines?.length) return null;
  const grid = el("div", { class: "keyboard" });
  for (const line of lines) {
    grid.append(el("div", { class: "keyboard-line" }, line.map((key) => oneButton(message, key, hooks))));
  }
  return grid;
}

function oneButton(message, key, hooks) {
  const { store } = hooks;
  const data = { testid: "inline-button" };
  const classes = `inline-button ${key.style ? `style-${key.style}` : ""}`;
  const words = el("span", { class: "label", dir: "auto" }, key.text);
  const link = key.url && botLink(key.url, store.bot.username);
  if (key.web_app || link?.app) {
    const run = () => hooks.openApp(message, key.web_app?.url ?? key.url);
    return button({ class: classes, dataset: data, onclick: run }, words, icon("app", 13));
  }
  if (link) return button({ class: classes, dataset: data, onclick: () => hooks.follow(link.start) }, words, icon("link", 12));
  const href = key.url ? safeUrl(key.url) : null;
  if (href) {
    const away = { class: classes, href, target: "_blank", rel: "noopener noreferrer", title: href, dataset: data };
    return el("a", away, words, icon("link", 12));
  }
  if (key.copy_text) {
    const run = () => copy(key.copy_text.text);
    return button({ class: classes, dataset: data, onclick: run }, words, icon("copy", 12));
  }
  if (key.callback_data === undefined) {
    const run = () => toast("This kind of button does nothing in the sandbox.");
    return button({ class: classes, dataset: data, onclick: run }, words);
  }
  const name = pressName(message, key.callback_data);
  const node = button({ class: classes, dataset: { ...data, press: name } }, words);
  node.addEventListener("click", () => press(message, key, name, store));
  mark(node, waiting.has(name));
  return node;
}

const pressName = (message, data) => `${message.chat.id}/${message.message_id}/${data}`;

function mark(node, busy) {
  node.classList.toggle("busy", busy);
  node.toggleAttribute("aria-busy", busy);
}

function markAll(name) {
  for (const node of document.querySelectorAll(".inline-button[data-press]")) {
    if (node.dataset.press === name) mark(node, waiting.has(name));
  }
}

async function press(message, key, name, store) {
  if (waiting.has(name)) return;
  waiting.add(name);
  markAll(name);
  const chatId = message.chat.id;
  const who = { chatId, messageId: message.message_id, personId: store.writer(chatId).id, data: key.callback_data };
  try {
    const answer = await api.press(who);
    if (answer.text) (answer.show_alert ? alertBox : toast)(answer.text);
  } catch (error) {
    toast(error.message);
  } finally {
    waiting.delete(name);
    markAll(name);
  }
}
