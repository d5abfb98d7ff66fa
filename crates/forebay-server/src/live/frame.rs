//! What goes over the wire: server-sent events (HTML, section 9.2) with JSON in them.
//!
//! `hello` comes first and holds the past of one route, column by column; a `tick` is the answer
//! of `/status` with the time in front of it.

use bytes::Bytes;
use serde::Serialize;

use super::disk::Disk;
use super::history::Past;
use super::recent::Noted;
use super::sample::Sample;
use super::{Memory, Scene};
use crate::status::Status;

#[derive(Serialize)]
struct Hello<'a> {
    at_ms: i64,
    route: &'a str,
    scene: &'a Scene,
    status: &'a Status,
    disk: Option<Disk>,
    recent: Vec<&'a Noted>,
    history: Columns,
}

#[derive(Serialize)]
struct Tick<'a> {
    at_ms: i64,
    status: &'a Status,
    disk: Option<Disk>,
    recent: Vec<&'a Noted>,
}

/// The past of one route.
#[derive(Default, Serialize)]
struct Columns {
    at_ms: Vec<i64>,
    waiting: Vec<u64>,
    in_flight: Vec<u64>,
    oldest_age_s: Vec<f64>,
    accepted: Vec<u64>,
    delivered: Vec<u64>,
    dead: Vec<u64>,
    gear: Vec<usize>,
    shifts: Vec<u64>,
    writers: Vec<usize>,
    batches: Vec<u64>,
    write_ms: Vec<Option<u64>>,
}

pub(super) fn hello(
    scene: &Scene,
    route: &str,
    at_ms: i64,
    status: &Status,
    memory: &Memory,
) -> Bytes {
    let history = memory.history.of(route).map(Columns::of).unwrap_or_default();
    let recent = memory.recent.all().collect();
    let hello = Hello { at_ms, route, scene, status, disk: memory.disk, recent, history };
    framed("hello", &hello)
}

pub(super) fn tick(at_ms: i64, status: &Status, memory: &mut Memory) -> Bytes {
    let recent = memory.recent.news().collect();
    framed("tick", &Tick { at_ms, status, disk: memory.disk, recent })
}

impl Columns {
    fn of(past: &Past) -> Self {
        let mut columns = Self::default();
        for sample in past.samples() {
            columns.push(sample);
        }
        columns
    }

    fn push(&mut self, sample: &Sample) {
        self.at_ms.push(sample.at_ms);
        self.waiting.push(sample.waiting);
        self.in_flight.push(sample.in_flight);
        self.oldest_age_s.push(sample.oldest_age_s);
        self.accepted.push(sample.accepted);
        self.delivered.push(sample.delivered);
        self.dead.push(sample.dead);
        self.gear.push(sample.gear);
        self.shifts.push(sample.shifts);
        self.writers.push(sample.writers);
        self.batches.push(sample.batches);
        self.write_ms.push(sample.write_ms);
    }
}

/// JSON has no line break that is not escaped, so one `data` line holds it.
fn framed(event: &str, data: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(data).expect("plain data becomes JSON");
    Bytes::from(format!("event: {event}\ndata: {json}\n\n"))
}
