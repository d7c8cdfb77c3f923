/**
 * The picture and over it the painted area: tinted, with a dashed line walking around it.
 *
 * Both canvases have the screen's resolution. A growing stroke adds to them only where it grew; everything else
 * draws them anew from the drawing's sum.
 */

import { bounds, draw } from "./marks.js";

const SHARPEST = 2;
const LINE = 1.5;
const STEP_MS = 90;
const STRIPE = 5;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Stage {
  #walked = 0;
  #due = false;

  constructor({ box, picture, tint, edge }, view, drawing) {
    Object.assign(this, { box, picture, view, drawing });
    this.tint = tint.getContext("2d");
    this.edge = edge.getContext("2d");
    this.live = null;
    new ResizeObserver(() => this.#resize()).observe(box);
    drawing.addEventListener("change", () => this.redraw());
    for (const canvas of [tint, edge]) canvas.addEventListener("contextrestored", () => this.#resize());
    this.#resize();
    setInterval(() => this.#walk(), STEP_MS);
  }

  /** Draws everything, once before the next frame however often it is asked. */
  redraw() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#draw();
    });
  }

  /** The live stroke has new points `from` there on; they are drawn now. */
  extend(from) {
    if (this.#due) return;
    const { points, width } = this.live;
    const { view } = this;
    const reach = bounds(points.slice(Math.max(from - 1, 0)));
    const margin = (width / 2) * view.scale + 4 * LINE;
    const left = view.x + reach.left * view.scale - margin;
    const top = view.y + reach.top * view.scale - margin;
    const right = view.x + reach.right * view.scale + margin;
    const bottom = view.y + reach.bottom * view.scale + margin;
    this.#onPicture(() => draw(this.tint, this.live, this.drawing.size, from));
    this.#outline({ left, top, width: right - left, height: bottom - top });
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.box;
    this.ratio = Math.min(window.devicePixelRatio || 1, SHARPEST);
    for (const { canvas } of [this.tint, this.edge]) {
      canvas.width = Math.max(Math.round(width * this.ratio), 1);
      canvas.height = Math.max(Math.round(height * this.ratio), 1);
    }
    this.stripes = stripes(this.edge, this.ratio);
    this.view.resize(width, height);
    this.#draw();
  }

  #draw() {
    const { view, drawing, tint } = this;
    this.picture.style.transform = `matrix(${view.scale}, 0, 0, ${view.scale}, ${view.x}, ${view.y})`;
    tint.setTransform(1, 0, 0, 1, 0, 0);
    tint.clearRect(0, 0, tint.canvas.width, tint.canvas.height);
    this.#onPicture(() => {
      tint.drawImage(drawing.sum, 0, 0, drawing.size.width, drawing.size.height);
      if (this.live) draw(tint, this.live, drawing.size);
    });
    this.#outline({ left: 0, top: 0, ...view.stage });
  }

  /** In picture coordinates, and never beside the picture. */
  #onPicture(paint) {
    const { view, tint, ratio } = this;
    tint.save();
    tint.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio);
    tint.beginPath();
    tint.rect(0, 0, this.drawing.size.width, this.drawing.size.height);
    tint.clip();
    paint();
    tint.restore();
  }

  /** The tinted shape moved a little to all sides, less the shape itself, is its outline. */
  #outline({ left, top, width, height }) {
    const { edge, tint, ratio } = this;
    const line = LINE * ratio;
    edge.save();
    edge.beginPath();
    edge.rect(Math.floor(left * ratio), Math.floor(top * ratio), Math.ceil(width * ratio), Math.ceil(height * ratio));
    edge.clip();
    edge.clearRect(0, 0, edge.canvas.width, edge.canvas.height);
    for (const [x, y] of [[-line, -line], [line, -line], [-line, line], [line, line]]) edge.drawImage(tint.canvas, x, y);
    edge.globalCompositeOperation = "destination-out";
    edge.drawImage(tint.canvas, 0, 0);
    this.#stripe();
    edge.restore();
  }

  #stripe() {
    const { edge } = this;
    this.stripes.setTransform(new DOMMatrix([1, 0, 0, 1, this.#walked * this.ratio, 0]));
    edge.globalCompositeOperation = "source-atop";
    edge.fillStyle = this.stripes;
    edge.fillRect(0, 0, edge.canvas.width, edge.canvas.height);
  }

  #walk() {
    if (document.hidden || calm.matches || this.live || this.drawing.blank) return;
    this.#walked = (this.#walked + 1) % (2 * STRIPE);
    this.edge.save();
    this.#stripe();
    this.edge.restore();
  }
}

/** Slanted stripes, light and dark, so that the line shows on every picture. */
function stripes(context, ratio) {
  const side = Math.round(2 * STRIPE * ratio);
  const tile = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const brush = tile.getContext("2d");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, side, side);
  brush.fillStyle = "#2b0a1c";
  for (const start of [-side, 0]) {
    brush.beginPath();
    const slant = [[start, side], [start + side, 0], [start + 1.5 * side, 0], [start + side / 2, side]];
    for (const [x, y] of slant) brush.lineTo(x, y);
    brush.fill();
  }
  return context.createPattern(tile, "repeat");
}
