//! The cells by their names.

use std::time::Duration;

use crate::class::Class;

/// Every cell there is, in the order of the table.
pub(crate) const NAMES: [&str; 127] = [
    "trypair/b1",
    "trypair/b128",
    "trypair/b128-256B",
    "trypair/unb",
    "trypair/unb-256B",
    "batch64/b128",
    "batch64/unb",
    "batch64x1/b128",
    "batch64x1/unb",
    "readypair/b1",
    "readypair/b128",
    "readypair/unb",
    "ct/1P1C_b1",
    "ct/1P1C_b1024",
    "ct/1P1C_b128",
    "ct/1P1C_b128-256B",
    "ct/1P1C_unb-y32",
    "ct/1P1C_unb-y32-256B",
    "ct/1P4C_b1",
    "ct/1P4C_b1024",
    "ct/1P4C_b128",
    "ct/1P4C_unb-y32",
    "ct/4P1C_b1",
    "ct/4P1C_b1024",
    "ct/4P1C_b128",
    "ct/4P1C_unb-y32",
    "ct/4P4C_b1",
    "ct/4P4C_b1024",
    "ct/4P4C_b128",
    "ct/4P4C_b128-256B",
    "ct/4P4C_unb-y32",
    "ct/4P4C_unb-y32-256B",
    "mt2/1P1C_b1",
    "mt2/1P1C_b1024",
    "mt2/1P1C_b128",
    "mt2/1P1C_b128-256B",
    "mt2/1P1C_unb",
    "mt2/1P1C_unb-y32",
    "mt2/1P1C_unb-y32-256B",
    "mt2/1P4C_b1",
    "mt2/1P4C_b1024",
    "mt2/1P4C_b128",
    "mt2/1P4C_unb",
    "mt2/1P4C_unb-y32",
    "mt2/4P1C_b1",
    "mt2/4P1C_b1024",
    "mt2/4P1C_b128",
    "mt2/4P1C_unb",
    "mt2/4P1C_unb-y32",
    "mt2/4P4C_b1",
    "mt2/4P4C_b1024",
    "mt2/4P4C_b128",
    "mt2/4P4C_b128-256B",
    "mt2/4P4C_unb",
    "mt2/4P4C_unb-y32",
    "mt2/4P4C_unb-y32-256B",
    "thr/1P1C_b1",
    "thr/1P1C_b1024",
    "thr/1P1C_b128",
    "thr/1P1C_unb",
    "thr/1P4C_b1",
    "thr/1P4C_b1024",
    "thr/1P4C_b128",
    "thr/1P4C_unb",
    "thr/4P1C_b1",
    "thr/4P1C_b1024",
    "thr/4P1C_b128",
    "thr/4P1C_unb",
    "thr/4P4C_b1",
    "thr/4P4C_b1024",
    "thr/4P4C_b128",
    "thr/4P4C_unb",
    "tbo/1P1C_b1",
    "tbo/1P1C_b1024",
    "tbo/1P1C_b128",
    "tbo/1P1C_unb",
    "tbo/4P4C_b1",
    "tbo/4P4C_b1024",
    "tbo/4P4C_b128",
    "tbo/4P4C_unb",
    "ct2/1P1C_b1",
    "ct2/1P1C_b128",
    "ct2/1P1C_unb-y32",
    "pingpong/ct2_b1",
    "pingpong/ct2_unb",
    "pingpong/ct_b1",
    "pingpong/ct_unb",
    "pingpong/mt2_b1",
    "pingpong/mt2_unb",
    "pingpong/tbo_b1",
    "pingpong/tbo_unb",
    "spikeget",
    "spikeget-256B",
    "spikeput",
    "spikeput-256B",
    "create/b1",
    "create/b1024",
    "create/b128",
    "create/unb",
    "memory",
    "longestput",
    "waiting/1s",
    "waiting/10s",
    "lifo/trypair/unb",
    "lifo/batch64x1/unb",
    "lifo/ct/1P1C_b128",
    "lifo/mt2/4P4C_unb",
    "lifo/spikeput",
    "lifo/spikeget",
    "priority/trypair/unb",
    "priority/batch64x1/unb",
    "priority/ct/1P1C_b128",
    "priority/mt2/4P4C_unb",
    "priority/spikeput",
    "priority/spikeget",
    "dropoldest/try",
    "dropnewest/try",
    "reject/try",
    "local/trypair/unb",
    "local/trypair/b128",
    "local/readypair/unb",
    "local/ct/1P1C_b128",
    "local/ct/1P1C_unb-y32",
    "local/ct/4P4C_b1",
    "local/spikeput",
    "local/spikeget",
    "local/create",
];

