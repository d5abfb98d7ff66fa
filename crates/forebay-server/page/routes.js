// One row a route: its state in color and word first, then its figures, then what can be done.

import { ask, problem, sure } from "./access.js";
import { count, element, rate, say, seconds } from "./words.js";
import { stateOf } from "./verdict.js";

const FIGURES = ["waiting", "in_flight", "oldest", "in", "out", "gear", "sink", "delivered", "dead", "errors"];
const AS_TEXT = new Set(["gear", "sink"]);

export class Routes {
  constructor(choose) {
    this.choose = choose;
    this.rows = new Map();
    this.body = document.getElementById("route-rows");
  }

  show(tick, chosen) {
    for (const [name, figures] of Object.entries(tick.status.routes)) {
      if (!this.rows.has(name)) this.rows.set(name, new Row(name, this.body, this.choose));
      this.rows.get(name).show(tick.at_ms / 1000, figures, tick.status.limits, name === chosen);
    }
    for (const [name, row] of this.rows) {
      if (tick.status.routes[name]) continue;
      row.tr.remove();
      this.rows.delete(name);
    }
  }

  names() {
    return [...this.rows.keys()];
  }
}

class Row {
  constructor(name, body, choose) {
    this.name = name;
    this.looks = [];
    this.tr = element("tr");
    this.tr.dataset.route = name;
    this.state = element("span", "state");
    const state = element("td");
    state.append(this.state);
    this.pick = element("button", "plain", name);
    this.pick.type = "button";
    this.pick.addEventListener("click", () => choose(name));
    const route = element("th");
    route.scope = "row";
    route.append(this.pick);
    this.tr.append(state, route);
    this.cells = {};
    for (const figure of FIGURES) {
      this.cells[figure] = element("td", AS_TEXT.has(figure) ? "" : "n");
      this.cells[figure].dataset.figure = figure;
      this.tr.append(this.cells[figure]);
    }
    this.buttons = {};
    const row = element("div", "row");
    for (const what of ["pause", "drain", "resume"]) row.append(this.button(what));
    const cell = element("td");
    cell.append(row);
    this.tr.append(cell);
    body.append(this.tr);
  }

  button(what) {
    const button = element("button", "", what[0].toUpperCase() + what.slice(1));
    button.type = "button";
    button.setAttribute("aria-label", `${button.textContent} ${this.name}`);
    button.dataset.do = what;
    button.addEventListener("click", () => this.act(what, button));
    this.buttons[what] = button;
    return button;
  }

  async act(what, button) {
    if (what === "drain" && !(await sure(`Route ${this.name} takes no more events, delivers what waits, and stays so until you resume it. Producers are answered with 503.`, "Drain it"))) return;
    button.disabled = true;
    try {
      const answer = await ask(`/admin/${what}?route=${encodeURIComponent(this.name)}`, { method: "POST" });
      say("routes-said", answer.ok ? "" : `${this.name}: ${await problem(answer)}`);
    } catch {
      say("routes-said", `${this.name}: the service does not answer; nothing was changed`);
    }
    button.disabled = false;
  }

  show(at, figures, limits, isChosen) {
    const trend = this.remember(at, figures);
    const state = stateOf(figures, limits, trend.length, trend.out);
    this.state.className = `state ${state.tone}`;
    say(this.state, state.word);
    const pressed = isChosen ? "true" : "false";
    if (this.pick.getAttribute("aria-pressed") !== pressed) this.pick.setAttribute("aria-pressed", pressed);
    const errors = Object.values(figures.sink.errors).reduce((sum, n) => sum + n, 0);
    const isAny = figures.waiting + figures.in_flight > 0;
    const texts = {
      waiting: count(figures.waiting),
      in_flight: count(figures.in_flight),
      oldest: isAny ? seconds(figures.oldest_age_s) : "–",
      in: rate(trend.in),
      out: rate(trend.out),
      gear: figures.gear,
      sink: figures.sink.state + (figures.sink.hint ? `: ${figures.sink.hint}` : ""),
      delivered: count(figures.delivered),
      dead: count(figures.dead),
      errors: count(errors),
    };
    for (const figure of FIGURES) say(this.cells[figure], texts[figure]);
    this.cells.sink.title = figures.sink.reason ?? "";
    const flow = figures.flow ?? "open";
    this.buttons.pause.hidden = flow === "paused";
    this.buttons.drain.hidden = flow === "draining";
    this.buttons.resume.hidden = flow === "open";
    for (const button of Object.values(this.buttons)) button.hidden ||= figures.flow === undefined;
  }

  // Rates over the last three seconds, of looks that this page has seen.
  remember(at, figures) {
    const out = figures.delivered + figures.dead;
    this.looks.push({ at, waiting: figures.waiting, accepted: figures.accepted, out });
    while (this.looks.length > 2 && at - this.looks[1].at > 3) this.looks.shift();
    const first = this.looks[0];
    const time = at - first.at;
    if (time <= 0 || figures.accepted < first.accepted) {
      this.looks = this.looks.slice(-1);
      return { length: 0, in: NaN, out: NaN };
    }
    return {
      length: time >= 0.5 ? (figures.waiting - first.waiting) / time : 0,
      in: (figures.accepted - first.accepted) / time,
      out: (out - first.out) / time,
    };
  }
}
