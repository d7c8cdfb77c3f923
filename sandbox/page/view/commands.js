/** The bot's commands, offered as soon as a slash is typed. */

import { button, el } from "./dom.js";

export class CommandList {
  #at = -1;
  #shown = [];

  /** hooks: {pick(command) sends it, complete(command) writes it} */
  constructor(hooks) {
    this.hooks = hooks;
    this.box = el("div", { class: "commands", id: "commands", role: "listbox", "aria-label": "Commands", hidden: true });
    this.box.dataset.testid = "commands";
  }

  get open() {
    return !this.box.hidden;
  }

  /** Offers what begins with the typed word; nothing once something follows it. */
  suggest(typed, commands) {
    const word = /^\/([a-z0-9_]*)$/i.exec(typed)?.[1];
    const fits = word === undefined ? [] : commands.filter(({ command }) => command.startsWith(word.toLowerCase()));
    this.#show(fits);
  }

  close() {
    this.#show([]);
  }

  /** Whether the key was for the list. Enter is only when a command was chosen: else it sends what stands there. */
  key(event) {
    if (!this.open) return false;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.#mark((Math.max(this.#at, by > 0 ? -1 : 0) + by + this.#shown.length) % this.#shown.length);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab" && !event.shiftKey) this.hooks.complete(this.#shown[Math.max(this.#at, 0)].command);
    else if (event.key === "Enter" && !event.shiftKey && this.#at >= 0) this.hooks.pick(this.#shown[this.#at].command);
    else return false;
    return true;
  }

  #show(commands) {
    this.#shown = commands;
    this.#at = -1;
    this.box.hidden = commands.length === 0;
    this.box.replaceChildren(...commands.map((command, at) => this.#row(command, at)));
    this.hooks.marked(this.open, null);
  }

  #row({ command, description }, at) {
    const props = { class: "command-row", role: "option", id: `command-${at}`, tabindex: "-1", "aria-selected": "false" };
    const run = () => this.hooks.pick(command);
    return button({ ...props, onclick: run }, el("b", {}, `/${command}`), el("span", { dir: "auto" }, description));
  }

  #mark(at) {
    this.#at = at;
    [...this.box.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    this.box.children[at]?.scrollIntoView({ block: "nearest" });
    this.hooks.marked(true, `command-${at}`);
  }
}
