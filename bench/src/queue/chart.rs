//! The bar chart for the README: which cells and whose bars. How they are drawn: `drawing`.

mod drawing;

use super::field::Role;
use super::samples::Samples;
use super::standing::Standing;
use super::table::{KNOWN, ns};
use crate::report::Report;
use drawing::{Bar, Chart, Look, Panel};

/// What is done, and in which cell. The same whatever comes out: each place, tight and roomy, a wake-up, a spike, and
/// threads, where others are at home.
const CELLS: [(&str, &str); 11] = [
    ("one put, one get", "trypair/unb"),
    ("64 put, then 64 got", "batch64/unb"),
    ("one thread, 2 tasks", "ct/1P1C_b128"),
    ("one thread, 8 tasks, room for 1", "ct/4P4C_b1"),
    ("two workers, 2 tasks", "mt2/1P1C_b128"),
    ("two workers, 8 tasks", "mt2/4P4C_unb"),
    ("8 threads, block_on", "tbo/4P4C_unb"),
    ("8 threads, blocking calls", "thr/4P4C_b1024"),
    ("there and back, one thread", "pingpong/ct_b1"),
    ("a million put, nobody gets", "spikeput"),
    ("the same million got", "spikeget"),
];

/// Draws what there are figures for.
pub(super) fn draw(samples: &Samples, standings: &[Standing], report: &Report) -> String {
    let fixed = CELLS.into_iter().filter_map(|(what, cell)| {
        Some((what, standings.iter().find(|standing| standing.cell == cell)?))
    });
    let worst = worst(standings).map(|standing| ("where forebay stands worst", standing));
    let panels = fixed.chain(worst).map(|(what, standing)| Panel {
        what: what.to_owned(),
        cell: standing.cell.clone(),
        bars: bars(samples, standing),
    });
    let chart = Chart {
        title: "Queues in Rust: nanoseconds an item, put and got".to_owned(),
        subtitle: "Shorter is better. Each panel has a scale of its own; pingpong is a round trip."
            .to_owned(),
        legend: vec![
            (Look::Ours, "forebay"),
            (Look::Safe, "loses nothing when a future is dropped"),
            (Look::Lossy, "may lose items or wake-ups then, or hang"),
        ],
        panels: panels.collect(),
        notes: notes(standings, report),
    };
    chart.svg()
}

/// The cell of the means with the highest ratio to the fastest that loses nothing, if it is not there anyway.
fn worst(standings: &[Standing]) -> Option<&Standing> {
    let ratio = |standing: &&Standing| standing.safe.as_ref().map_or(0.0, |safe| safe.ratio());
    standings
        .iter()
        .filter(|standing| standing.is_in_means())
        .filter(|standing| CELLS.iter().all(|(_, cell)| *cell != standing.cell))
        .max_by(|one, other| ratio(one).total_cmp(&ratio(other)))
}

/// forebay, the fastest that loses nothing, the fastest of all, and those everybody knows, the fastest first.
fn bars(samples: &Samples, standing: &Standing) -> Vec<Bar> {
    let fastest = [&standing.safe, &standing.all].into_iter().flatten();
    let mut names: Vec<&str> = fastest.map(|fastest| fastest.name.as_str()).collect();
    names.extend(KNOWN);
    let is_shown = |name: &str| names.contains(&name);
    let mut bars = vec![Bar::new("forebay", standing.ours.median, Look::Ours)];
    bars.extend(samples.roster.iter().filter(|peer| is_shown(&peer.name)).filter_map(|peer| {
        let look = if peer.role == Role::Safe { Look::Safe } else { Look::Lossy };
        Some(Bar::new(&peer.name, samples.ns(&standing.cell, &peer.name)?.median, look))
    }));
    bars.sort_by(|one, other| one.value.total_cmp(&other.value));
    bars
}

impl Bar {
    fn new(name: &str, value: f64, look: Look) -> Self {
        Self { name: name.to_owned(), value, said: ns(value), look }
    }
}

/// What the choice of the cells is, what all of them say together, and where it was measured.
fn notes(standings: &[Standing], report: &Report) -> Vec<String> {
    let in_means = standings.iter().filter(|standing| standing.is_in_means()).count();
    let mean = |name: &str| {
        let ratio = report.ratios.iter().find(|ratio| ratio.name == name);
        ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{:.2}", ratio.spread.median))
    };
    let whence = ["cpu", "rustc", "date"].iter().filter_map(|name| report.noted(name));
    vec![
        format!(
            "{} of {} cells, the same in every run, and the worst of the others; medians of interleaved rounds.",
            CELLS.len(),
            standings.len()
        ),
        format!(
            "forebay's time divided by theirs, geometric mean of {in_means} cells without threads:"
        ),
        format!(
            "{} against the fastest that loses nothing, {} against the fastest of all.",
            mean("geomean_vs_safe"),
            mean("geomean_vs_all")
        ),
        whence.collect::<Vec<_>>().join(" · "),
    ]
}
