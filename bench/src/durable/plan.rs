//! How much of everything a run of the bench measures.

use std::time::Duration;

/// How long the whole may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Everything, in seven rounds: the figures that are kept.
    Full,
    /// What has goals, in three short rounds: to see where one is.
    Quick,
}

/// How many append, or are connected, and how long an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) producers: usize,
    pub(super) body_bytes: usize,
}

/// The numbers behind a [`Size`].
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) rounds: usize,
    pub(super) shapes: Vec<Shape>,
    /// The sizes of events, and how many connections send them to servers.
    pub(super) bodies_bytes: &'static [usize],
    pub(super) connections: &'static [usize],
    /// For how long a run of an engine or a server counts, and one of `serve` against the handler.
    pub(super) counted: Duration,
    pub(super) served: Duration,
    /// How many events a long backlog has.
    pub(super) long_events: u64,
}

/// Nobody's events are smaller or larger here.
const BODIES_BYTES: [usize; 2] = [100, 1024];
const PRODUCERS: [usize; 4] = [1, 8, 64, 512];

impl Size {
    pub(super) fn plan(self) -> Plan {
        let of_size = |&body_bytes| PRODUCERS.map(|producers| Shape { producers, body_bytes });
        let of_sizes = |sizes: &'static [usize]| sizes.iter().flat_map(of_size).collect();
        match self {
            Self::Full => Plan {
                rounds: 7,
                shapes: of_sizes(&BODIES_BYTES),
                bodies_bytes: &BODIES_BYTES,
                connections: &[1, 64],
                counted: Duration::from_millis(400),
                served: Duration::from_secs(2),
                long_events: 10_000_000,
            },
            Self::Quick => Plan {
                rounds: 3,
                shapes: of_sizes(&BODIES_BYTES[..1]),
                bodies_bytes: &BODIES_BYTES[..1],
                connections: &[64],
                counted: Duration::from_millis(300),
                served: Duration::from_secs(1),
                long_events: 1_000_000,
            },
        }
    }
}

impl Shape {
    /// As part of a name: `64p_100b`.
    pub(super) fn name(self) -> String {
        format!("{}p_{}b", self.producers, self.body_bytes)
    }

    pub(super) fn words(self) -> String {
        format!("{} producers, {} bytes", self.producers, self.body_bytes)
    }
}
