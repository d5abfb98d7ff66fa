// The last quarter of an hour of one route, as columns that can be drawn.

const KEPT_S = 15 * 60;
// Rates are taken over this time: shorter jumps, longer lags.
const RATE_S = 1;
const TREND_S = 3;
// The service leaves out looks at which nothing had changed.
const LOOKS_S = 1.5;

const RAW = ["at", "waiting", "age", "accepted", "out", "gear", "writers", "batches", "write", "shifts"];
const DERIVED = ["rateIn", "rateOut", "batch"];

export class Past {
  constructor() {
    this.clear();
  }

  clear() {
    for (const name of [...RAW, ...DERIVED]) this[name] = [];
    this.run = null;
  }

  // Takes what the service remembers. After a restart it remembers nothing of the time before:
  // then what this page has seen of it stays, with a gap.
  load(run, history) {
    if (this.run !== run && this.at.length > 0 && this.run !== null) this.gap();
    else this.clear();
    this.run = run;
    history.at_ms.forEach((at_ms, i) => {
      this.add({
        at: at_ms / 1000,
        waiting: history.waiting[i],
        age: history.oldest_age_s[i],
        accepted: history.accepted[i],
        out: history.delivered[i] + history.dead[i],
        gear: history.gear[i],
        writers: history.writers[i],
        batches: history.batches[i],
        write: history.write_ms[i],
        shifts: history.shifts[i],
      });
    });
  }

  // One more look.
  push(at_ms, figures) {
    this.add({
      at: at_ms / 1000,
      waiting: figures.waiting,
      age: figures.oldest_age_s,
      accepted: figures.accepted,
      out: figures.delivered + figures.dead,
      gear: figures.consumer.gear_number,
      writers: figures.consumer.writers_busy,
      batches: figures.consumer.batches,
      write: figures.consumer.last_write_ms,
      shifts: figures.consumer.shifts,
    });
  }

  add(look) {
    const last = this.at.length - 1;
    if (last >= 0 && look.at <= this.at[last]) return;
    if (last >= 0 && this.waiting[last] !== null && look.at - this.at[last] > LOOKS_S) {
      // Things stood as they were, until just now; only an age grew, and rates were at rest a little later.
      const stood = Object.fromEntries(RAW.map((name) => [name, this[name][last]]));
      for (const at of [stood.at + RATE_S, look.at - 0.1]) {
        const age = stood.waiting > 0 ? stood.age + at - stood.at : stood.age;
        this.append({ ...stood, at, age });
      }
    }
    this.append(look);
    const first = look.at - KEPT_S - 5;
    if (this.at[0] < first - 30) {
      const drop = this.at.findIndex((at) => at >= first);
      for (const name of [...RAW, ...DERIVED]) this[name].splice(0, drop);
    }
  }

  append(look) {
    for (const name of RAW) this[name].push(look[name]);
    const span = this.span(RATE_S);
    this.rateIn.push(span && Math.max(0, span.grown("accepted")) / span.time);
    this.rateOut.push(span && Math.max(0, span.grown("out")) / span.time);
    const batches = span ? span.grown("batches") : 0;
    this.batch.push(batches >= 0.5 ? span.grown("out") / batches : null);
  }

  // The last so many seconds, or as many as there are without a gap: what a column has grown by
  // in them. Between two looks it is taken to have grown evenly.
  span(seconds) {
    const i = this.at.length - 1;
    let j = i;
    while (j > 0 && this.at[i] - this.at[j] < seconds && this.waiting[j - 1] !== null) j -= 1;
    const time = Math.min(seconds, this.at[i] - this.at[j]);
    if (!(time > 0)) return null;
    const share = (this.at[i] - time - this.at[j]) / (this.at[j + 1] - this.at[j]);
    const grown = (name) => {
      const column = this[name];
      return column[i] - column[j] - share * (column[j + 1] - column[j]);
    };
    return { time, grown };
  }

  gap() {
    const at = this.at[this.at.length - 1] + 0.05;
    for (const name of [...RAW, ...DERIVED]) this[name].push(null);
    this.at[this.at.length - 1] = at;
  }

  // How fast the length grows, in events a second, over the last seconds.
  trend() {
    const span = this.span(TREND_S);
    return span && span.time >= 1 ? span.grown("waiting") / span.time : 0;
  }

  latest(name) {
    return this[name][this[name].length - 1];
  }
}
