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

  /** pen: what draws over a picture before it goes. */
  constructor(changed, pen) {
    this.changed = changed;
    this.pen = pen;
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
    this.strip.replaceChildren(...this.#chosen.map((one) => el("li", {}, this.#look(one), this.#remover(one))));
    this.changed();
  }

  #look(one) {
    const { file, url } = one;
    const plain = el("span", { class: "preview", title: file.name }, icon("file"), el("small", {}, file.name));
    if (!file.type.startsWith("image/")) return plain;
    const img = el("img", { src: url, alt: file.name, title: `${file.name}, ${size(file.size)}` });
    img.addEventListener("load", () => shapes.set(file, { width: img.naturalWidth, height: img.naturalHeight }));
    const props = { class: "draw-on", "aria-label": `Draw on ${file.name}`, dataset: { testid: "draw-attached" } };
    const draw = button({ ...props, onclick: () => this.#drawOn(one) }, img, icon("pen", 13));
    // A picture this browser cannot draw (HEIC, say) can still be sent.
    img.addEventListener("error", () => draw.replaceWith(plain));
    return draw;
  }

  /** What was drawn takes the picture's place. */
  async #drawOn(one) {
    const drawn = await this.pen.open(one.file, { name: one.file.name });
    if (!drawn || !this.#chosen.includes(one)) return;
    URL.revokeObjectURL(one.url);
    Object.assign(one, { file: drawn.file, url: URL.createObjectURL(drawn.file) });
    this.#draw();
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

