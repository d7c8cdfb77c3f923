/** The page's words and signs. Words come from the server in the person's language and are only ever put in as text. */

import { icon } from "./icons.js";

const LOW_PX = 460;
const LOW_WIDE_PX = 300;

/** As in the style sheet: the tools stand beside the picture. */
const wide = matchMedia("(min-width: 600px)");

export const byId = (id) => document.getElementById(id);

/** Gives every element the words its `data-text` (to read) or `data-name` (to be called by) asks for. */
export function dress(texts, language) {
  if (language) document.documentElement.lang = language;
  document.title = texts.title ?? "";
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = texts[node.dataset.text] ?? "";
  for (const node of document.querySelectorAll("[data-name]")) {
    const name = texts[node.dataset.name] ?? "";
    node.setAttribute("aria-label", name);
    if (node.matches("button")) node.title = name;
  }
}

export function drawIcons() {
  for (const node of document.querySelectorAll("[data-icon]")) node.replaceChildren(icon(node.dataset.icon));
}

/** The room the page has: less than the window while a phone's keyboard is open. */
export function followViewport(telegram) {
  const room = window.visualViewport;
  const { style } = document.documentElement;
  const fit = () => {
    const height = room?.height ?? innerHeight;
    style.setProperty("--tall", `${height}px`);
    style.setProperty("--top", `${room?.offsetTop ?? 0}px`);
    document.body.classList.toggle("low", height < (wide.matches ? LOW_WIDE_PX : LOW_PX));
  };
  for (const name of ["resize", "scroll"]) room?.addEventListener(name, fit);
  addEventListener("resize", fit);
  telegram.addEventListener("viewport_changed", fit);
  fit();
}
