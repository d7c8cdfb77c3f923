/** Short words over the page: toasts, the bot's alerts, and the copying that ends in one. */

import { button, byId, el } from "./dom.js";

const TOAST_MS = 3200;

export function toast(text) {
  const node = el("p", { class: "toast", dir: "auto", dataset: { testid: "toast" } }, text);
  const tray = byId("toasts");
  tray.append(node);
  while (tray.children.length > 3) tray.firstChild.remove();
  setTimeout(() => node.remove(), TOAST_MS + text.length * 20);
}

export function alertBox(text) {
  const box = byId("alert");
  const close = button({ class: "flat-button", onclick: () => box.close() }, "OK");
  box.replaceChildren(el("p", { dir: "auto" }, text), close);
  if (!box.open) box.showModal();
  close.focus();
}

/** A question with two answers; resolves to whether it was the first. Escape is the second. */
export function ask(text, yes, no) {
  const box = byId("alert");
  return new Promise((resolve) => {
    const answer = (value) => () => {
      resolve(value);
      box.close();
    };
    const stay = button({ class: "flat-button", dataset: { testid: "answer-no" }, onclick: answer(false) }, no);
    const go = button({ class: "flat-button danger", dataset: { testid: "answer-yes" }, onclick: answer(true) }, yes);
    box.addEventListener("close", () => resolve(false), { once: true });
    box.replaceChildren(el("p", { dir: "auto" }, text), el("div", { class: "answers" }, stay, go));
    if (!box.open) box.showModal();
    stay.focus();
  });
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard without a secure address (a LAN name, for one): the old way still works there.
    const field = el("textarea", { class: "visually-hidden" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) return toast("Your browser does not allow copying.");
  }
  toast("Copied to the clipboard");
}
