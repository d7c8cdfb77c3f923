/**
 * A Mini App: a web page of the bot's in a frame, with a bar over it, as Telegram's apps show one.
 *
 * The frame is another origin. It says what it wants by messages, and only those of the frame that is open count.
 */

import * as api from "../api.js";
import { userName } from "../format.js";
import { personAvatar } from "./avatar.js";
import { themeParams } from "./colours.js";
import { button, byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { ask, toast } from "./notices.js";
import { onTheme } from "./themes.js";

const ALLOWED = "allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads";

const OBEYED = {
  web_app_ready: (app) => app.box.classList.remove("loading"),
  web_app_expand: (app) => app.box.classList.add("expanded"),
  web_app_close: (app) => app.close(),
  web_app_setup_closing_behavior: (app, wish) => {
    app.askFirst = Boolean(wish?.need_confirmation);
  },
  web_app_request_theme: (app) => app.tellTheme(),
  web_app_request_viewport: (app) => app.tellSize(),
};

export class MiniApp {
  frame = null;
  askFirst = false;

  constructor(store) {
    this.store = store;
    this.box = byId("miniapp");
    this.box.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.leave();
    });
    this.box.addEventListener("click", (event) => event.target === this.box && this.leave());
    addEventListener("message", (event) => this.#heard(event));
    addEventListener("resize", () => this.tellSize());
    onTheme(() => this.tellTheme());
  }

  /** wish: {chatId, messageId, personId, url}: the button that was pressed, and by whom. */
  async open(wish) {
    try {
      const { url } = await api.openApp({ ...wish, theme: themeParams() });
      this.#show(url);
    } catch (error) {
      toast(error.message);
    }
  }

  /** What the cross, the key and a press beside it do: ask first where the Mini App wants that. */
  async leave() {
    if (this.askFirst && !(await ask("What you changed here may not be saved. Close it anyway?", "Close", "Stay"))) return;
    this.close();
  }

  close() {
    if (this.box.open) this.box.close();
    this.box.replaceChildren();
    this.frame = null;
    this.askFirst = false;
  }

  tellTheme() {
    this.#tell("theme_changed", { theme_params: themeParams() });
  }

  tellSize() {
    if (!this.frame) return;
    const { width, height } = this.frame.getBoundingClientRect();
    this.#tell("viewport_changed", { width, height, is_expanded: true, is_state_stable: true });
  }

  #show(url) {
    this.close();
    const { bot } = this.store;
    this.frame = el("iframe", { src: url, title: userName(bot), sandbox: ALLOWED, allow: "clipboard-write" });
    this.frame.dataset.testid = "miniapp-frame";
    // A page that never says it is ready is shown all the same once it is there.
    this.frame.addEventListener("load", () => OBEYED.web_app_ready(this));
    const cross = { class: "icon-button", "aria-label": "Close", dataset: { testid: "miniapp-close" } };
    const words = el("div", {}, el("b", { dir: "auto" }, userName(bot)), el("small", {}, "mini app"));
    const bar = el(
      "header",
      {},
      button({ ...cross, onclick: () => this.leave() }, icon("close")),
      words,
      personAvatar(bot),
    );
    this.box.classList.remove("expanded");
    this.box.classList.add("loading");
    this.box.replaceChildren(bar, this.frame);
    this.box.showModal();
  }

  #tell(eventType, eventData) {
    this.frame?.contentWindow?.postMessage(JSON.stringify({ eventType, eventData }), "*");
  }

  #heard(event) {
    if (!this.frame || event.source !== this.frame.contentWindow) return;
    let told;
    try {
      told = JSON.parse(event.data);
    } catch {
      return;
    }
    if (Object.hasOwn(OBEYED, told?.eventType)) OBEYED[told.eventType](this, told.eventData);
  }
}
