//! How forebay stands in a cell: who is the fastest besides it, and by how much.

use super::field::{Contender, Role};
use super::samples::Samples;
use crate::failure::Failure;
use crate::rounds::Spread;

/// The cell's name and its figures.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) cell: String,
    pub(super) ours: Spread,
    /// The fastest of those that lose nothing.
    pub(super) safe: Option<Fastest>,
    /// The fastest of all peers.
    pub(super) all: Option<Fastest>,
}

/// A peer that nobody else beats in a cell.
#[derive(Debug, Clone)]
pub(super) struct Fastest {
    pub(super) name: String,
    pub(super) ns: f64,
    /// Ours to theirs, within each round.
    pub(super) ratios: Vec<f64>,
}

impl Fastest {
    /// Ours to theirs.
    pub(super) fn ratio(&self) -> f64 {
        Spread::of(self.ratios.iter().copied()).map_or(f64::NAN, |spread| spread.median)
    }
}

/// What the name of a cell begins with.
pub(super) fn group(cell: &str) -> &str {
    cell.split(['/', '-']).next().unwrap_or(cell)
}

/// Whether the cell is for queues of another kind than first in, first out for any thread.
pub(super) fn is_of_other_kind(cell: &str) -> bool {
    matches!(group(cell), "lifo" | "priority" | "dropoldest" | "dropnewest" | "reject" | "local")
}

impl Standing {
    /// Whether the cell is one of those that the means are taken over: everything asynchronous, and what it is made of.
    pub(super) fn is_in_means(&self) -> bool {
        matches!(
            group(&self.cell),
            "ct" | "mt2"
                | "ct2"
                | "tbo"
                | "trypair"
                | "batch64"
                | "readypair"
                | "pingpong"
                | "spikeput"
                | "spikeget"
        )
    }
}

/// The standings of all cells that are measured in nanoseconds.
pub(super) fn of_all(samples: &Samples) -> Result<Vec<Standing>, Failure> {
    let timed = samples
        .cells
        .iter()
        .filter(|cell| !matches!(group(cell), "memory" | "longestput" | "waiting"));
    timed.map(|cell| of_cell(samples, cell)).collect()
}

fn of_cell(samples: &Samples, cell: &str) -> Result<Standing, Failure> {
    let ours = samples.ns(cell, "forebay");
    let ours = ours.ok_or_else(|| Failure::new(format!("forebay was not measured in {cell}")))?;
    Ok(Standing {
        cell: cell.to_owned(),
        ours,
        safe: fastest(samples, cell, |peer| peer.role == Role::Safe),
        all: fastest(samples, cell, |peer| peer.role.is_peer()),
    })
}

fn fastest(samples: &Samples, cell: &str, counts: fn(&Contender) -> bool) -> Option<Fastest> {
    let peers = samples.roster.iter().filter(|contender| counts(contender));
    let medians = peers.filter_map(|peer| Some((peer, samples.ns(cell, &peer.name)?.median)));
    let (peer, ns) = medians.min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some(Fastest { name: peer.name.clone(), ns, ratios: ratios(samples, cell, &peer.name)? })
}

/// Ours to that of `peer`, within each round.
pub(super) fn ratios(samples: &Samples, cell: &str, peer: &str) -> Option<Vec<f64>> {
    let ours = samples.values(cell, "forebay", "ns")?;
    let theirs = samples.values(cell, peer, "ns")?;
    Some(ours.into_iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
}
