/** Light or dark: the system's choice until the reader makes one. */

import { byId } from "./dom.js";
import { icon } from "./icons.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

/** Calls back whenever the colours of the page become others. */
export const onTheme = (run) => root.addEventListener("themechange", run);

export function watchTheme() {
  const toggle = byId("theme");
  toggle.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      /* not kept then */
    }
    draw(toggle);
    changed();
  });
  system.addEventListener("change", () => {
    draw(toggle);
    changed();
  });
  draw(toggle);
}

const changed = () => root.dispatchEvent(new Event("themechange"));

function draw(toggle) {
  toggle.replaceChildren(icon(dark() ? "sun" : "moon"));
  toggle.setAttribute("aria-label", dark() ? "Switch to light colours" : "Switch to dark colours");
}
