//! What a run measures: everything, or the part that says the most in a few minutes.

use std::time::Duration;

use clap::Args;

use super::field::{Contender, Role};
use super::standing::is_of_other_kind;

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct QueueArgs {
    /// Measure the telling cells against the strongest peers, in fewer rounds, and keep nothing
    #[arg(long)]
    quick: bool,
    /// Measure only the cells whose name contains one of these; `*` stands for anything
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    cells: Vec<String>,
    /// Measure only against the peers whose names begin so; `none` for none
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    peers: Vec<String>,
    /// Count instructions under valgrind instead of measuring time
    #[arg(long)]
    pub(crate) instructions: bool,
}

impl QueueArgs {
    /// Whether everything there is is measured: only then the results are worth keeping.
    pub(crate) fn is_whole(&self) -> bool {
        !self.quick && !self.instructions && self.cells.is_empty() && self.peers.is_empty()
    }

    pub(super) fn plan(&self) -> Plan {
        let given = |list: &[String], default: &[&str]| match list {
            [] => default.iter().map(ToString::to_string).collect(),
            _ => list.to_vec(),
        };
        match self.quick {
            true => Plan {
                rounds: 5,
                cells: given(&self.cells, &QUICK_CELLS),
                peers: given(&self.peers, &QUICK_PEERS),
                other_kinds: OtherKinds {
                    rounds: 3,
                    cells: given(&self.cells, &QUICK_CELLS_OF_OTHER_KINDS),
                    peers: given(&self.peers, &[""]),
                },
                waits: Duration::from_secs(1),
            },
            false => Plan {
                rounds: 9,
                cells: given(&self.cells, &["*"]),
                peers: given(&self.peers, &[""]),
                other_kinds: OtherKinds {
                    rounds: 9,
                    cells: given(&self.cells, &["*"]),
                    peers: given(&self.peers, &[""]),
                },
                waits: Duration::from_secs(10),
            },
        }
    }
}

const QUICK_PEERS: [&str; 9] = [
    "rapidfire",
    "kanal",
    "crossfire",
    "crossbeam",
    "asyncband",
    "tachyonix",
    "loole",
    "tokio",
    "naive",
];

const QUICK_CELLS: [&str; 47] = [
    "trypair/b1$",
    "trypair/b128$",
    "trypair/unb$",
    "trypair/unb-256B",
    "batch64",
    "readypair/",
    "ct/1P1C_b1$",
    "ct/1P1C_b128$",
    "ct/1P1C_b128-256B",
    "ct/1P1C_unb-y32$",
    "ct/4P1C_unb-y32$",
    "ct/4P4C_b1$",
    "ct/4P4C_b128$",
    "ct/4P4C_unb-y32$",
    "ct/4P4C_unb-y32-256B",
    "mt2/1P1C_b1$",
    "mt2/1P1C_b128$",
    "mt2/1P1C_b1024",
    "mt2/1P1C_unb$",
    "mt2/1P1C_unb-y32$",
    "mt2/1P4C_b128",
    "mt2/1P4C_unb$",
    "mt2/4P1C_b128",
    "mt2/4P1C_unb$",
    "mt2/4P4C_b1$",
    "mt2/4P4C_b128$",
    "mt2/4P4C_b1024",
    "mt2/4P4C_unb$",
    "mt2/4P4C_unb-y32$",
    "thr/1P1C_b1024",
    "thr/1P1C_unb",
    "thr/4P4C_b1024",
    "thr/4P4C_unb",
    "tbo/1P1C_b1024",
    "tbo/1P1C_unb",
    "tbo/4P4C_b128",
    "tbo/4P4C_unb",
    "ct2/1P1C_b128",
    "ct2/1P1C_unb-y32",
    "pingpong/ct_",
    "pingpong/mt2_",
    "spikeput",
    "spikeget",
    "create/",
    "memory",
    "longestput",
    "waiting",
];

/// All but the spikes that have to be sorted, which take a second.
const QUICK_CELLS_OF_OTHER_KINDS: [&str; 9] = [
    "lifo/",
    "priority/trypair",
    "priority/batch",
    "priority/ct",
    "priority/mt2",
    "dropoldest/",
    "dropnewest/",
    "reject/",
    "local/",
];

/// Which cells, which peers, how often.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) rounds: usize,
    cells: Vec<String>,
    peers: Vec<String>,
    other_kinds: OtherKinds,
    waits: Duration,
}

/// The same for the queues of other kinds, of which each has few peers.
#[derive(Debug)]
struct OtherKinds {
    rounds: usize,
    cells: Vec<String>,
    peers: Vec<String>,
}

/// A spike that has to be sorted takes a second: so many rounds of it are enough.
const ROUNDS_OF_SORTING: usize = 5;

