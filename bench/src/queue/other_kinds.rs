//! The queues that are not simply first in, first out for any thread, each against its own peers.

use super::field::Role;
use super::figures::{geometric_means, ratio};
use super::samples::Samples;
use super::standing::{Standing, group, is_of_other_kind};
use super::table::{fastest_columns, ns};
use crate::report::{Ratio, Section};

/// The groups of cells that make one figure together, its name and its meaning.
const FIGURES: [(&[&str], &str, &str); 4] = [
    (
        &["lifo"],
        "lifo_vs_best",
        "geometric mean over the cells of last in, first out of forebay ÷ the fastest of all",
    ),
    (&["priority"], "priority_vs_best", "the same over those of priorities"),
    (
        &["dropoldest", "dropnewest", "reject"],
        "when_full_vs_best",
        "the same over those of what is done when a queue is full",
    ),
    (&["local"], "local_vs_best", "the same over those of one thread"),
];

/// What forebay is to the best of each kind.
pub(super) fn ratios(standings: &[Standing]) -> Vec<Ratio> {
    let of = |groups: &[&str]| {
        let cells = standings.iter().filter(|cell| groups.contains(&group(&cell.cell)));
        let ratios: Vec<_> =
            cells.filter_map(|cell| Some(cell.all.as_ref()?.ratios.clone())).collect();
        geometric_means(&ratios)
    };
    let figures = FIGURES.into_iter();
    figures.filter_map(|(groups, name, what)| ratio((name, None, what), of(groups))).collect()
}

/// The table.
pub(super) fn section(samples: &Samples, standings: &[Standing]) -> Section {
    let cells = standings.iter().filter(|standing| is_of_other_kind(&standing.cell));
    Section {
        title: "Other kinds",
        text: "Last in, first out; the greatest first (ties in put order, but for async-priority-channel, \
               async-priority-queue and naive-heap); a put into a full queue of 128, of which the oldest item goes, the \
               newest goes, or it is refused; all tasks on one thread. Nanoseconds as above; in none of the means above. \
               What is naive counts as a peer that loses wake-ups when a future is dropped, since there is hardly \
               anything else, but naive-local, and forebay shared, the queue for any thread, are nobody's peers. \
               crossbeam array cannot wait.",
        head: &[
            "cell",
            "forebay",
            "fastest that loses nothing",
            "ns",
            "ratio",
            "fastest of all",
            "ns",
            "ratio",
            "all others",
        ],
        rows: cells.map(|standing| row(samples, standing)).collect(),
    }
}

fn row(samples: &Samples, standing: &Standing) -> Vec<String> {
    let mut row = vec![standing.cell.clone(), format!("**{}**", ns(standing.ours.median))];
    row.extend(fastest_columns(standing.safe.as_ref()));
    row.extend(fastest_columns(standing.all.as_ref()));
    let others = samples.roster.iter().filter(|contender| contender.role != Role::Ours);
    let mut others: Vec<(f64, &str)> = others
        .filter_map(|other| Some((samples.ns(&standing.cell, &other.name)?.median, &*other.name)))
        .collect();
    others.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let said = others.iter().map(|(value, name)| format!("{name} {}", ns(*value)));
    row.push(said.collect::<Vec<_>>().join(", "));
    row
}
