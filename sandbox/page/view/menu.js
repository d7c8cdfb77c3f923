/** What can be done with a message: opened by a right click or a long press. */

import { button, el } from "./dom.js";
import { icon } from "./icons.js";
import { fileOf, fullPicture } from "./media.js";
import { copy } from "./notices.js";

const LONG_PRESS_MS = 450;
const STEADY_PX = 10;

/** hooks: {reply, openPhoto, drawOn, find(messageId)} */
export function watchMessages(rows, hooks) {
  const open = (event) => {
    const row = event.target.closest?.("[data-testid=message]");
    if (!row || event.target.closest("a") || String(getSelection() ?? "").length > 0) return false;
    const id = event.target.closest("[data-photo-of]")?.dataset.photoOf ?? row.dataset.messageId;
    const message = hooks.find(Number(id));
    if (message) showMenu(message, event.clientX, event.clientY, hooks);
    return Boolean(message);
  };
  rows.addEventListener("contextmenu", (event) => {
    if (open(event)) event.preventDefault();
  });
  watchLongPress(rows, open);
}

/** Not every telephone turns a long press into "contextmenu". */
function watchLongPress(rows, open) {
  let timer = 0;
  let start = null;
  const stop = () => clearTimeout(timer);
  rows.addEventListener("pointerdown", (event) => {
    stop();
    if (event.pointerType !== "touch") return;
    start = event;
    timer = setTimeout(() => open(start) && swallowClick(), LONG_PRESS_MS);
  });
  rows.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > STEADY_PX) stop();
  });
  for (const name of ["pointerup", "pointercancel"]) rows.addEventListener(name, stop);
}

/** The finger that opened the menu is about to lift; that must not also press what is under it. */
function swallowClick() {
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", swallow, { capture: true, once: true });
  addEventListener("pointerup", () => setTimeout(() => removeEventListener("click", swallow, true), 50), { once: true });
}

function showMenu(message, x, y, hooks) {
  document.querySelector(".menu")?.remove();
  const before = document.activeElement;
  const menu = el("div", { class: "menu", role: "menu", dataset: { testid: "menu" } });
  const close = () => {
    menu.remove();
    removeEventListener("pointerdown", outside, true);
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  const outside = (event) => menu.contains(event.target) || close();
  const item = ([label, shape, run]) => {
    const choose = () => {
      close();
      run();
    };
    return button({ role: "menuitem", onclick: choose }, icon(shape, 18), label);
  };
  menu.append(...choices(message, hooks).map(item));
  menu.addEventListener("keydown", (event) => keys(event, menu, close));
  menu.addEventListener("contextmenu", (event) => event.preventDefault());
  addEventListener("pointerdown", outside, true);
  document.body.append(menu);
  place(menu, x, y);
  menu.firstChild.focus();
}

function choices(message, hooks) {
  const text = message.text ?? message.caption;
  const picture = fullPicture(message);
  return [
    !message.receiver_user && ["Reply", "reply", () => hooks.reply(message.message_id)],
    text && ["Copy text", "copy", () => copy(text)],
    picture && ["Open picture", "picture", () => hooks.openPhoto(message)],
    picture && ["Draw on it and reply", "pen", () => hooks.drawOn(message)],
    picture && !fileOf(message) && ["Save picture", "download", () => save(picture)],
  ].filter(Boolean);
}

const save = ({ url, name }) => el("a", { href: url, download: name }).click();

function keys(event, menu, close) {
  const items = [...menu.children];
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) items[(items.indexOf(document.activeElement) + by + items.length) % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function place(menu, x, y) {
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
}
