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
