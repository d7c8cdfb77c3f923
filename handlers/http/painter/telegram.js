/**
 * The bridge to the Telegram application around this page: what it said at the start, what it says later, and what
 * the page tells it. Opened outside of Telegram everything here is simply empty.
 */

export class Telegram extends EventTarget {
  #guarded = null;

  constructor() {
    super();
    const said = new URLSearchParams(location.hash.slice(1));
    const asked = new URLSearchParams(location.search);
    this.initData = said.get("tgWebAppData") ?? "";
    this.theme = parsed(said.get("tgWebAppThemeParams"));
    this.target =
      asked.get("p") ||
      new URLSearchParams(this.initData).get("start_param") ||
      said.get("tgWebAppStartParam") ||
      asked.get("tgWebAppStartParam") ||
      "";
    // The hash is a key to the person's account here; it shall not lie around in the address or the history.
    history.replaceState(history.state, "", location.pathname + location.search);
    this.#listen();
  }

  /** Tells the application something; each platform has its own ear. */
  post(eventType, eventData = {}) {
    if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent(eventType, JSON.stringify(eventData));
    else if (typeof window.external?.notify === "function") window.external.notify(JSON.stringify({ eventType, eventData }));
    else if (window.parent !== window) window.parent.postMessage(JSON.stringify({ eventType, eventData }), "*");
  }

  ready() {
    if (window.parent !== window) this.post("iframe_ready");
    this.post("web_app_ready");
    this.post("web_app_expand");
    // A stroke downwards would else be taken for the gesture that closes the page.
    this.post("web_app_setup_swipe_behavior", { allow_vertical_swipe: false });
    this.post("web_app_set_header_color", { color_key: "bg_color" });
    this.post("web_app_request_theme");
  }

  guardClosing(needed) {
    if (needed === this.#guarded) return;
    this.#guarded = needed;
    this.post("web_app_setup_closing_behavior", { need_confirmation: needed });
  }

  close() {
    this.post("web_app_close");
  }

  #listen() {
    const receive = (type, data) => this.#receive(type, data);
    // Applications on phones call a function by one of these names, each of its own age.
    window.Telegram = { ...window.Telegram, WebView: { ...window.Telegram?.WebView, receiveEvent: receive } };
    window.TelegramGameProxy = { receiveEvent: receive };
    window.TelegramGameProxy_receiveEvent = receive;
    addEventListener("message", ({ source, data }) => {
      if (source !== window.parent || typeof data !== "string") return;
      const { eventType, eventData } = parsed(data);
      if (eventType) receive(eventType, eventData);
    });
  }

  #receive(type, data) {
    const detail = typeof data === "string" ? parsed(data) : (data ?? {});
    if (type === "theme_changed") this.theme = detail.theme_params ?? {};
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function parsed(json) {
  try {
    return JSON.parse(json) ?? {};
  } catch {
    return {};
  }
}
