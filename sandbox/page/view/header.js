/** The bar over a chat: where one is, what the bot is doing, who is writing, and which topic. */

import { action, userName } from "../format.js";
import { chatAvatar, chatTitle, personAvatar } from "./avatar.js";
import { button, byId, el, show } from "./dom.js";
import { icon } from "./icons.js";

export function drawHeader(store, chat, hooks) {
  const bar = byId("header");
  const focused = bar.contains(document.activeElement) ? document.activeElement.dataset.personId : null;
  const back = el("a", { class: "icon-button back", href: "#", "aria-label": "Back to the chats" }, icon("back"));
  const words = el(
    "div",
    { class: "chat-words" },
    el("h2", { dir: "auto" }, chatTitle(chat, store.bot)),
    el("p", { class: chat.action ? "doing" : "", "aria-live": "off", dataset: { testid: "status" } }, status(store, chat)),
  );
  show(bar, [back, chatAvatar(chat, store.bot), words, personSwitch(store, chat)]);
  if (focused) bar.querySelector(`[data-person-id="${CSS.escape(focused)}"]`)?.focus();
  drawTopics(store, chat, hooks);
}

function status(store, chat) {
  const group = chat.type !== "private";
  if (chat.action) {
    const doing = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    return [group ? `${userName(store.bot)} is ` : "", action(chat.action), doing];
  }
  if (!group) return "bot";
  return [...store.members(chat).map(userName), userName(store.bot)].join(", ");
}

/** Who is writing in the group: the page is everybody's telephone at once. */
function personSwitch(store, chat) {
  const people = store.members(chat);
  if (chat.type === "private" || people.length < 2) return null;
  const writer = store.writer(chat.id);
  const choose = (person) => store.setWriter(chat.id, person.id);
  const options = people.map((person) =>
    button(
      {
        role: "radio",
        "aria-checked": String(person.id === writer.id),
        tabindex: person.id === writer.id ? "0" : "-1",
        dataset: { personId: person.id },
        onclick: () => choose(person),
        onkeydown: (event) => step(event, people, person, choose),
      },
      personAvatar(person),
      person.first_name,
      badge(store.role(chat.id, person.id)),
    ),
  );
  const data = { testid: "person-switch" };
  return el("div", { class: "person-switch", role: "radiogroup", "aria-label": "Who is writing", dataset: data }, options);
}

const badge = (role) => role && el("span", { class: "role", title: role, dataset: { testid: "role" } }, role);

function step(event, people, person, choose) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const next = people[(people.indexOf(person) + by + people.length) % people.length];
  choose(next);
  byId("header").querySelector(`[data-person-id="${next.id}"]`)?.focus();
}

function drawTopics(store, chat, hooks) {
  const strip = byId("topics");
  strip.hidden = !chat.is_forum;
  if (strip.hidden) return;
  const open = hooks.thread() ?? null;
  const tabs = topics(store, chat).map(([id, name]) =>
    el(
      "a",
      {
        class: "topic",
        href: `#${chat.id}${id === null ? "" : `/${id}`}`,
        "aria-current": id === open ? "true" : null,
        dir: "auto",
        dataset: { testid: "topic", threadId: id ?? "" },
      },
      chat.closed_topics?.includes(id) && icon("lock", 13),
      el("span", {}, name),
      chat.unreadTopics.has(id) && el("i", { class: "fresh", role: "img", "aria-label": "new messages" }),
    ),
  );
  show(strip, tabs);
}

/** [[thread id or null for General, name]…]: what the chat says it has, and what its messages show. */
function topics(store, chat) {
  const found = new Map([[null, "General"]]);
  const told = Array.isArray(chat.topics)
    ? chat.topics.map((topic) => [topic.message_thread_id ?? topic.id, topic.name])
    : Object.entries(chat.topics ?? {}).map(([id, topic]) => [Number(id), topic?.name ?? topic]);
  for (const [id, name] of told) found.set(id, String(name));
  for (const message of store.messages(chat.id)) {
    const { message_thread_id: id, is_topic_message: inTopic, forum_topic_created: created } = message;
    if (inTopic && (created || !found.has(id))) found.set(id, created?.name ?? `Topic ${id}`);
  }
  return [...found];
}
