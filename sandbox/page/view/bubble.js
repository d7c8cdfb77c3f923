/** One row of the conversation: a message, an album, or one still on its way. */

import * as format from "../format.js";
import { personAvatar, tint } from "./avatar.js";
import { keyboard } from "./buttons.js";
import { button, el, show } from "./dom.js";
import { richText } from "./entities.js";
import { icon } from "./icons.js";
import { fileOf, fileRow, mosaic, singlePhoto, sticker, thumbUrl } from "./media.js";

/** item: {messages, own, first, last, group, reactions, out?}; hooks: what a reader can do. */
export function bubbleRow(item, hooks) {
  const head = item.messages[0];
  const row = el("div", {
    role: "listitem",
    dataset: item.out ? { testid: "message-pending" } : rowData(item),
  });
  fillRow(row, item, hooks);
  row.addEventListener("dblclick", (event) => {
    if (item.out || head.receiver_user || event.target.closest("button, a, [role=button], dialog")) return;
    getSelection()?.removeAllRanges();
    hooks.reply(head.message_id);
  });
  return row;
}

const rowData = ({ messages }) => ({
  testid: "message",
  messageId: messages[0].message_id,
  messageIds: messages.map((message) => message.message_id).join(" "),
});

/** Draws the row anew, in place: an edit must keep the element, its neighbours and what the reader has opened. */
export function fillRow(row, item, hooks) {
  const { messages, own, first, last, group, out } = item;
  const head = messages[0];
  row.className = ["row", own ? "own" : "other", first && "first", last && "last", out?.state].filter(Boolean).join(" ");
  if (!out) Object.assign(row.dataset, rowData(item));
  const stack = row.querySelector(":scope > .stack") ?? el("div", { class: "stack" });
  show(stack, [bubble(item, hooks), ...messages.map((one) => keyboard(one, hooks))]);
  const face = group && !own && el("div", { class: "face" }, last && personAvatar(format.author(head)));
  show(row, [face, stack, out ? failure(out, hooks) : !head.receiver_user && replyButton(head, hooks)]);
}

function bubble(item, hooks) {
  const { messages, own, first, last, group } = item;
  const head = messages[0];
  const pictures = messages.filter((message) => message.photo);
  const bare = messages.length === 1 && (head.sticker || bigEmoji(head));
  const name = group && !own && first && senderName(head, hooks.store);
  const quote = answered(head) && replyQuote(head.reply_to_message, hooks);
  const words = body(messages, hooks);
  const pressed = reactions(item.reactions);
  const box = el("div", { class: "bubble" });
  box.classList.toggle("tail", Boolean(last && !bare));
  box.classList.toggle("bare", Boolean(bare));
  box.classList.toggle("with-media", pictures.length > 0);
  box.classList.toggle("media-first", pictures.length > 0 && !name && !quote);
  box.classList.toggle("media-last", pictures.length > 0 && !words.length && !pressed);
  const stamp = meta(item);
  if (words.length && !pressed) reserve(words.at(-1), stamp);
  if (pictures.length === messages.length && pictures.length > 1) box.append(mosaic(pictures, hooks));
  else if (pictures.length) box.append(...pictures.map((one) => singlePhoto(one, hooks)));
  if (head.sticker) box.append(sticker(head));
  box.prepend(...[name, quote].filter(Boolean));
  box.append(...words, ...[pressed].filter(Boolean), stamp);
  return box;
}

/** In a topic every message "replies" to the one that opened it; that is no quote. */
const answered = ({ reply_to_message: original }) => original && !original.forum_topic_created;

/** Files and words, in order; each file of an album keeps its own caption under it. */
function body(messages, hooks) {
  return messages.flatMap((message) => {
    const parts = [];
    if (fileOf(message)) parts.push(fileRow(message, hooks));
    const text = message.text ?? message.caption;
    if (text) parts.push(textBlock(message, text, hooks));
    else if (!parts.length && !message.photo && !message.sticker) parts.push(unknown(message));
    return parts;
  });
}

function textBlock(message, text, hooks) {
  const entities = message.entities ?? message.caption_entities;
  const classes = bigEmoji(message) ? "text big-emoji" : "text";
  return el("div", { class: classes, dir: "auto", dataset: { testid: "message-text" } }, richText(text, entities, hooks));
}

const unknown = (message) => el("div", { class: "text unknown" }, `${format.kind(message)} (the sandbox cannot show it)`);

function senderName(message, store) {
  const by = format.author(message);
  const role = el("span", { class: "role", dataset: { testid: "role" } }, roleOf(message, store));
  return el("div", { class: `name ${tint(by.id)}` }, el("span", { dir: "auto" }, format.userName(by)), role);
}

function roleOf(message, store) {
  if (message.sender_chat) return message.sender_chat.id === message.chat.id ? "admin" : "channel";
  return store.role(message.chat.id, message.from?.id);
}

function replyQuote(original, hooks) {
  const thumb = thumbUrl(original);
  const label = `In reply to ${format.userName(format.author(original))}: ${format.snippet(original)}`;
  return button(
    { class: `quote ${tint(format.author(original).id)}`, "aria-label": label, onclick: () => hooks.jump(original.message_id) },
    thumb && el("img", { src: thumb, alt: "", draggable: "false", dataset: { key: `quote-${thumb}` } }),
    el("span", { class: "quote-words" }, quoteName(original), el("span", { dir: "auto" }, format.snippet(original))),
  );
}

const quoteName = (original) => el("b", { dir: "auto" }, format.userName(format.author(original)));

function meta({ messages, own, out }) {
  const edited = messages.some((message) => message.edit_date) ? "edited " : "";
  const { date, receiver_user: only } = messages[0];
  const alone = only ? "only you see this " : "";
  const when = el("time", { datetime: new Date(date * 1000).toISOString(), title: format.fullTime(date) }, format.time(date));
  const state = own && icon({ sending: "clock", failed: "warning" }[out?.state] ?? "checks", 15);
  return el("span", { class: "meta" }, alone, edited, when, state);
}

/** Leaves room after the last line for the time, without the time being part of the text. */
function reserve(block, stamp) {
  if (!block.classList.contains("text")) return;
  const room = stamp.textContent + (stamp.querySelector("svg") ? "\u2003\u2002" : "\u2002");
  block.append(el("span", { class: "room", "aria-hidden": "true", dataset: { room } }));
}

function reactions(emoji) {
  if (!emoji?.length) return null;
  const counted = new Map();
  emoji.forEach((one) => counted.set(one, (counted.get(one) ?? 0) + 1));
  const pill = ([one, count]) => el("span", { class: "reaction" }, one, count > 1 && ` ${count}`);
  return el("div", { class: "reactions", "aria-label": "Reactions", dataset: { testid: "reactions" } }, [...counted].map(pill));
}

const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*\s*){1,3}$/u;

const bigEmoji = (message) => Boolean(message.text && message.text.length < 30 && EMOJI_ONLY.test(message.text));

const replyButton = (message, hooks) =>
  button(
    { class: "row-reply", "aria-label": "Reply", title: "Reply", onclick: () => hooks.reply(message.message_id) },
    icon("reply", 18),
  );

function failure(out, hooks) {
  if (out.state !== "failed") return null;
  return el(
    "div",
    { class: "failure", role: "alert" },
    el("span", {}, out.error),
    button({ class: "flat-button", onclick: () => hooks.outbox.retry(out.key) }, "Try again"),
    button({ class: "flat-button", onclick: () => hooks.outbox.drop(out.key) }, "Remove"),
  );
}
