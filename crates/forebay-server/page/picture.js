// The picture: length over time, gears shaded, thresholds drawn. And the small ones below it.

import { count, seconds, clock, rate, millis } from "./words.js";

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const compact = (n) => {
  if (n >= 1e6) return `${+(n / 1e6).toFixed(1)} M`;
  if (n >= 1e4) return `${+(n / 1e3).toFixed(1)} k`;
  return Number.isInteger(n) ? count(n) : `${n}`;
};

const cursor = { sync: { key: "time" }, drag: { x: false, y: false }, points: { size: 7 }, y: false };

function timeAxis(size) {
  return {
    stroke: () => color("muted"),
    grid: { stroke: () => color("grid"), width: 1 },
    ticks: { show: false },
    font: `${size}px ${getComputedStyle(document.body).fontFamily}`,
    space: 90,
    size: size * 2.2,
    // With seconds throughout: 00:02 between 00:01:55 and 00:02:05 reads as two seconds.
    values: (_, splits) => splits.map((at) => clock(at * 1000)),
    incrs: [1, 5, 10, 15, 30, 60, 120, 300],
  };
}

function valueAxis(size, values) {
  return {
    stroke: () => color("muted"),
    grid: { stroke: () => color("grid"), width: 1 },
    ticks: { show: false },
    font: `${size}px ${getComputedStyle(document.body).fontFamily}`,
    values: (_, splits) => splits.map(values),
    size: size * 4.6,
    space: size * 4.5,
  };
}

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

class Plot {
  constructor(id, make) {
    this.host = document.getElementById(id);
    this.make = make;
    this.build();
    new ResizeObserver(() => this.resize()).observe(this.host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.build());
  }

  size() {
    return { width: Math.max(160, this.host.clientWidth), height: Math.max(60, this.host.clientHeight) };
  }

  build() {
    const data = this.plot?.data;
    this.rem = rem();
    this.plot?.destroy();
    const options = this.make(rem());
    this.plot = new uPlot({ ...this.size(), legend: { show: false }, cursor, ...options }, data ?? options.series.map(() => []), this.host);
    if (this.range) this.plot.setScale("x", this.range);
  }

  resize() {
    if (this.rem !== rem()) return this.build();
    this.plot.setSize(this.size());
  }

  draw(columns, range) {
    this.range = range;
    this.plot.batch(() => {
      this.plot.setData(columns, false);
      this.plot.setScale("x", range);
    });
  }
}

const line = (name, fill) => ({
  stroke: () => color(name),
  width: 2,
  points: { show: false },
  spanGaps: false,
  ...(fill && { fill: () => `color-mix(in srgb, ${color(name)} 10%, transparent)` }),
});

export class Pictures {
  constructor() {
    this.scene = null;
    this.past = null;
    this.main = new Plot("picture", (size) => this.lengths(size));
    const small = (id, series, values, least) => new Plot(id, (size) => ({
      scales: { x: { time: true, auto: false }, y: { range: (_, min, max) => [0, Math.max(max ?? 0, least) * 1.15] } },
      // Closer than in the large one: a scale that says nothing but 0 is none.
      axes: [{ ...timeAxis(size * 0.75), show: false }, { ...valueAxis(size * 0.75, values), space: size * 2 }],
      series: [{}, ...series],
      padding: [6, 4, 4, 0],
    }));
    this.rates = small("plot-rate", [line("length", true), { ...line("out"), width: 1.5 }], (n) => (n >= 1 || n === 0 ? compact(n) : rate(n)), 5);
    this.ages = small("plot-age", [line("length", true)], (s) => (s === 0 ? "0" : seconds(s)), 0.1);
    this.writes = small("plot-write", [line("length", true)], (ms) => (ms === 0 ? "0" : millis(ms)), 10);
  }

  show(past, scene, span) {
    this.past = past;
    this.scene = scene;
    const now = past.latest("at");
    const range = { min: now - span, max: now };
    this.main.draw([past.at, past.waiting], range);
    this.rates.draw([past.at, past.rateIn, past.rateOut], range);
    this.ages.draw([past.at, past.age], range);
    this.writes.draw([past.at, past.write], range);
  }

  lengths(size) {
    return {
      scales: {
        x: { time: true, auto: false },
        y: { range: (_, min, max) => [0, Math.max(max ?? 0, this.scene?.engage_above ?? 0, 5) * 1.12] },
      },
      axes: [timeAxis(size * 0.82), valueAxis(size * 0.82, compact)],
      series: [{}, line("length", true)],
      padding: [14, size * 2, 0, 0],
      hooks: {
        drawClear: [(plot) => this.shade(plot)],
        draw: [(plot) => this.thresholds(plot, size), (plot) => this.peak(plot, size)],
        setCursor: [(plot) => this.readout(plot)],
      },
    };
  }

