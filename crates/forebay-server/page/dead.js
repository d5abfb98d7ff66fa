// Dead letters: listed, looked into, put back, deleted; the last two only after a second word.

import { ask, problem, sure } from "./access.js";
import { clock, count, element, say } from "./words.js";

const LISTED = 50;

export class Dead {
  constructor() {
    this.form = document.getElementById("dead-filter");
    this.rows = document.getElementById("dead-rows");
    this.table = document.getElementById("dead-table");
    this.bodies = "hidden";
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.list();
    });
    for (const button of this.form.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.all(button.dataset.do));
    }
    const letter = document.getElementById("letter");
    document.getElementById("letter-close").addEventListener("click", () => letter.close());
  }

  begin(scene, routes) {
    this.bodies = scene.bodies;
    const select = this.form.elements.route;
    const known = new Set([...select.options].map((option) => option.value));
    for (const name of routes) if (!known.has(name)) select.add(new Option(name, name));
  }

  // Lists again when their number has changed.
  async show(dead) {
    if (this.listed === dead || this.listing) return;
    this.listing = true;
    this.listed = dead;
    await this.list();
    this.listing = false;
  }

  filter() {
    const filter = new URLSearchParams();
    for (const name of ["reason", "route", "older_than"]) {
      const value = this.form.elements[name].value.trim();
      if (value) filter.set(name, value);
    }
    return filter;
  }

  async list() {
    const filter = this.filter();
    filter.set("limit", LISTED);
    try {
      const answer = await ask(`/dead?${filter}`);
      if (!answer.ok) return this.say(await problem(answer), []);
      const { dead, next } = await answer.json();
      const all = next ? `the first ${count(dead.length)}` : count(dead.length);
      this.say(dead.length === 0 ? "None." : `${all}, by the time they came in`, dead);
    } catch {
      this.say("The service does not answer.", []);
    }
  }

  say(text, dead) {
    say("dead-said", text);
    this.rows.replaceChildren(...dead.map((letter) => this.row(letter)));
    this.table.hidden = dead.length === 0;
    for (const button of this.form.querySelectorAll("[data-do]")) button.disabled = dead.length === 0;
  }

  row(letter) {
    const row = element("tr");
    row.dataset.id = letter.id;
    const buttons = element("div", "row");
    const button = (text, act, className) => {
      const made = element("button", className ?? "", text);
      made.type = "button";
      made.setAttribute("aria-label", `${text} ${letter.id}`);
      made.addEventListener("click", act);
      buttons.append(made);
    };
    button("Inspect", () => this.inspect(letter));
    button("Requeue", () => this.one("requeue", letter));
    button("Purge", () => this.one("purge", letter), "danger");
    const actions = element("td");
    actions.append(buttons);
    const why = letter.requeued_at ? `${letter.reason} (on its way again)` : letter.reason;
    row.append(
      element("td", "t", when(letter.failed_at)),
      element("td", "", letter.route),
      element("td", "why", why),
      element("td", "n", count(letter.attempts)),
      actions,
    );
    return row;
  }

  inspect(letter) {
    const facts = document.getElementById("letter-facts");
    facts.replaceChildren();
    const told = {
      Id: letter.id, Route: letter.route, "Came in": letter.received_at, Refused: letter.failed_at,
      Reason: letter.reason, "First reason": letter.first_reason, Tries: letter.attempts,
      Attributes: JSON.stringify(letter.attributes),
    };
    for (const [name, value] of Object.entries(told)) facts.append(element("dt", "", name), element("dd", "", `${value}`));
    const shown = this.bodies === "shown" ? letter.body : hidden(letter.body);
    document.getElementById("letter-body").textContent = JSON.stringify(shown, null, 2);
    say("letter-hint", this.bodies === "shown" ? "" : "Values are hidden here. GET /dead has them, and page.bodies_shown = true in the configuration shows them.");
    document.getElementById("letter").showModal();
  }

  async one(what, letter) {
    if (what === "purge" && !(await sure(`The event ${letter.id} is deleted for good.`, "Purge it"))) return;
    await this.act(what, new URLSearchParams({ id: letter.id }));
  }

  async all(what) {
    const filter = this.filter();
    const words = [...filter].map(([name, value]) => `${name.replace("_", " ")} ${value}`).join(", ");
    const which = words ? `All dead letters with ${words}` : "All dead letters";
    const then = what === "purge" ? "are deleted for good" : "go back into the backlog and are tried again";
    if (!(await sure(`${which} ${then}, also those that are not listed here.`, what === "purge" ? "Purge them" : "Requeue them"))) return;
    if (!words) filter.set("all", "true");
    await this.act(what, filter);
  }

  async act(what, filter) {
    try {
      const answer = await ask(`/dead/${what}?${filter}`, { method: "POST" });
      if (!answer.ok) return say("dead-said", await problem(answer));
      await this.list();
      const done = await answer.json();
      say("dead-said", what === "purge" ? `${count(done.purged)} purged.` : `${count(done.requeued)} put back.`);
    } catch {
      say("dead-said", "The service does not answer; ask again whether it was done.");
    }
  }
}

// The time of day, with the day before it if that is another one.
function when(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? clock(at) : `${at.toLocaleDateString("sv")} ${clock(at)}`;
}

// The same shape with every value replaced by its kind.
function hidden(value) {
  if (value === null) return null;
  if (Array.isArray(value)) return value.slice(0, 3).map(hidden).concat(value.length > 3 ? ["…"] : []);
  if (typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hidden(inner)]));
  return typeof value === "string" ? "text" : typeof value;
}
