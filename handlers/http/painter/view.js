/** Where the picture lies on the stage: a scale and an offset, in CSS pixels. Pure: nothing here touches the page. */

const MARGIN = 10;
const FARTHEST = 0.6;
const CLOSEST = 12;

const between = (low, value, high) => Math.min(Math.max(value, low), high);

export class View {
  constructor({ width, height }) {
    this.picture = { width, height };
    this.stage = { width: 1, height: 1 };
    this.fit();
  }

  get fitting() {
    const { picture, stage } = this;
    const room = (side) => Math.max(stage[side] - 2 * MARGIN, 1) / picture[side];
    return Math.min(room("width"), room("height"));
  }

  fit() {
    this.fitted = true;
    this.scale = this.fitting;
    this.x = (this.stage.width - this.picture.width * this.scale) / 2;
    this.y = (this.stage.height - this.picture.height * this.scale) / 2;
  }

  /** The stage has another size now: what was in its middle stays there. */
  resize(width, height) {
    const middle = this.toPicture({ x: this.stage.width / 2, y: this.stage.height / 2 });
    this.stage = { width, height };
    if (this.fitted) return this.fit();
    this.x = width / 2 - middle.x * this.scale;
    this.y = height / 2 - middle.y * this.scale;
    this.#keepInReach();
  }

  zoomAt(point, factor) {
    const held = this.toPicture(point);
    const closest = Math.max(this.fitting * CLOSEST, 4);
    this.scale = between(this.fitting * FARTHEST, this.scale * factor, closest);
    this.x = point.x - held.x * this.scale;
    this.y = point.y - held.y * this.scale;
    this.fitted = false;
    this.#keepInReach();
  }

  zoom(factor) {
    this.zoomAt({ x: this.stage.width / 2, y: this.stage.height / 2 }, factor);
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.fitted = false;
    this.#keepInReach();
  }

  /** Two fingers went from one pair of places to another: what was under them still is. */
  pinch([a, b], [c, d]) {
    const middle = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
    const apart = (one, other) => Math.max(Math.hypot(one.x - other.x, one.y - other.y), 1);
    const [from, to] = [middle(a, b), middle(c, d)];
    this.zoomAt(from, apart(c, d) / apart(a, b));
    this.pan(to.x - from.x, to.y - from.y);
  }

  toPicture({ x, y }) {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  /** However far it is pushed, some of the picture reaches the middle of the stage. */
  #keepInReach() {
    const { picture, stage, scale } = this;
    this.x = between(stage.width / 2 - picture.width * scale, this.x, stage.width / 2);
    this.y = between(stage.height / 2 - picture.height * scale, this.y, stage.height / 2);
  }
}
