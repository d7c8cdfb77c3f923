/** What covers the page while there is nothing to paint on: waiting, in trouble, or done. */

import { icon } from "./icons.js";
import { byId } from "./page.js";

export class Cover {
  constructor() {
    this.box = byId("cover");
    [this.sign, this.words, this.button] = this.box.children;
    this.wait();
  }

  wait() {
    this.#show("wait", "");
  }

  /** Without an `act` there is nothing to try again. */
  trouble(words, name, act) {
    this.#show("trouble", words, name, act);
  }

  done(words, name, act) {
    this.#show("done", words, name, act);
  }

  lift() {
    this.box.hidden = true;
  }

  #show(state, words, name, act) {
    this.box.hidden = false;
    this.box.dataset.state = state;
    this.sign.replaceChildren(...(state === "wait" ? [] : [icon(state, 40)]));
    this.words.textContent = words;
    this.button.hidden = !act;
    // Until the server has answered there are no words in the person's language, only a sign.
    this.button.replaceChildren(name ?? icon("again"));
    if (name) this.button.removeAttribute("aria-label");
    else this.button.setAttribute("aria-label", "Retry");
    this.button.onclick = act ?? null;
  }
}

/** A few words over the picture's lower edge; they leave when the person goes on. */
export class Notice {
  constructor() {
    this.box = byId("notice");
    [this.words, this.button] = this.box.children;
  }

  say(words, act) {
    this.words.textContent = words;
    this.button.hidden = !act;
    this.button.onclick = act ?? null;
    this.box.hidden = false;
  }

  hide() {
    this.box.hidden = true;
  }
}
