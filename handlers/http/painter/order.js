/** The words and the big button: what should appear in the painted area, and off it goes. */

import { byId } from "./page.js";

const COUNT_FROM = 0.8;

export class Order {
  constructor({ prompt, max_prompt: most, texts }, hooks) {
    this.texts = texts;
    this.field = byId("prompt");
    this.button = byId("send");
    this.count = byId("count");
    Object.assign(this.field, { value: prompt ?? "", placeholder: texts.prompt_placeholder ?? "" });
    if (most) this.field.maxLength = most;
    this.field.addEventListener("input", () => {
      this.#grow();
      hooks.written();
    });
    // On low screens the tools make room while one writes.
    for (const [name, on] of [["focus", true], ["blur", false]]) {
      this.field.addEventListener(name, () => document.body.classList.toggle("writing", on));
    }
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("order").requestSubmit();
    });
    byId("order").addEventListener("submit", (event) => {
      event.preventDefault();
      hooks.send();
    });
    this.busy(false);
    this.#grow();
  }

  get prompt() {
    return this.field.value.trim();
  }

  focus() {
    this.field.focus();
  }

  busy(on) {
    this.button.disabled = on;
    this.button.setAttribute("aria-busy", on);
    this.button.querySelector(".word").textContent = (on ? this.texts.sending : this.texts.send) ?? "";
  }

  #grow() {
    const { field, count } = this;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
    count.hidden = field.maxLength < 0 || field.value.length < field.maxLength * COUNT_FROM;
    count.textContent = `${field.value.length} / ${field.maxLength}`;
  }
}
