/**
 * Everything painted so far: the marks in order, what was undone, and one canvas that shows their sum.
 *
 * The canvas is what makes the hundredth stroke as cheap as the first. It is bounded, for phones; the mask itself is
 * drawn anew from the marks in full size.
 */

import { cleared, draw, inverted } from "./marks.js";

const LONGEST = 2048;
const STRIDE = 12;

export class Drawing extends EventTarget {
  #undone = [];
  #saved = { copy: null, count: 0 };

  constructor({ width, height }) {
    super();
    this.size = { width, height };
    this.marks = [];
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    this.sum = canvas(Math.max(Math.round(width * scale), 1), Math.max(Math.round(height * scale), 1));
    // A phone that ran short of memory may have thrown the canvas away; the marks are still here.
    this.sum.addEventListener("contextrestored", () => this.#again());
  }

  get blank() {
    return !this.marks.length || this.marks.at(-1) === cleared;
  }

  get canUndo() {
    return this.marks.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  add(mark) {
    this.#undone = [];
    this.#put(mark);
    this.#changed();
  }

  invert() {
    this.add(inverted);
  }

  clear() {
    if (!this.blank) this.add(cleared);
  }

  undo() {
    if (!this.canUndo) return;
    this.#undone.push(this.marks.pop());
    this.#replay();
    this.#changed();
  }

  redo() {
    if (!this.canRedo) return;
    this.#put(this.#undone.pop());
    this.#changed();
  }

  #put(mark) {
    if (this.marks.length && this.marks.length % STRIDE === 0) this.#save();
    this.marks.push(mark);
    draw(this.#context(), mark, this.size);
  }

  /** A copy from a few marks ago, so that undoing does not start from the first one each time. */
  #save() {
    if (this.#saved.count === this.marks.length) return;
    this.#saved.copy ??= canvas(this.sum.width, this.sum.height);
    this.#saved.count = this.marks.length;
    const context = this.#saved.copy.getContext("2d");
    context.clearRect(0, 0, this.sum.width, this.sum.height);
    context.drawImage(this.sum, 0, 0);
  }

  #replay() {
    if (this.#saved.count > this.marks.length) this.#saved.count = 0;
    const rest = this.marks.splice(this.#saved.count);
    const context = this.#context();
    context.clearRect(0, 0, this.size.width, this.size.height);
    if (this.#saved.count) context.drawImage(this.#saved.copy, 0, 0, this.size.width, this.size.height);
    for (const mark of rest) this.#put(mark);
  }

  #again() {
    this.#saved.count = 0;
    this.#replay();
    this.#changed();
  }

  #context() {
    const context = this.sum.getContext("2d");
    context.setTransform(this.sum.width / this.size.width, 0, 0, this.sum.height / this.size.height, 0, 0);
    return context;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

function canvas(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
