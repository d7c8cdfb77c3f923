/** A picture and what was drawn over it: every stroke is kept, so that the last can be taken back. */

const LONGEST_SIDE = 2560;

export class Strokes {
  colour = "#ff3b30";
  /** Of the longer side of the picture, so that a pen looks the same on any picture. */
  size = 0.016;

  #kept = [];
  #drawing = new Map();

  constructor(picture, changed) {
    this.picture = picture;
    this.changed = changed;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    this.canvas = document.createElement("canvas");
    this.canvas.width = Math.round(picture.width * scale);
    this.canvas.height = Math.round(picture.height * scale);
    this.canvas.dataset.testid = "pen-canvas";
    this.ink = this.canvas.getContext("2d");
    this.#draw();
    this.canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.#go(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, (event) => this.#end(event));
  }

  get empty() {
    return this.#kept.length === 0;
  }

  undo() {
    if (this.#drawing.size) return;
    this.#kept.pop();
    this.#draw();
    this.changed();
  }

  #begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    const width = Math.max(2, this.size * Math.max(this.canvas.width, this.canvas.height));
    const stroke = { colour: this.colour, width, points: [this.#at(event)] };
    this.#drawing.set(event.pointerId, stroke);
    this.#kept.push(stroke);
    this.#line(stroke, 0);
    this.changed();
  }

  #go(event) {
    const stroke = this.#drawing.get(event.pointerId);
    if (!stroke) return;
    const before = stroke.points.length - 1;
    const steps = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(steps.length ? steps : [event]).map((step) => this.#at(step)));
    this.#line(stroke, before);
  }

  #end(event) {
    this.#drawing.delete(event.pointerId);
  }

  #at(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * this.canvas.width, ((event.clientY - top) / height) * this.canvas.height];
  }

  #draw() {
    this.ink.drawImage(this.picture, 0, 0, this.canvas.width, this.canvas.height);
    this.#kept.forEach((stroke) => this.#line(stroke, 0));
  }

  /** A stroke from one of its points on. A single point is a dot: a line to itself. */
  #line({ colour, width, points }, from) {
    Object.assign(this.ink, { strokeStyle: colour, lineWidth: width, lineCap: "round", lineJoin: "round" });
    this.ink.beginPath();
    this.ink.moveTo(...points[from]);
    points.slice(Math.min(from + 1, points.length - 1)).forEach((point) => this.ink.lineTo(...point));
    this.ink.stroke();
  }
}
