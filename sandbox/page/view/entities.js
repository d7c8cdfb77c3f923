/**
 * A message's text with its entities, as elements.
 *
 * Telegram counts offsets in UTF-16 units, as JavaScript's strings do, so slices need no conversion.
 */

import { botLink } from "../links.js";
import { el, safeUrl } from "./dom.js";

/** hooks: {command(text), mention(text), copy(text), follow(code)} */
export function richText(text, entities, hooks) {
  const sorted = [...(entities ?? [])]
    .filter(({ offset, length }) => length > 0 && offset >= 0 && offset < text.length)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  return span(text, 0, text.length, sorted, hooks);
}

/** The nodes for text[from, to), given the entities that start in it. */
function span(text, from, to, entities, hooks) {
  const nodes = [];
  let at = from;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    let past = next + 1;
    while (past < entities.length && entities[past].offset < end) past += 1;
    const inner = entities.slice(next + 1, past);
    next = past;
    if (start >= end) continue;
    if (start > at) nodes.push(text.slice(at, start));
    nodes.push(wrap(entity, text.slice(start, end), span(text, start, end, inner, hooks), hooks));
    at = end;
    // A block ends its line by itself; the newline that follows it would show as an empty one.
    if (BLOCKS.has(entity.type) && text[at] === "\n" && at < to) at += 1;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s" };

function wrap(entity, raw, children, hooks) {
  if (TAGS[entity.type]) return el(TAGS[entity.type], {}, children);
  return (WRAPPERS[entity.type] ?? plain)(children, raw, entity, hooks);
}

const plain = (children) => el("span", {}, children);

const WRAPPERS = {
  url: (children, raw, _entity, hooks) => link(children, raw, hooks),
  text_link: (children, _raw, entity, hooks) => link(children, entity.url, hooks),
  email: (children, raw) => link(children, `mailto:${raw}`),
  phone_number: (children, raw) => link(children, `tel:${raw}`),
  hashtag: (children) => el("span", { class: "tagged" }, children),
  cashtag: (children) => el("span", { class: "tagged" }, children),
  text_mention: (children) => el("span", { class: "tagged" }, children),
  mention: (children, raw, _entity, hooks) => action(children, "", () => hooks.mention(raw)),
  bot_command: (children, raw, _entity, hooks) => action(children, "command", () => hooks.command(raw)),
  code: (children, raw, _entity, hooks) =>
    el("code", { ...clickable(() => hooks.copy(raw)), title: "Tap to copy" }, children),
  pre: (children, raw, entity, hooks) => codeBlock(children, raw, entity.language, hooks),
  spoiler: (children) => spoiler(children),
  blockquote: (children) => el("blockquote", { dir: "auto" }, children),
  expandable_blockquote: (children) => expandable(children),
};

function link(children, address, hooks) {
  const told = botLink(address, hooks?.store.bot.username);
  if (told?.start !== undefined) return action(children, "", () => hooks.follow(told.start));
  const href = safeUrl(address ?? "");
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, children) : plain(children);
}

/** Inline words that do something: a button in all but its box, since a real one would not wrap with the text. */
function clickable(run) {
  return {
    role: "button",
    tabindex: "0",
    onclick: (event) => {
      event.stopPropagation();
      run(event);
    },
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      run(event);
    },
  };
}

const action = (children, name, run) => el("span", { class: `action ${name}`, ...clickable(run) }, children);

function codeBlock(children, raw, language, hooks) {
  const title = el("span", { class: "pre-title", ...clickable(() => hooks.copy(raw)) }, language || "copy");
  return el("pre", { class: "block", dir: "ltr" }, title, el("code", {}, children));
}

function spoiler(children) {
  const node = el("span", { class: "spoiler", "aria-label": "Hidden text, press to reveal" }, el("span", {}, children));
  const reveal = () => showSpoiler(node);
  for (const [name, value] of Object.entries(clickable(reveal))) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  return node;
}

export function showSpoiler(node) {
  node.classList.add("shown");
  for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
}

function expandable(children) {
  const quote = el("blockquote", { class: "expandable", dir: "auto", "aria-expanded": "false" });
  const turn = () => openQuote(quote, !quote.classList.contains("open"));
  quote.append(el("span", { class: "quoted" }, children), el("span", { class: "more", "aria-hidden": "true" }));
  for (const [name, value] of Object.entries(clickable(turn))) {
    if (name.startsWith("on")) quote.addEventListener(name.slice(2), value);
    else quote.setAttribute(name, value);
  }
  return quote;
}

export function openQuote(quote, open) {
  quote.classList.toggle("open", open);
  quote.setAttribute("aria-expanded", String(open));
}
