//! The rows of the sheet: which fault, how often, and who injects it.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use forebay_testkit::chance::Chance;

use crate::sheet::Findings;

mod alone;
mod broker;
mod database;
mod failing;
mod full;
mod jetstream;
mod jumps;
mod killed;
mod network;
mod oracle;
mod order;
mod power;
mod reader;
mod slow;
mod spooled;

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For every change.
    Short,
    /// For a release.
    Long,
}

/// What every row gets.
#[derive(Debug)]
pub(crate) struct Run {
    /// The program under test.
    pub(crate) forebay: PathBuf,
    pub(crate) form: Form,
    /// How many faults, if somebody said so.
    pub(crate) times: Option<u64>,
    pub(crate) chance: Chance,
    /// Which row it is for.
    pub(crate) row: &'static Row,
}

impl Run {
    /// One of two sizes.
    pub(crate) fn size(&self, short: u64, long: u64) -> u64 {
        match self.form {
            Form::Short => short,
            Form::Long => long,
        }
    }

    /// How many faults: one of two sizes, if nobody said so.
    pub(crate) fn count(&self, short: u64, long: u64) -> u64 {
        self.times.unwrap_or_else(|| self.size(short, long))
    }

    /// Tells a person who watches how far it is.
    pub(crate) fn tick(&self, done: u64, of: u64) {
        let mut screen = std::io::stderr();
        if screen.is_terminal() {
            let Row { number, fault, .. } = self.row;
            // Nobody minds when it cannot be shown.
            let _ = write!(screen, "\r\x1b[Krow {number:2}  {fault}: {done} of {of}");
            let _ = screen.flush();
        }
    }

    pub(crate) fn forebay(&self) -> &Path {
        &self.forebay
    }
}

/// A row: its number is that of the list of faults that it is from.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) number: u32,
    pub(crate) fault: &'static str,
    pub(crate) inject: fn(&mut Run) -> Result<Findings, String>,
}

const fn row(
    number: u32,
    fault: &'static str,
    inject: fn(&mut Run) -> Result<Findings, String>,
) -> Row {
    Row { number, fault, inject }
}

/// Row 22 is last, since it counts what all the others have looked at.
pub(crate) const ROWS: &[Row] = &[
    row(0, "what cannot keep its promise, for the oracle to see", oracle::sees),
    row(1, "kill -9 at random moments", killed::at_random),
    row(2, "kill at a system call", power::killed_at_a_call),
    row(7, "loss of everything unsynced", power::lost),
    row(8, "no room on the disk", full::disk),
    row(9, "a sync fails", failing::syncs),
    row(10, "calls interrupted, half done, reads that fail", failing::half_done),
    row(11, "slow syncs", slow::syncs),
    row(12, "the clock jumps", jumps::in_time),
    row(13, "two programs, one folder", alone::two_at_once),
    row(14, "somebody reads the backlog while it is written", reader::beside),
    row(16, "one event at a time", alone::one_by_one),
    row(17, "nothing to do", alone::idle),
    row(
        21,
        "PostgreSQL killed, slow, flapping; forebay restarted",
        database::down_slow_and_flapping,
    ),
    row(24, "connection to PostgreSQL cut at every byte", database::cut_at_every_byte),
    row(25, "rows that PostgreSQL refuses", database::poisoned),
    row(26, "kill -9 of the NATS server under load", jetstream::server_killed),
    row(27, "kill -9 of each role around a stream", jetstream::roles_killed),
    row(28, "a consumer of a stream stands still", jetstream::consumer_stands_still),
    row(29, "the network between the hosts of a stream cut", network::cut),
    row(30, "a slow link to the server of a stream", network::slow),
    row(31, "a stream is full", broker::full),
    row(32, "the server of a stream is away for long", broker::away),
    row(33, "the clock of those around a stream jumps", jumps::around_a_stream),
    row(34, "kill -9 of the leader of a stream on three servers", broker::leader_killed),
    row(35, "the server behind a spool killed, without its store or not", spooled::server_killed),
    row(36, "who delivers in the order of keys killed, still, cut off", order::of_each_key),
    row(22, "figures at every quiet point", alone::balanced),
];

/// The rows about a stream that several share.
pub(crate) const JETSTREAM: [u32; 11] = [26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36];

/// `count` numbers from 1 to `last`, evenly spread, at least one, none twice.
fn spread(count: u64, last: u64) -> impl Iterator<Item = u64> {
    let count = count.clamp(1, last.max(1));
    (0..count).map(move |step| 1 + step * last / count)
}

#[cfg(test)]
mod tests {
    use super::{ROWS, spread};

    #[test]
    fn every_row_has_a_number_of_its_own() {
        let mut numbers: Vec<u32> = ROWS.iter().map(|row| row.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), ROWS.len());
    }

    #[test]
    fn a_sample_is_spread_over_all_and_names_none_twice() {
        assert_eq!(spread(3, 9).collect::<Vec<_>>(), [1, 4, 7]);
        assert_eq!(spread(100, 4).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(spread(2, 0).collect::<Vec<_>>(), [1]);
    }
}
