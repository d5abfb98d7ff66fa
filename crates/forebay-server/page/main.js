// Puts the parts of the page together: what the feed tells goes to each of them.

import { Feed } from "./feed.js";
import { Past } from "./past.js";
import { Pictures } from "./picture.js";
import { Routes } from "./routes.js";
import { Recent } from "./recent.js";
import { Dead } from "./dead.js";
import { finding, spoken, stateOf } from "./verdict.js";
import { showFacts, showPanels, showPromise } from "./figures.js";
import { clock, count, say } from "./words.js";

const SPAN_KEY = "forebay-span";
const SPOKEN_EVERY_MS = 5000;

const past = new Past();
const pictures = new Pictures();
const recent = new Recent();
const dead = new Dead();
const feed = new Feed({ hello, tick, lost });
const routes = new Routes((name) => {
  if (name === chosen) return;
  chosen = name;
  past.clear();
  feed.open(name);
});

let chosen = null;
let scene = null;
let last = null;
let span = Number(sessionStorage.getItem(SPAN_KEY)) || 120;
let spokenAt = 0;

for (const choice of document.querySelectorAll("#span input")) {
  choice.checked = Number(choice.value) === span;
  choice.addEventListener("change", () => {
    span = Number(choice.value);
    sessionStorage.setItem(SPAN_KEY, choice.value);
    draw();
  });
}

function hello(data) {
  scene = data.scene;
  chosen = data.route;
  past.load(scene.started_at_ms, data.history);
  recent.begin(scene);
  recent.add(data.recent);
  say("version", `forebay ${data.status.version}, into ${scene.sink}`);
  tick(data);
  dead.begin(scene, routes.names());
}

function tick(data) {
  last = data;
  const figures = data.status.routes[chosen];
  if (!figures) return;
  live();
  past.push(data.at_ms, figures);
  recent.add(data.recent);
  routes.show(data, chosen);
  draw();
  dead.show(data.status.dead);
}

// Everything that the last look shows. Once a frame is enough, and none while nobody looks.
let drawing = 0;
function draw() {
  if (drawing || !last) return;
  drawing = requestAnimationFrame(() => {
    drawing = 0;
    const figures = last.status.routes[chosen];
    if (!figures || past.at.length === 0) return;
    pictures.show(past, scene, span);
    showPromise(figures);
    showPanels(past, figures);
    showFacts(last);
    verdict(figures, last.status.limits);
  });
}

function verdict(figures, limits) {
  const trend = past.trend();
  const state = stateOf(figures, limits, trend, past.latest("rateOut"));
  const found = finding(state, figures, limits, trend, past.latest("rateOut"));
  say("finding", found);
  document.getElementById("now").dataset.state = state.word;
  const gear = scene.gears[figures.consumer.gear_number];
  const speed = gear ? `: batches of up to ${count(gear.batch_events_max)}, ${gear.writers === 1 ? "one writer" : `up to ${gear.writers} writers`}` : "";
  const sink = figures.sink.reason ? ` · sink: ${figures.sink.reason}; ${figures.sink.hint}` : "";
  say("details", `Route ${chosen} · ${figures.gear} gear${speed}${sink}`);
  document.title = figures.waiting > 0 ? `${count(figures.waiting)} wait · forebay` : "forebay";
  const now = performance.now();
  const words = spoken(state, figures);
  if (words !== document.getElementById("spoken").textContent && now - spokenAt > SPOKEN_EVERY_MS) {
    spokenAt = now;
    say("spoken", words);
    document.getElementById("picture").setAttribute("aria-label", `The length of the queue over time: ${found}`);
  }
}

function live() {
  const link = document.getElementById("link");
  if (link.dataset.link === "live") return;
  link.dataset.link = "live";
  link.textContent = "live";
  document.body.classList.remove("lost");
}

function lost(why, retryMs) {
  const link = document.getElementById("link");
  link.dataset.link = "lost";
  const seen = last ? `, last seen ${clock(last.at_ms)}` : "";
  link.textContent = `connection lost${seen}; trying again in ${Math.max(1, Math.round(retryMs / 1000))} s`;
  link.title = why;
  document.body.classList.add("lost");
  say("spoken", `Connection lost: ${why}`);
}

feed.open(new URLSearchParams(location.search).get("route"));