/// Who does the work of a cell, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One try_put and one try_get on one thread.
    TryPair,
    /// 64 puts, then 64 gets, by the calls for many items where there are such.
    Batch,
    /// The same one by one.
    BatchOfSingles,
    /// One awaited put and one awaited get that need not wait.
    ReadyPair,
    /// Futures, in one of the places.
    Tasks(Place),
    /// Blocking calls on threads.
    Threads,
    /// Two queues, one item going round.
    Pingpong(Place),
    /// A million items put with no consumer.
    SpikePut,
    /// The same million, got.
    SpikeGet,
    /// Made and dropped.
    Create,
    /// The bytes of a queue: empty, with a million items, drained.
    Memory,
    /// The longest of ten million puts.
    LongestPut,
    /// What a consumer that waits costs.
    Waiting(Duration),
    /// A put into a queue that is full.
    PutFull,
}

/// Where futures run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// tokio on one thread.
    CurrentThread,
    /// tokio with two workers.
    TwoWorkers,
    /// Two of tokio's runtimes of one thread each, a side each.
    TwoRuntimes,
    /// A thread each, under `block_on`.
    BlockOn,
}

/// One cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) class: Class,
    pub(crate) kind: Kind,
    pub(crate) producers: u64,
    pub(crate) consumers: u64,
    /// Unbounded without.
    pub(crate) capacity: Option<usize>,
    /// Whether producers yield every 32 items.
    pub(crate) yields: bool,
    /// Whether the items are of 256 bytes, not 8.
    pub(crate) wide: bool,
}

impl Cell {
    /// The cell that has this name, if there is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (class, rest) = Class::split(name);
        let mut words = rest.split(['/', '_', '-']);
        let first = words.next()?;
        let mut cell = Self { class, ..Self::of(Kind::named(first, &mut words)?) };
        words.all(|word| cell.take(word)).then_some(cell)
    }

    fn of(kind: Kind) -> Self {
        let class = Class::Fifo;
        Self { class, kind, producers: 1, consumers: 1, capacity: None, yields: false, wide: false }
    }

    /// Whether `word` says something about a cell; it is so from now on.
    fn take(&mut self, word: &str) -> bool {
        match word {
            "unb" => self.capacity = None,
            "y32" => self.yields = true,
            "256B" => self.wide = true,
            "1P1C" => {}
            "1P4C" => self.consumers = 4,
            "4P1C" => self.producers = 4,
            "4P4C" => (self.producers, self.consumers) = (4, 4),
            _ => {
                let capacity = word.strip_prefix('b').and_then(|digits| digits.parse().ok());
                self.capacity = capacity;
                return capacity.is_some();
            }
        }
        true
    }
}

impl Kind {
    fn named<'a>(first: &str, rest: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        Some(match first {
            "trypair" => Kind::TryPair,
            "batch64" => Kind::Batch,
            "batch64x1" => Kind::BatchOfSingles,
            "readypair" => Kind::ReadyPair,
            "thr" => Kind::Threads,
            "pingpong" => Kind::Pingpong(Place::named(rest.next()?)?),
            "spikeput" => Kind::SpikePut,
            "spikeget" => Kind::SpikeGet,
            "create" => Kind::Create,
            "memory" => Kind::Memory,
            "longestput" => Kind::LongestPut,
            "try" => Kind::PutFull,
            "waiting" => {
                Kind::Waiting(Duration::from_secs(rest.next()?.strip_suffix('s')?.parse().ok()?))
            }
            _ => Kind::Tasks(Place::named(first)?),
        })
    }
}

impl Place {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ct" => Place::CurrentThread,
            "mt2" => Place::TwoWorkers,
            "ct2" => Place::TwoRuntimes,
            "tbo" => Place::BlockOn,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_names_a_cell() {
        for name in NAMES {
            assert!(Cell::named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_name_says_everything_about_its_cell() {
        let cell = Cell::named("mt2/4P1C_unb-y32-256B").expect("a cell");
        let of = Cell::of(Kind::Tasks(Place::TwoWorkers));
        assert_eq!(cell, Cell { producers: 4, yields: true, wide: true, ..of });
        let cell = Cell::named("pingpong/ct2_b1").expect("a cell");
        let of = Cell::of(Kind::Pingpong(Place::TwoRuntimes));
        assert_eq!(cell, Cell { capacity: Some(1), ..of });
        let cell = Cell::named("local/ct/1P1C_b128").expect("a cell");
        let of = Cell::of(Kind::Tasks(Place::CurrentThread));
        assert_eq!(cell, Cell { class: Class::Local, capacity: Some(128), ..of });
    }

    #[test]
    fn what_says_nothing_names_no_cell() {
        assert_eq!(Cell::named("ct/1P1C_x"), None);
        assert_eq!(Cell::named("pingpong/b1"), None);
        assert_eq!(Cell::named("lifo"), None);
    }
}
