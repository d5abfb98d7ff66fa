// Figures as people read them.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

// 12 345: a thin space between thousands, so that neither point nor comma can be misread.
export const count = (n) => (Number.isFinite(n) ? whole.format(n).replaceAll(",", "\u2009") : "–");

export function rate(n) {
  if (!Number.isFinite(n)) return "–";
  return n > 0 && n < 9.95 ? n.toFixed(1) : count(Math.round(n));
}

export function seconds(s) {
  if (!Number.isFinite(s)) return "–";
  if (s < 0.0005) return "0 s";
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${(s / 3600).toFixed(1)} h`;
  return `${Math.round(s / 86400)} days`;
}

export const millis = (ms) => (Number.isFinite(ms) ? (ms < 1 ? "< 1 ms" : seconds(ms / 1000)) : "–");

export function bytes(n) {
  if (!Number.isFinite(n)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit += 1;
  }
  return `${unit > 0 && n < 9.95 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

export const clock = (ms) => clockFormat.format(ms);

export const events = (n) => `${count(n)} ${n === 1 ? "event" : "events"}`;

// An element with a class and a text; what others say never becomes markup.
export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Writes only what has changed, so that a selection in the page survives the next look.
export function say(target, text) {
  const node = typeof target === "string" ? document.getElementById(target) : target;
  if (node.textContent !== text) node.textContent = text;
}