  // A rectangle for each stretch of time in a faster gear.
  shade(plot) {
    const { past } = this;
    if (!past) return;
    const { ctx, bbox } = plot;
    const x = (at) => Math.min(Math.max(plot.valToPos(at, "x", true), bbox.left), bbox.left + bbox.width);
    ctx.save();
    ctx.fillStyle = color("gear");
    ctx.globalAlpha = 0.24;
    // From look i to the next one: it was fast at the first of them, or up and down between them.
    const isFast = (i) => past.gear[i] > 0 || (past.gear[i] === 0 && past.shifts[i + 1] > past.shifts[i] + 1);
    const last = past.at.length - 1;
    for (let i = 0; i <= last; i += 1) {
      if (!isFast(i)) continue;
      let end = i + 1;
      while (end <= last && isFast(end)) end += 1;
      const from = x(past.at[i]);
      const to = x(past.at[Math.min(end, last)]);
      // A stretch may be shorter than a pixel, and is seen all the same.
      if (to > bbox.left) ctx.fillRect(from, bbox.top, Math.max(to - from, devicePixelRatio), bbox.height);
      i = end;
    }
    ctx.restore();
  }

  thresholds(plot, size) {
    if (!this.scene) return;
    const { engage_above, release_at } = this.scene;
    const y = (length) => Math.round(plot.valToPos(length, "y", true)) - 0.5;
    const width = this.threshold(plot, size, y(release_at), 0, "release", `slow again at ${count(release_at)}`);
    // Below a high spike the two lines are one; their labels stand side by side then.
    const isClose = y(release_at) - y(engage_above) < size * 1.3 * devicePixelRatio;
    this.threshold(plot, size, y(engage_above), isClose ? width : 0, "engage", `fast above ${count(engage_above)}`);
  }

  // Draws one and gives the width of its label.
  threshold(plot, size, y, indent, name, label) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = color(name);
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([7 * devicePixelRatio, 5 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `600 ${size * 0.8 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "bottom";
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.setLineDash([]);
    ctx.lineJoin = "round";
    ctx.strokeStyle = color("paper");
    const at = [bbox.left + indent + 8 * devicePixelRatio, y - 3 * devicePixelRatio];
    ctx.strokeText(label, ...at);
    ctx.fillStyle = color(name);
    ctx.fillText(label, ...at);
    const { width } = ctx.measureText(label);
    ctx.restore();
    return width + 16 * devicePixelRatio;
  }

  // The highest point in sight, with its figure; and a dot where things stand now.
  peak(plot, size) {
    const { past } = this;
    if (!past || past.at.length === 0) return;
    const { ctx, bbox } = plot;
    const { min } = plot.scales.x;
    let top = -1;
    past.at.forEach((at, i) => {
      if (at >= min && past.waiting[i] !== null && (top < 0 || past.waiting[i] > past.waiting[top])) top = i;
    });
    plot.root.parentElement.dataset.peak = top < 0 ? "" : past.waiting[top];
    const dot = (i) => {
      const [x, y] = [plot.valToPos(past.at[i], "x", true), plot.valToPos(past.waiting[i], "y", true)];
      ctx.beginPath();
      ctx.arc(x, y, 4 * devicePixelRatio, 0, 7);
      ctx.fill();
      return [x, y];
    };
    ctx.save();
    ctx.fillStyle = color("length");
    if (past.latest("waiting") !== null) dot(past.at.length - 1);
    if (top >= 0 && past.waiting[top] > 0) {
      const [x, y] = dot(top);
      ctx.font = `600 ${size * 0.85 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
      const isRight = x > bbox.left + bbox.width * 0.85;
      ctx.textAlign = isRight ? "right" : "left";
      ctx.textBaseline = "middle";
      ctx.lineJoin = "round";
      ctx.lineWidth = 5 * devicePixelRatio;
      ctx.strokeStyle = color("paper");
      ctx.fillStyle = color("ink");
      const at = [count(past.waiting[top]), x + (isRight ? -10 : 10) * devicePixelRatio, y];
      ctx.strokeText(...at);
      ctx.fillText(...at);
    }
    ctx.restore();
  }

  readout(plot) {
    const i = plot.cursor.idx;
    const { past } = this;
    const text = i === null || i === undefined || !past || past.waiting[i] == null
      ? ""
      : `${clock(past.at[i] * 1000)}: ${count(past.waiting[i])} wait, ${this.scene.gears[past.gear[i]]?.name ?? past.gear[i]} gear, ${rate(past.rateIn[i])} in, ${rate(past.rateOut[i])} out a second`;
    document.getElementById("readout").textContent = text;
  }
}
