/**
 * The conversation: keeps its rows in step with the store, and the reader's eye where it was.
 *
 * Rows live as long as their message. A change redraws one row in place; whoever was at the bottom stays there,
 * and for everyone else the row they are looking at does not move.
 */

import { author, day, snippet, userName } from "../format.js";
import { bubbleRow, fillRow } from "./bubble.js";
import { announce, byId, calm, el } from "./dom.js";
import { showEmpty } from "./empty.js";
import { openQuote, showSpoiler } from "./entities.js";
import { icon } from "./icons.js";
import { items } from "./items.js";
import { toast } from "./notices.js";

const NEAR_BOTTOM_PX = 48;

export class MessagesView {
  #drawn = new Map();
  #pinned = true;
  #below = 0;
  #place = "";

  constructor(store, hooks) {
    this.store = store;
    this.hooks = hooks;
    this.scroller = byId("scroller");
    this.rows = byId("rows");
    this.down = byId("to-bottom");
    this.down.addEventListener("click", () => this.toBottom(true));
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const keep = new ResizeObserver(() => this.#pinned && this.toBottom());
    keep.observe(this.scroller);
    keep.observe(this.rows);
  }

  /** Shows a chat (and a topic of it) from its end. */
  open(chatId, threadId) {
    const place = `${chatId}/${threadId ?? ""}`;
    if (place !== this.#place) {
      this.#drawn.clear();
      this.rows.replaceChildren();
      this.#below = 0;
      this.#pinned = true;
    }
    this.#place = place;
    this.chatId = chatId;
    this.threadId = threadId;
    this.draw();
    this.toBottom();
  }

  /** fresh: messages that were not there before. */
  draw(fresh = []) {
    const chat = this.store.chats.get(this.chatId);
    if (!chat) return;
    const writer = this.store.writer(chat.id);
    const here = fresh.filter((message) => this.#inTopic(message) && this.store.sees(message));
    if (here.some((message) => this.store.wrote(writer, message))) this.#pinned = true;
    const anchor = this.#pinned ? null : this.#anchor();
    const list = this.#items(chat, writer);
    this.#reconcile(list, new Set(here.map((message) => message.message_id)));
    showEmpty(this.rows, chat, list.length === 0 && chat.loaded, this.hooks);
    this.#tell(here, writer);
    if (this.#pinned) this.toBottom();
    else this.#restore(anchor, here.length);
  }

  /** Where a message is, with a moment's light on it. */
  jump(messageId) {
    const row = this.#rowOf(messageId);
    if (!row) return toast("This message is no longer here.");
    this.#pinned = false;
    row.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
    row.classList.remove("flash");
    requestAnimationFrame(() => row.classList.add("flash"));
    setTimeout(() => row.classList.remove("flash"), 1600);
  }

  toBottom(smoothly = false) {
    this.#pinned = true;
    const behavior = smoothly && !calm() ? "smooth" : "instant";
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
    this.#showDown();
  }

  /** The pictures that belong with a message: its album, or itself. */
  siblings(message) {
    const album = message.media_group_id;
    return album ? this.#messages().filter((one) => one.media_group_id === album) : [message];
  }

  #messages() {
    return this.store.messages(this.chatId).filter((message) => this.#inTopic(message));
  }

  #inTopic(message) {
    if (!this.store.chats.get(this.chatId)?.is_forum) return true;
    return (message.is_topic_message ? message.message_thread_id : null) === (this.threadId ?? null);
  }

  #items(chat, writer) {
    const here = (out) => out.chatId === chat.id && (out.threadId ?? null) === (this.threadId ?? null);
    const outgoing = this.store.outgoing.filter((out) => here(out) && out.state !== "arrived");
    const { people } = this.store;
    const group = chat.type !== "private";
    const mine = (message) => this.store.wrote(writer, message);
    return items(this.#messages(), outgoing, { mine, group, reactions: chat.reactions, people });
  }

  #reconcile(list, fresh) {
    const wanted = new Set(list.map((item) => item.key));
    for (const [key, { node }] of this.#drawn) {
      if (wanted.has(key)) continue;
      node.remove();
      this.#drawn.delete(key);
    }
    let cursor = this.rows.firstChild;
    for (const item of list) {
      const node = this.#node(item, fresh);
      if (node === cursor) cursor = cursor.nextSibling;
      else this.rows.insertBefore(node, cursor);
    }
  }

  #node(item, fresh) {
    const known = this.#drawn.get(item.key);
    const look = appearance(item);
    if (known?.look.length === look.length && known.look.every((part, at) => part === look[at])) return known.node;
    if (known && item.kind === "bubble") {
      redraw(known.node, () => fillRow(known.node, item, this.hooks));
      known.look = look;
      return known.node;
    }
    const node = drawItem(item, this.hooks);
    if (fresh.has(item.messages?.[0].message_id) && !item.own) node.classList.add("arriving");
    this.#drawn.set(item.key, { node, look });
    return node;
  }