impl Plan {
    /// Whether the contender is measured in some cell.
    pub(super) fn wants(&self, contender: &Contender) -> bool {
        contender.cells.iter().any(|cell| self.rounds_of(cell, contender) > 0)
    }

    /// In how many of the rounds the contender is measured in this cell.
    pub(super) fn rounds_of(&self, cell: &str, contender: &Contender) -> usize {
        let OtherKinds { rounds, cells, peers } = &self.other_kinds;
        match cell {
            _ if !is_of_other_kind(cell) => self.rounds_of_fifo(cell, contender),
            _ if !is_wanted(cell, cells, contender, peers) => 0,
            "priority/spikeput" | "priority/spikeget" => ROUNDS_OF_SORTING.min(*rounds),
            _ => *rounds,
        }
    }

    fn rounds_of_fifo(&self, cell: &str, contender: &Contender) -> usize {
        match cell {
            _ if !is_wanted(cell, &self.cells, contender, &self.peers) => 0,
            "memory" => 1,
            "longestput" if contender.role != Role::Ours => {
                usize::from(self.rounds > 5 && LONGEST_PUTS_OF.contains(&contender.name.as_str()))
            }
            _ if cell.starts_with("waiting/") => {
                let is_ours = contender.role == Role::Ours;
                usize::from(is_ours && cell == format!("waiting/{}s", self.waits.as_secs()))
            }
            _ => self.rounds,
        }
    }
}

fn is_wanted(cell: &str, cells: &[String], contender: &Contender, peers: &[String]) -> bool {
    cells.iter().any(|pattern| matches(pattern, cell))
        && (contender.role == Role::Ours
            || peers.iter().any(|peer| contender.name.starts_with(peer.as_str())))
}

/// Ten million puts take a second, which is too long for everybody.
const LONGEST_PUTS_OF: [&str; 6] =
    ["tokio", "flume", "async-channel", "kanal", "rapidfire mpsc", "asyncband mpsc"];

/// Whether the parts of `pattern` between the `*` are in `name`, one after the other; `$` is the end of the name.
fn matches(pattern: &str, name: &str) -> bool {
    let name = format!("{name}$");
    let mut rest = name.as_str();
    pattern.split('*').all(|part| {
        let found = rest.find(part);
        rest = found.map_or("", |at| &rest[at + part.len()..]);
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_anywhere_in_order() {
        assert!(matches("*", "ct/1P1C_b1") && matches("", "ct/1P1C_b1"));
        assert!(matches("ct/*b1$", "ct/1P1C_b1") && !matches("ct/*b1$", "ct/1P1C_b128"));
        assert!(matches("4C_unb", "mt2/4P4C_unb-y32") && !matches("4C*mt2", "mt2/4P4C_unb"));
    }

    const QUICK: &str = "--quick";

    fn plan(arguments: &[&str]) -> Plan {
        let cells = arguments.iter().filter(|word| **word != QUICK).map(ToString::to_string);
        let (quick, cells) = (arguments.contains(&QUICK), cells.collect());
        QueueArgs { quick, cells, peers: Vec::new(), instructions: false }.plan()
    }

    fn contender(name: &str, role: &str, cells: &[&str]) -> Contender {
        let json =
            serde_json::json!({ "name": name, "package": name, "role": role, "cells": cells });
        serde_json::from_value(json).expect("a contender as the field says it")
    }

    #[test]
    fn a_quick_run_asks_few_peers_but_all_of_another_kind() {
        let cells = ["trypair/unb", "lifo/trypair/unb", "priority/spikeput"];
        let (mea, lifo) = (contender("mea", "safe", &cells[..1]), contender("a", "safe", &cells));
        let plan = plan(&[QUICK]);
        assert!(!plan.wants(&mea) && plan.wants(&lifo));
        assert_eq!(cells.map(|cell| plan.rounds_of(cell, &lifo)), [0, 3, 0]);
    }

    #[test]
    fn a_whole_run_asks_everybody_and_what_takes_long_less_often() {
        let cells = ["trypair/unb", "lifo/trypair/unb", "priority/spikeput"];
        let (plan, ours) = (plan(&[]), contender("forebay", "ours", &cells));
        assert_eq!(cells.map(|cell| plan.rounds_of(cell, &ours)), [9, 9, 5]);
    }

    #[test]
    fn a_cell_that_is_asked_for_is_measured_whatever_its_kind() {
        let cells = ["ct/1P1C_b128", "local/ct/1P1C_b128", "lifo/spikeput"];
        let (plan, ours) = (plan(&[QUICK, "ct/"]), contender("forebay", "ours", &cells));
        assert_eq!(cells.map(|cell| plan.rounds_of(cell, &ours)), [5, 3, 0]);
    }
}
