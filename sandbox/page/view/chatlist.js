/** The list of chats: a face, a name, the last thing said, and how much is unread. */

import { action, author, listTime, service, snippet, userName } from "../format.js";
import { chatAvatar, chatTitle } from "./avatar.js";
import { byId, el, show } from "./dom.js";
import { thumbUrl } from "./media.js";

export function drawChatList(store) {
  const nav = byId("chats");
  const chats = [...store.chats.values()];
  const rows = new Map([...nav.querySelectorAll(".chat-item")].map((row) => [row.dataset.chatId, row]));
  const items = chats.map((chat) => rows.get(String(chat.id)) ?? blank(chat));
  const same = items.length === rows.size && items.every((row, at) => row === [...rows.values()][at]);
  if (!same) nav.replaceChildren(el("ul", {}, items.map((row) => el("li", {}, row))));
  chats.forEach((chat, at) => fill(items[at], chat, store));
}

const blank = (chat) =>
  el("a", { class: "chat-item", href: `#${chat.id}`, dataset: { testid: "chat-item", chatId: chat.id } });

function fill(row, chat, store) {
  const last = store.last(chat.id);
  if (chat.id === store.openChatId) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
  show(row, [
    chatAvatar(chat, store.bot),
    el("span", { class: "chat-name", dir: "auto" }, chatTitle(chat, store.bot)),
    last && el("time", { class: "chat-time" }, listTime(last.edit_date ?? last.date)),
    el("span", { class: "chat-last" }, lastWords(chat, last, store)),
    chat.unread > 0 && el("span", { class: "badge", "aria-label": `${chat.unread} unread` }, `${chat.unread}`),
  ]);
}

function lastWords(chat, last, store) {
  if (chat.action) return el("span", { class: "doing" }, `${action(chat.action)}…`);
  if (!last) return el("span", { class: "quiet" }, chat.type === "private" ? "Ask for a picture" : "Nothing said yet");
  const thumb = thumbUrl(last);
  const own = store.wrote(store.writer(chat.id), last);
  const who = service(last) ? null : own ? "You" : chat.type !== "private" && userName(author(last));
  return [
    who && el("span", { class: "who" }, `${who}: `),
    thumb && el("img", { src: thumb, alt: "" }),
    el("bdi", {}, snippet(last)),
  ];
}
