/**
 * The stream of events, kept alive.
 *
 * Each time it opens, the whole state is fetched anew and only then are the events applied that came meanwhile:
 * so nothing is lost between the two, and a restarted server (whose sequence starts over) needs no special case.
 */

const FIRST_RETRY_MS = 400;
const SLOWEST_RETRY_MS = 4000;

export class Live {
  #source = null;
  #timer = 0;
  #retry = FIRST_RETRY_MS;

  constructor({ catchUp, apply, status }) {
    this.catchUp = catchUp;
    this.apply = apply;
    this.status = status;
    addEventListener("online", () => this.connect());
  }

  connect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = new EventSource("/chat/events");
    this.#source = source;
    let waiting = [];
    source.onmessage = (event) => {
      const change = JSON.parse(event.data);
      if (waiting) waiting.push(change);
      else this.apply(change);
    };
    source.onerror = () => this.#lost(source);
    source.onopen = async () => {
      try {
        await this.catchUp();
      } catch {
        this.#lost(source);
        return;
      }
      if (source !== this.#source) return;
      const missed = waiting;
      waiting = null;
      missed.forEach((change) => this.apply(change));
      this.#retry = FIRST_RETRY_MS;
      this.status(true);
    };
  }

  #lost(source) {
    source.close();
    if (source !== this.#source) return;
    this.status(false);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), this.#retry);
    this.#retry = Math.min(this.#retry * 2, SLOWEST_RETRY_MS);
  }
}
