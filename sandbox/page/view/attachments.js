/** What is about to be sent along: picked, dropped or pasted, seen before it goes, and taken out again. */

import { size } from "../format.js";
import { button, el } from "./dom.js";
import { icon } from "./icons.js";
import { toast } from "./notices.js";

const MOST = 10;

/** Width and height of the pictures seen here, so that their bubbles have the right shape at once. */
export const shapes = new WeakMap();

export class Attachments {
  #chosen = [];

  constructor(changed) {
    this.changed = changed;
    this.asFile = el("input", { type: "checkbox", dataset: { testid: "as-file" } });
    this.strip = el("ul", { class: "strip", "aria-label": "Attached files" });
    const choice = el("label", { class: "as-file" }, this.asFile, "Send as file");
    this.box = el("div", { class: "attached", hidden: true, dataset: { testid: "attachments" } }, this.strip, choice);
  }

  get files() {
    return this.#chosen.map(({ file }) => file);
  }

  get asDocument() {
    return this.asFile.checked;
  }

  add(files) {
    const room = MOST - this.#chosen.length;
    const list = [...files];
    if (list.length > room) toast(`At most ${MOST} files go into one message.`);
    this.#chosen.push(...list.slice(0, room).map((file) => ({ file, url: URL.createObjectURL(file) })));
    this.#draw();
  }

  clear() {
    this.#chosen.forEach(({ url }) => URL.revokeObjectURL(url));
    this.#chosen = [];
    this.asFile.checked = false;
    this.#draw();
  }

  /** Takes everything out, to be put back later (another chat is opened). */
  take() {
    const kept = { files: this.files, asDocument: this.asDocument };
    this.clear();
    return kept;
  }

  put({ files, asDocument }) {
    this.clear();
    this.add(files);
    this.asFile.checked = asDocument;
  }

  #draw() {
    this.box.hidden = this.#chosen.length === 0;
    this.strip.replaceChildren(...this.#chosen.map((one) => el("li", {}, look(one), this.#remover(one))));
    this.changed();
  }

  #remover(one) {
    const run = () => {
      URL.revokeObjectURL(one.url);
      this.#chosen = this.#chosen.filter((other) => other !== one);
      this.#draw();
    };
    return button({ class: "remove", "aria-label": `Remove ${one.file.name}`, onclick: run }, icon("close", 14));
  }
}

function look({ file, url }) {
  const plain = el("span", { class: "preview", title: file.name }, icon("file"), el("small", {}, file.name));
  if (!file.type.startsWith("image/")) return plain;
  const img = el("img", { src: url, alt: file.name, title: `${file.name}, ${size(file.size)}` });
  img.addEventListener("load", () => shapes.set(file, { width: img.naturalWidth, height: img.naturalHeight }));
  // A picture this browser cannot draw (HEIC, say) can still be sent.
  img.addEventListener("error", () => img.replaceWith(plain));
  return img;
}
