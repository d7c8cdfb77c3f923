/**
 * Fingers, pens and mice on the stage. One finger paints; two pinch and pan; a wheel zooms where it points;
 * the middle button, or the space bar held, pans.
 */

/** A second finger this soon means that the first was the beginning of a pinch, not of a stroke. */
const PINCH_MS = 350;
const WHEEL = 0.0016;
const LINE_PX = 18;

export class Hands {
  #fingers = new Map();
  #doing = null;
  #since = 0;

  /** hooks: {begin(place), move(places), end(), cancel(), hover(place | null)} */
  constructor(box, view, stage, hooks) {
    Object.assign(this, { box, view, stage, hooks, spaceHeld: false });
    const on = (name, act, options) => box.addEventListener(name, act, options);
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#up(event, true));
    on("pointerleave", () => this.hooks.hover(null));
    on("wheel", (event) => this.#wheel(event), { passive: false });
    for (const name of ["contextmenu", "mousedown", "dragstart"]) on(name, (event) => event.preventDefault());
  }

  #place({ clientX, clientY }) {
    const { left, top } = this.box.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #down(event) {
    const mouse = event.pointerType === "mouse";
    if (event.target.closest("button") || (mouse && event.button > 1)) return;
    event.preventDefault();
    this.box.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, this.#place(event));
    if (this.#fingers.size === 2) this.#pinch(event);
    else if (this.#fingers.size === 1) this.#first(event, mouse && event.button === 1);
  }

  #first(event, pans) {
    this.#doing = pans || this.spaceHeld ? "pan" : "paint";
    this.#since = event.timeStamp;
    this.hooks.hover(this.#doing === "paint" && event.pointerType !== "touch" ? this.#place(event) : null);
    if (this.#doing === "paint") this.hooks.begin(this.#place(event));
  }

  #pinch(event) {
    if (this.#doing === "paint") {
      if (event.timeStamp - this.#since > PINCH_MS) this.hooks.end();
      else this.hooks.cancel();
    }
    this.#doing = "pinch";
  }

  #move(event) {
    const place = this.#place(event);
    if (event.pointerType !== "touch") this.hooks.hover(this.#doing === "pan" || this.spaceHeld ? null : place);
    const last = this.#fingers.get(event.pointerId);
    if (!last) return;
    const before = [...this.#fingers.values()].slice(0, 2);
    this.#fingers.set(event.pointerId, place);
    if (this.#doing === "paint") return this.hooks.move(this.#places(event));
    if (this.#doing === "pan") this.view.pan(place.x - last.x, place.y - last.y);
    else if (this.#fingers.size > 1) this.view.pinch(before, [...this.#fingers.values()].slice(0, 2));
    this.stage.redraw();
  }

  /** Every place the pointer was at since the last frame, not only where it is now. */
  #places(event) {
    const all = event.getCoalescedEvents?.() ?? [];
    return (all.length ? all : [event]).map((one) => this.#place(one));
  }

  #up(event, lost = false) {
    if (!this.#fingers.delete(event.pointerId)) return;
    if (this.#doing === "paint") {
      if (lost) this.hooks.cancel();
      else this.hooks.end();
      this.#doing = null;
    }
    // After a pinch the finger that is lifted last must not paint.
    if (this.#fingers.size) return;
    this.#doing = null;
    // Not before: on a low screen leaving the words moves the picture, and no stroke may have it moved from under it.
    this.box.focus({ preventScroll: true });
  }

  #wheel(event) {
    event.preventDefault();
    const turned = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1);
    // A trackpad's pinch arrives as a wheel with Ctrl and small steps.
    this.view.zoomAt(this.#place(event), Math.exp(-turned * WHEEL * (event.ctrlKey ? 6 : 1)));
    this.stage.redraw();
  }
}
