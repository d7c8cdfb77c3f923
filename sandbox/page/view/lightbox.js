/** A picture by itself, as large as the window; an album is leafed through with the arrows. */

import { author, fullTime, userName } from "../format.js";
import { button, byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { fullPicture } from "./media.js";

const DRAW = { "aria-label": "Draw on it and reply", title: "Draw on it and reply", "data-testid": "draw-reply" };

export class Lightbox {
  #messages = [];
  #at = 0;

  /** hooks: {drawOn(message)} */
  constructor(hooks) {
    this.hooks = hooks;
    this.box = byId("lightbox");
    this.box.addEventListener("click", (event) => {
      if (!event.target.closest("button, a, figcaption")) this.box.close();
    });
    this.box.addEventListener("close", () => this.box.replaceChildren());
    this.box.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) this.#go(by);
    });
  }

  /** messages: an album in order; message: the one to begin with. */
  open(messages, message) {
    this.#messages = messages.filter(fullPicture);
    this.#at = Math.max(0, this.#messages.findIndex((one) => one.message_id === message.message_id));
    if (!this.#messages.length) return;
    this.#draw();
    if (!this.box.open) this.box.showModal();
    this.box.focus();
  }

  #go(by) {
    const to = this.#at + by;
    if (to < 0 || to >= this.#messages.length) return;
    this.#at = to;
    this.#draw();
    // The arrow that had the focus is gone; somewhere in the box it must stay, or the keys go elsewhere.
    (this.box.querySelector(by < 0 ? ".leaf.before" : ".leaf.after") ?? this.box).focus();
  }

  #draw() {
    const message = this.#messages[this.#at];
    const { url } = fullPicture(message);
    const words = message.caption ?? this.#messages.find((one) => one.caption)?.caption;
    const img = el("img", { src: url, alt: words || "Photo", draggable: "false", dataset: { testid: "lightbox-image" } });
    const caption = words && el("figcaption", { dir: "auto" }, words);
    this.box.replaceChildren(...[this.#top(message), el("figure", {}, img, caption), ...this.#leaves()].filter(Boolean));
  }

  #top(message) {
    const { url, name } = fullPicture(message);
    const count = this.#messages.length;
    const away = { class: "icon-button", href: url, download: name, "aria-label": "Download", title: "Download" };
    return el(
      "header",
      {},
      el("div", {}, el("b", { dir: "auto" }, userName(author(message))), el("small", {}, fullTime(message.date))),
      count > 1 && el("span", { class: "count", "aria-live": "polite" }, `${this.#at + 1} of ${count}`),
      button({ class: "icon-button", ...DRAW, onclick: () => this.#drawOn(message) }, icon("pen")),
      el("a", away, icon("download")),
      button({ class: "icon-button", "aria-label": "Close", onclick: () => this.box.close() }, icon("close")),
    );
  }

  #drawOn(message) {
    this.box.close();
    this.hooks.drawOn(message);
  }

  #leaves() {
    if (this.#messages.length < 2) return [];
    const leaf = (by, name, label, shape) =>
      button({ class: `leaf ${name}`, "aria-label": label, onclick: () => this.#go(by) }, icon(shape, 30));
    return [
      this.#at > 0 && leaf(-1, "before", "Previous picture", "back"),
      this.#at < this.#messages.length - 1 && leaf(1, "after", "Next picture", "forward"),
    ];
  }
}
