// The stream of looks: read, watched over, and begun again when it breaks.
//
// `fetch` and not `EventSource`, which cannot show a token.

import { ask, problem } from "./access.js";

// The server looks five times a second; this long without a word is no stream.
const SILENCE_MS = 2500;
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 10000;

export class Feed {
  // `told` has hello(data), tick(data), lost(why, retryMs), live().
  constructor(told) {
    this.told = told;
    this.retries = 0;
    this.wake = () => {};
    // Whoever comes back to the page, or to the network, need not wait for the next try.
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  // Shows another route from now on.
  open(route) {
    this.route = route;
    if (this.running) this.stop?.abort("another route");
    else this.running = this.run();
  }

  async run() {
    for (;;) {
      const route = this.route;
      const why = await this.listen(route);
      if (route !== this.route) continue;
      const most = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** this.retries);
      // Somewhere in the upper half: pages that lost a server together do not come back together.
      const pause = most * (0.5 + Math.random() / 2);
      this.retries += 1;
      this.told.lost(why, pause);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, pause);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  // Listens until the stream ends, and says why it did.
  async listen(route) {
    const stop = new AbortController();
    this.stop = stop;
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => stop.abort("silent"), SILENCE_MS);
    };
    try {
      const query = route ? `?route=${encodeURIComponent(route)}` : "";
      const answer = await ask(`/live${query}`, { signal: stop.signal });
      if (!answer.ok) return await problem(answer);
      heard();
      for await (const [event, data] of framesOf(answer.body)) {
        heard();
        this.retries = 0;
        if (event === "hello") this.told.hello(data);
        if (event === "tick") this.told.tick(data);
      }
      return "the service has closed the stream";
    } catch (error) {
      return stop.signal.aborted ? "nothing comes from the service any more" : "the service does not answer";
    } finally {
      clearTimeout(silence);
      stop.abort();
    }
  }
}

// Server-sent events out of a body: [name, parsed data] each.
async function* framesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field("data");
      if (data !== undefined) yield [field("event") ?? "message", JSON.parse(data)];
    }
  }
}
