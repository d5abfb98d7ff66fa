// What the figures come to, in a word and in a sentence. Pure: figures in, words out.

import { count, events, rate, seconds } from "./words.js";

// A change smaller than this share of the length a second is none.
const STEADY_SHARE = 0.02;

// The state of a route: its word, and the tone that its color and its sign follow.
export function stateOf(figures, limits, trend, rateOut) {
  const { waiting, in_flight, bytes } = figures;
  if (figures.flow === "paused") return { word: "paused", tone: "warn" };
  if (figures.flow === "draining") return { word: waiting + in_flight > 0 ? "emptying" : "emptied", tone: "warn" };
  if (figures.sink.state === "down") return { word: "sink down", tone: "bad" };
  if (figures.stalled_s) return { word: "stalled", tone: "bad" };
  if (waiting + in_flight >= limits.events_max || bytes >= limits.bytes_max) return { word: "full", tone: "bad" };
  if (waiting === 0) return in_flight > 0 || rateOut > 0 ? { word: "at work", tone: "good" } : { word: "idle", tone: "calm" };
  const steady = Math.max(1, waiting * STEADY_SHARE);
  if (trend > steady) return { word: "filling", tone: "warn" };
  if (trend < -steady) return { word: "draining", tone: "good" };
  return { word: "steady", tone: "good" };
}

// What a person would say who has looked at the picture.
export function finding(state, figures, limits, trend, rateOut) {
  const { waiting } = figures;
  const wait = `${events(waiting)} ${waiting === 1 ? "waits" : "wait"}`;
  switch (state.word) {
    case "paused": return `Paused. ${wait}`;
    case "emptying": return `Emptying. ${wait}, nothing new is taken`;
    case "emptied": return "Emptied. Nothing new is taken";
    case "sink down": return `The sink is down. ${wait} for it`;
    case "stalled": return `Stalled. ${wait}, none has left for ${seconds(figures.stalled_s)}`;
    case "full": return `Full. ${wait}, new ones are refused`;
    case "filling": {
      const left = (limits.events_max - waiting) / trend;
      const end = left < 3600 ? `, full in about ${seconds(left)}` : "";
      return `Filling. ${wait}, ${rate(trend)} more each second${end}`;
    }
    case "draining": return `Draining. ${wait}, empty in about ${seconds(waiting / -trend)}`;
    case "steady": return `Holding. ${wait}`;
    default: return rateOut > 0 ? `Keeping up. ${rate(rateOut)} a second go through` : "Nothing waits";
  }
}

// The same for who listens: no figure that changes with every look.
export const spoken = (state, figures) => `${state.word}, about ${count(Number(figures.waiting.toPrecision(1)))} wait, ${figures.gear} gear`;
