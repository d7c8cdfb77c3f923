/** Turns what a hand does on the stage into marks, by the tool that is chosen. */

import { area, bounds, box, stroke } from "./marks.js";

/** Points nearer than this, on the screen, add nothing to a line. */
const NEAR_PX = 0.6;
/** A lasso or a rectangle smaller than this was a tap. */
const SMALLEST_PX = 4;

export class Pen {
  #start = null;

  constructor(tools, view, drawing, stage) {
    Object.assign(this, { tools, view, drawing, stage });
  }

  begin(place) {
    const point = this.view.toPicture(place);
    this.#start = point;
    const { tool, width } = this.tools;
    const drags = tool === "lasso" || tool === "rectangle";
    this.stage.live = drags ? area([point]) : stroke(point, width / this.view.scale, tool === "eraser");
    if (!drags) this.stage.extend(0);
  }

  move(places) {
    const mark = this.stage.live;
    if (!mark) return;
    const before = mark.points.length;
    const points = places.map((place) => this.view.toPicture(place));
    if (this.tools.tool === "rectangle") mark.points = box(this.#start, points.at(-1)).points;
    else points.forEach((point) => this.#append(mark.points, point));
    if (mark.kind === "area") this.stage.redraw();
    else if (mark.points.length > before) this.stage.extend(before);
  }

  end() {
    const mark = this.stage.live;
    if (!mark) return;
    this.stage.live = null;
    if (mark.kind === "stroke" || this.#meant(mark)) this.drawing.add(mark);
    else this.stage.redraw();
  }

  cancel() {
    this.stage.live = null;
    this.stage.redraw();
  }

  #append(points, point) {
    const last = points.at(-1);
    if (Math.hypot(point.x - last.x, point.y - last.y) * this.view.scale >= NEAR_PX) points.push(point);
  }

  #meant({ points }) {
    const { left, top, right, bottom } = bounds(points);
    return Math.min(right - left, bottom - top) * this.view.scale >= SMALLEST_PX;
  }
}
