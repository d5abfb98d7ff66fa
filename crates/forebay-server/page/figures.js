// The figures of the whole service, as a list of facts; and those beside the small pictures.

import { bytes, count, element, millis, rate, say, seconds } from "./words.js";

const PROMISES = {
  disk: "on disk before the answer",
  memory: "in memory only: lost with the process",
  jetstream: "in JetStream before the answer",
};

const SPOOLED = "on this machine's disk before the answer, and goes on to the stream";

export function showPromise(status) {
  const promise = status.spool ? SPOOLED : PROMISES[status.durability];
  say("promise", `An accepted event is ${promise ?? status.durability}`);
}

export function showPanels(past, figures) {
  say("rate-in", rate(past.latest("rateIn")));
  say("rate-out", rate(past.latest("rateOut")));
  say("age", figures.waiting + figures.in_flight > 0 ? seconds(figures.oldest_age_s) : "none");
  const { last_write_ms, writers_busy } = figures.consumer;
  say("write", last_write_ms === null ? "–" : millis(last_write_ms));
  const batch = past.latest("batch");
  const size = batch === null ? "" : ` of about ${count(batch)}`;
  say("batch", `a batch${size}, ${count(writers_busy)} ${writers_busy === 1 ? "writer" : "writers"} at work`);
}

export function showFacts({ status, disk }) {
  const errors = Object.values(status.sink.errors).reduce((sum, n) => sum + n, 0);
  fact("accepted", "Accepted", count(status.accepted));
  fact("delivered", "Delivered", count(status.delivered));
  fact("waiting", "Waiting", count(status.waiting));
  fact("in_flight", "In flight", count(status.in_flight));
  fact("dead", "Dead letters", count(status.dead));
  fact("dropped", "Dropped", count(status.dropped));
  fact("errors", "Sink errors", count(errors));
  fact("bytes", "Backlog", `${bytes(status.bytes)} of ${bytes(status.limits.bytes_max)}`);
  if (status.spool) fact("spool", "Spool", spoolText(status.spool));
  if (disk) {
    fact("disk", "On disk", bytes(disk.bytes));
    fact("free", "Free there", bytes(disk.free_bytes));
  }
  fact("connections", "Connections", `${count(status.connections)} of ${count(status.limits.connections_max)}`);
  fact("uptime", "Up for", seconds(status.uptime_s));
}

const spoolText = ({ waiting, kept, trouble }) =>
  `${count(waiting)} to forward, ${count(kept)} kept${trouble ? `: ${trouble}` : ""}`;

const facts = new Map();

function fact(name, title, text) {
  if (!facts.has(name)) {
    const value = element("dd");
    value.dataset.figure = name;
    const pair = element("div");
    pair.append(element("dt", "", title), value);
    document.getElementById("facts").append(pair);
    facts.set(name, value);
  }
  say(facts.get(name), text);
}
