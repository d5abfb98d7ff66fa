// The newest events: what they have, not what is in it.

import { bytes, clock, element, say } from "./words.js";

const SHOWN = 12;

export class Recent {
  constructor() {
    this.rows = document.getElementById("recent-rows");
    this.ids = new Set();
    this.paused = false;
    // Nothing moves away under the pointer or the selection of whoever reads.
    const table = document.getElementById("recent-table");
    table.addEventListener("pointerenter", () => (this.paused = true));
    table.addEventListener("pointerleave", () => (this.paused = false));
  }

  begin(scene) {
    if (scene.bodies === "unseen") return say("recent-said", "Everybody may view this page, so no event is shown. A token file changes that.");
    say("recent-said", scene.bodies === "shown"
      ? "A sample of what comes in, newest first."
      : "A sample of what comes in, newest first. Values are hidden.");
  }

  add(noted) {
    if (this.paused) return;
    for (const event of noted) {
      if (this.ids.has(event.id)) continue;
      this.ids.add(event.id);
      const row = element("tr");
      row.dataset.id = event.id;
      const size = event.of > 1 ? `${bytes(event.bytes)}, of ${event.of}` : bytes(event.bytes);
      row.append(
        element("td", "t", clock(event.received_at_ms)),
        element("td", "m id", `…${event.id.slice(-12)}`),
        element("td", "", event.route),
        element("td", "n", size),
        element("td", "m", event.shown),
      );
      row.children[1].title = event.id;
      this.rows.prepend(row);
    }
    while (this.rows.children.length > SHOWN) {
      this.ids.delete(this.rows.lastElementChild.dataset.id);
      this.rows.lastElementChild.remove();
    }
    document.getElementById("recent-table").hidden = this.rows.children.length === 0;
  }
}
