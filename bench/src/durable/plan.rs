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
    /// For how long a run of an engine counts.
    pub(super) counted: Duration,
}

/// Nobody's events are smaller or larger here.
const BODIES_BYTES: [usize; 2] = [100, 1024];
const PRODUCERS: [usize; 4] = [1, 8, 64, 512];

impl Size {
    pub(super) fn plan(self) -> Plan {
        let (rounds, bodies, counted_ms) = match self {
            Self::Full => (7, BODIES_BYTES.as_slice(), 500),
            Self::Quick => (3, &BODIES_BYTES[..1], 300),
        };
        let of_size = |&body_bytes| PRODUCERS.map(|producers| Shape { producers, body_bytes });
        Plan {
            rounds,
            shapes: bodies.iter().flat_map(of_size).collect(),
            counted: Duration::from_millis(counted_ms),
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
