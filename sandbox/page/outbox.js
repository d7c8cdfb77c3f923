/** Messages on their way: sent one after the other, shown at once, and kept with their reason when they fail. */

import * as api from "./api.js";

export class Outbox {
  #line = Promise.resolve();
  #next = 1;

  constructor(store) {
    this.store = store;
  }

  /** draft: {chatId, personId, text, replyTo, threadId, asDocument, files} */
  send(draft) {
    const out = { ...draft, key: this.#next++, state: "sending", date: Math.floor(Date.now() / 1000), error: "" };
    out.previews = out.files.map((file) => ({ file, url: URL.createObjectURL(file) }));
    this.#list([...this.store.outgoing, out], out);
    return this.#post(out);
  }

  retry(key) {
    const out = this.store.outgoing.find((one) => one.key === key);
    if (!out) return;
    out.state = "sending";
    this.#list([...this.store.outgoing], out);
    this.#post(out);
  }

  drop(key) {
    const out = this.store.outgoing.find((one) => one.key === key);
    if (!out) return;
    this.#list(this.store.outgoing.filter((one) => one !== out), out);
    out.previews.forEach(({ url }) => URL.revokeObjectURL(url));
  }

  #post(out) {
    this.#line = this.#line.then(async () => {
      try {
        const { messages } = await api.send(out);
        this.drop(out.key);
        this.#arrived(out.chatId, messages ?? []);
      } catch (error) {
        out.state = "failed";
        out.error = error.message;
        this.#list([...this.store.outgoing], out);
      }
    });
    return this.#line;
  }

  /** What the stream has already told (and perhaps already changed) is not put back to how it was sent. */
  #arrived(chatId, messages) {
    const known = this.store.chats.get(chatId)?.messages;
    messages.filter(({ message_id: id }) => !known?.has(id)).forEach((message) => this.store.addMessage(message));
  }

  #list(outgoing, out) {
    this.store.setOutgoing(outgoing, out.chatId);
  }
}