  #rowOf(messageId) {
    return [...this.rows.children].find((row) => row.dataset.messageIds?.split(" ").includes(String(messageId)));
  }

  /** The row to hold still: the first that begins on the screen. */
  #anchor() {
    const top = this.scroller.getBoundingClientRect().top;
    const row = [...this.rows.children].find((one) => one.getBoundingClientRect().top >= top);
    return row && { row, top: row.getBoundingClientRect().top };
  }

  #restore(anchor, added) {
    if (anchor?.row.isConnected) this.scroller.scrollTop += anchor.row.getBoundingClientRect().top - anchor.top;
    this.#below += added;
    this.#showDown();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.#pinned = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    this.#showDown();
  }

  #showDown() {
    if (this.#pinned) this.#below = 0;
    this.down.hidden = this.#pinned;
    const label = this.#below ? `${this.#below} new, go to the latest message` : "Go to the latest message";
    this.down.setAttribute("aria-label", label);
    this.down.replaceChildren(icon("down"), this.#below ? el("span", { class: "badge" }, `${this.#below}`) : "");
  }

  #tell(fresh, writer) {
    for (const message of fresh) {
      if (!this.store.wrote(writer, message)) announce(`${userName(author(message))}: ${snippet(message)}`);
    }
  }
}

/** Everything a row is drawn from; drawn anew only when one of these is another. */
function appearance(item) {
  if (item.kind === "day") return [day(item.date)];
  if (item.kind === "service") return [item.text];
  return [item.own, item.first, item.last, item.group, item.state, item.reactions, ...item.messages];
}

function drawItem(item, hooks) {
  if (item.kind === "day") return el("div", { class: "pill day", role: "listitem" }, el("span", {}, day(item.date)));
  if (item.kind === "service") return el("div", { class: "pill", role: "listitem" }, el("span", { dir: "auto" }, item.text));
  return bubbleRow(item, hooks);
}

/** Redraws a row, carrying over pictures already loaded, what was revealed, and the focus. */
function redraw(row, draw) {
  const focusable = () => [...row.querySelectorAll("button, a, [tabindex]")];
  const focused = focusable().indexOf(document.activeElement);
  const pictures = new Map([...row.querySelectorAll("img[data-key]")].map((img) => [img.dataset.key, img]));
  const opened = (css) => [...row.querySelectorAll(css)].map((node) => node.matches(".shown, .open"));
  const spoilers = opened(".spoiler");
  const quotes = opened(".expandable");
  const unveiled = new Set([...row.querySelectorAll(".photo:not(.veiled)")].map((photo) => photo.dataset.photoOf));
  draw();
  for (const img of row.querySelectorAll("img[data-key]")) {
    const old = pictures.get(img.dataset.key);
    if (old) img.replaceWith(old);
  }
  row.querySelectorAll(".spoiler").forEach((node, at) => spoilers[at] && showSpoiler(node));
  row.querySelectorAll(".expandable").forEach((node, at) => quotes[at] && openQuote(node, true));
  row.querySelectorAll(".photo").forEach((photo) => unveiled.has(photo.dataset.photoOf) && photo.classList.remove("veiled"));
  if (focused >= 0) (focusable()[focused] ?? row.querySelector("button"))?.focus({ preventScroll: true });
}
