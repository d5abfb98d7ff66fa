//! What a run measures: everything, or the part that says the most in a few minutes.

use std::time::Duration;

use clap::Args;

use super::field::{Contender, Role};

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
                waits: Duration::from_secs(1),
            },
            false => Plan {
                rounds: 9,
                cells: given(&self.cells, &["*"]),
                peers: given(&self.peers, &[""]),
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

/// Which cells, which peers, how often.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) rounds: usize,
    cells: Vec<String>,
    peers: Vec<String>,
    waits: Duration,
}

impl Plan {
    /// Whether the contender is measured.
    pub(super) fn wants(&self, contender: &Contender) -> bool {
        contender.role == Role::Ours
            || self.peers.iter().any(|peer| contender.name.starts_with(peer.as_str()))
    }

    /// In how many of the rounds the contender is measured in this cell.
    pub(super) fn rounds_of(&self, cell: &str, contender: &Contender) -> usize {
        let is_wanted = self.cells.iter().any(|pattern| matches(pattern, cell));
        match cell {
            _ if !is_wanted => 0,
            "memory" => 1,
            "longestput" if contender.role == Role::Ours => self.rounds.min(5),
            "longestput" => {
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
}
