/** Drawing over a picture before it is sent, as the pen in Telegram's own editor does: colours, sizes, undo. */

import { button, byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { Strokes } from "./strokes.js";
import { toast } from "./notices.js";

const COLOURS = { red: "#ff3b30", yellow: "#ffd60a", green: "#34c759", blue: "#2f7de1", white: "#ffffff" };
const SIZES = { thin: 0.006, medium: 0.016, thick: 0.04 };
const JPEG_QUALITY = 0.92;

export class Pen {
  #done = null;

  constructor() {
    this.box = byId("pen");
    this.box.addEventListener("close", () => this.#end(null));
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.strokes?.undo();
    });
  }

  /**
   * Opens a picture and waits: → {file, text}, a JPEG of what was drawn, or null if it was left.
   *
   * source: an address or a file; words: whether a caption is asked for as well.
   */
  async open(source, { name = "picture", words = false } = {}) {
    const picture = await load(source);
    if (!picture) return toast("This picture cannot be drawn on here."), null;
    this.name = name;
    this.strokes = new Strokes(picture, () => this.#changed());
    this.#build(words);
    this.box.showModal();
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  #build(words) {
    const leave = { class: "icon-button", "aria-label": "Leave", dataset: { testid: "pen-cancel" } };
    const back = { class: "icon-button", "aria-label": "Undo", title: "Undo", dataset: { testid: "pen-undo" } };
    this.undo = button({ ...back, onclick: () => this.strokes.undo() }, icon("undo"));
    const send = { class: "send", "aria-label": words ? "Send" : "Done", dataset: { testid: "pen-send" } };
    this.send = button({ ...send, onclick: () => this.#finish() }, icon(words ? "send" : "check", 22));
    this.words = words && el("input", { class: "pen-caption", dir: "auto", maxlength: 1024, enterkeyhint: "send" });
    if (this.words) this.#captioned();
    const top = el("header", {}, button({ ...leave, onclick: () => this.box.close() }, icon("close")), el("b", {}, "Draw"), this.undo);
    const tools = el("div", { class: "pen-tools" }, this.#choice("colour", COLOURS), this.#choice("size", SIZES));
    const bottom = el("footer", {}, tools, el("div", { class: "pen-line" }, this.words, this.send));
    this.box.replaceChildren(top, el("div", { class: "pen-stage" }, this.strokes.canvas), bottom);
    this.#changed();
  }

  #captioned() {
    this.words.placeholder = "What should change here?";
    this.words.setAttribute("aria-label", "Caption");
    this.words.dataset.testid = "pen-caption";
    this.words.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && this.#finish());
  }

  /** A row of radio buttons for one property of the pen; the first is chosen. */
  #choice(what, options) {
    const pick = (name) => {
      this.strokes[what] = options[name];
      row.querySelectorAll("button").forEach((one) => one.setAttribute("aria-checked", String(one.dataset.name === name)));
    };
    const one = ([name, value]) =>
      button({
        class: `pen-${what}`,
        role: "radio",
        "aria-label": name,
        title: name,
        style: what === "colour" ? { "--ink": value } : { "--dot": `${Math.round(5 + value * 380)}px` },
        dataset: { name, testid: `pen-${what}` },
        onclick: () => pick(name),
      });
    const row = el("div", { class: "pen-row", role: "radiogroup", "aria-label": what }, Object.entries(options).map(one));
    pick(what === "size" ? "medium" : Object.keys(options)[0]);
    return row;
  }

  #changed() {
    if (this.undo) this.undo.disabled = this.strokes.empty;
    if (this.send) this.send.disabled = this.strokes.empty;
  }

  #finish() {
    if (this.strokes.empty) return;
    const text = this.words ? this.words.value.trim() : "";
    const name = `${this.name.replace(/\.\w+$/, "")}.jpg`;
    const keep = (blob) => this.#end({ file: new File([blob], name, { type: "image/jpeg" }), text });
    this.strokes.canvas.toBlob(keep, "image/jpeg", JPEG_QUALITY);
  }

  #end(result) {
    const done = this.#done;
    this.#done = null;
    done?.(result);
    if (this.box.open) this.box.close();
    this.box.replaceChildren();
  }
}

async function load(source) {
  try {
    const blob = typeof source === "string" ? await (await fetch(source)).blob() : source;
    return await createImageBitmap(blob);
  } catch {
    return null;
  }
}
