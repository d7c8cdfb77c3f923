/** The chosen tool and the brush's width, with a ring on the stage that shows how wide that is. */

import { byId } from "./page.js";

const THINNEST_PX = 6;
const WIDEST_PX = 140;
const SHOW_MS = 900;

export class Tools extends EventTarget {
  #timer = 0;
  #hovering = null;

  constructor() {
    super();
    this.ring = byId("ring");
    this.slider = byId("size");
    this.buttons = [...document.querySelectorAll("[data-tool]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.choose(button.dataset.tool));
    this.slider.addEventListener("input", () => this.#sized());
    this.#sized(false);
    this.choose("brush");
  }

  /** The brush's width on the screen: who zooms in paints finer. */
  get width() {
    return THINNEST_PX * (WIDEST_PX / THINNEST_PX) ** (this.slider.value / 100);
  }

  get brushes() {
    return this.tool === "brush" || this.tool === "eraser";
  }

  choose(tool) {
    this.tool = tool;
    for (const button of this.buttons) button.setAttribute("aria-pressed", button.dataset.tool === tool);
    byId("stage").dataset.tool = tool;
    this.slider.disabled = !this.brushes;
    this.hover(this.#hovering);
  }

  resize(steps) {
    this.slider.value = Number(this.slider.value) + steps;
    this.#sized();
  }

  /** The pointer is over the stage at this place, or (null) no longer. */
  hover(place) {
    this.#hovering = place;
    clearTimeout(this.#timer);
    this.ring.hidden = !place || !this.brushes;
    if (place) this.#put(place);
  }

  #sized(show = true) {
    this.slider.style.setProperty("--part", `${this.slider.value}%`);
    this.slider.setAttribute("aria-valuetext", `${Math.round(this.width)} px`);
    if (!show || !this.brushes) return;
    const { clientWidth, clientHeight } = byId("stage");
    this.hover(this.#hovering ?? { x: clientWidth / 2, y: clientHeight / 2 });
    this.#hovering = null;
    this.#timer = setTimeout(() => (this.ring.hidden = true), SHOW_MS);
  }

  #put({ x, y }) {
    const { style } = this.ring;
    style.width = style.height = `${this.width}px`;
    style.transform = `translate(${x - this.width / 2}px, ${y - this.width / 2}px)`;
  }
}
