/** Where one writes: text, attachments, the message being answered; a draft for each chat. */

import { author, snippet, userName } from "../format.js";
import { Attachments } from "./attachments.js";
import { CommandList } from "./commands.js";
import { button, byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { thumbUrl } from "./media.js";

const TALLEST_PX = 200;

export class Composer {
  #place = "";
  #drafts = new Map();
  #replyTo = null;

  /** hooks: {send(draft), jump(messageId), commands(), pen} */
  constructor(hooks) {
    this.hooks = hooks;
    this.files = new Attachments(() => this.#changed(), hooks.pen);
    this.list = new CommandList({
      pick: (command) => this.#pick(command),
      complete: (command) => this.write(`/${command} `),
      marked: (open, id) => this.#marked(open, id),
    });
    this.#build();
    this.#listen();
  }

  #build() {
    this.quote = el("div", { class: "replying", hidden: true, dataset: { testid: "replying" } });
    this.input = el("textarea", {
      rows: 1,
      dir: "auto",
      placeholder: "Message",
      "aria-label": "Message",
      enterkeyhint: "send",
      autocomplete: "off",
      "aria-controls": "commands",
      dataset: { testid: "composer" },
    });
    this.picker = el("input", { type: "file", multiple: true, class: "visually-hidden", tabindex: "-1" });
    this.picker.dataset.testid = "attach-input";
    this.picker.setAttribute("aria-label", "Attach files");
    const attach = button({ class: "icon-button", "aria-label": "Attach files" }, icon("attach", 24));
    attach.addEventListener("click", () => this.picker.click());
    this.slash = button({ class: "icon-button", "aria-label": "Commands", title: "Commands" }, icon("slash", 22));
    this.sendButton = button({ class: "send", "aria-label": "Send", dataset: { testid: "send" } }, icon("send", 22));
    const line = el("div", { class: "line" }, attach, this.picker, this.input, this.slash, this.sendButton);
    byId("dock").append(this.list.box, el("div", { class: "composer" }, this.quote, this.files.box, line));
  }

  #listen() {
    this.input.addEventListener("input", () => this.#changed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("paste", (event) => this.#pasted(event));
    this.picker.addEventListener("change", () => {
      this.attach(this.picker.files);
      this.picker.value = "";
    });
    this.sendButton.addEventListener("click", () => this.send());
    this.slash.addEventListener("click", () => {
      if (this.list.open) return this.list.close();
      this.input.focus();
      this.list.suggest("/", this.hooks.commands());
    });
    // Else a press there would first take the focus from the text, and that closes the list.
    for (const node of [this.list.box, this.slash]) node.addEventListener("mousedown", (event) => event.preventDefault());
    this.input.addEventListener("blur", () => this.list.close());
  }

  /** Puts the draft of one chat away and takes out that of another. */
  open(place) {
    if (place === this.#place) return;
    if (this.#place) {
      const kept = { text: this.input.value, replyTo: this.#replyTo, hint: this.input.placeholder };
      this.#drafts.set(this.#place, { ...kept, ...this.files.take() });
    }
    this.#place = place;
    const draft = this.#drafts.get(place) ?? { text: "", replyTo: null, files: [], asDocument: false };
    this.files.put(draft);
    this.setReply(draft.replyTo, draft.hint);
    this.write(draft.text, false);
    this.list.close();
  }

  /** The commands became others: an open list shows the new ones. */
  commandsChanged() {
    const typing = document.activeElement === this.input && this.input.value.startsWith("/");
    if (typing || this.list.open) this.list.suggest(this.input.value || "/", this.hooks.commands());
  }

  get empty() {
    return !this.input.value.trim() && !this.files.files.length;
  }

  focus() {
    this.input.focus();
  }

  write(text, focus = true) {
    this.input.value = text;
    if (focus) this.input.focus();
    this.#changed();
  }

  insert(text) {
    this.input.focus();
    this.input.setRangeText(text, this.input.selectionStart, this.input.selectionEnd, "end");
    this.#changed();
  }

  attach(files) {
    this.files.add(files);
    this.input.focus();
  }

  setReply(message, hint) {
    this.#replyTo = message;
    this.input.placeholder = hint || "Message";
    this.quote.hidden = !message;
    if (!message) return this.quote.replaceChildren();
    const thumb = thumbUrl(message);
    const name = el("b", { dir: "auto" }, `Reply to ${userName(author(message))}`);
    const words = el("span", { class: "quote-words" }, name, el("span", { dir: "auto" }, snippet(message)));
    const jump = () => this.hooks.jump(message.message_id);
    const drop = () => {
      this.setReply(null);
      this.input.focus();
    };
    this.quote.replaceChildren(
      icon("reply"),
      button({ class: "quote", onclick: jump }, thumb && el("img", { src: thumb, alt: "" }), words),
      button({ class: "icon-button", "aria-label": "Do not reply", onclick: drop }, icon("close")),
    );
  }

  /** focus: whether to write on; on a telephone that would bring up the keyboard. */
  send(focus = true) {
    if (this.empty) return;
    const draft = {
      text: this.input.value.trim(),
      files: this.files.files,
      asDocument: this.files.asDocument,
      replyTo: this.#replyTo?.message_id,
    };
    this.files.clear();
    this.setReply(null);
    this.write("", focus);
    this.hooks.send(draft);
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.list.key(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.#replyTo) {
      this.setReply(null);
    }
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.attach(files);
  }

  #pick(command) {
    this.write("");
    this.hooks.send({ text: this.hooks.fullCommand(`/${command}`), files: [], asDocument: false });
  }

  #changed() {
    if (!this.input) return;
    this.list.suggest(this.input.value, this.hooks.commands());
    this.sendButton.disabled = this.empty;
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST_PX)}px`;
    this.input.style.overflowY = this.input.scrollHeight > TALLEST_PX ? "auto" : "hidden";
  }

  #marked(open, id) {
    if (!this.input) return;
    if (id) this.input.setAttribute("aria-activedescendant", id);
    else this.input.removeAttribute("aria-activedescendant");
    this.slash.setAttribute("aria-expanded", String(open));
  }
}
