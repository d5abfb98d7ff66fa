//! How much of everything a run of the bench measures.

use std::time::Duration;

use crate::wrk::Load;

/// How long the whole may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Everything, in at least seven rounds: the figures that are kept.
    Full,
    /// The cells that have goals, in three short rounds: to see where one is.
    Quick,
}

/// How many connections send how many events in each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) connections: u32,
    pub(super) events_per_request: u32,
}

/// The numbers behind a [`Size`].
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) rounds: usize,
    pub(super) shapes: &'static [Shape],
    /// How often the spike is repeated, each time with a new process.
    pub(super) spikes: usize,
    /// How long the load of a cell with goals lasts; of another, one second.
    pub(super) goal_cell_for: Duration,
}

/// The cell of the goal for requests.
pub(super) const MANY_SMALL: Shape = Shape { connections: 64, events_per_request: 1 };
/// The cell of the goals for rows.
pub(super) const MANY_LARGE: Shape = Shape { connections: 64, events_per_request: 100 };

const ALL_SHAPES: [Shape; 6] = [
    Shape { connections: 1, events_per_request: 1 },
    Shape { connections: 8, events_per_request: 1 },
    MANY_SMALL,
    Shape { connections: 1, events_per_request: 100 },
    Shape { connections: 8, events_per_request: 100 },
    MANY_LARGE,
];

/// A load of 100 events a request ends after so many answers, 300,000 events: a queue takes them in a second and needs
/// longer to deliver them, which is what is measured.
const LARGE_ANSWERS: u64 = 3_000;

static FULL: Plan =
    Plan { rounds: 7, shapes: &ALL_SHAPES, spikes: 3, goal_cell_for: Duration::from_secs(2) };

static QUICK: Plan = Plan {
    rounds: 3,
    shapes: &[MANY_SMALL, MANY_LARGE],
    spikes: 1,
    goal_cell_for: Duration::from_secs(1),
};

impl Size {
    pub(super) fn plan(self) -> &'static Plan {
        match self {
            Self::Full => &FULL,
            Self::Quick => &QUICK,
        }
    }

    /// When something must be wrong.
    pub(super) fn at_most(self) -> Duration {
        match self {
            Self::Full => Duration::from_secs(40 * 60),
            Self::Quick => Duration::from_secs(10 * 60),
        }
    }
}

impl Plan {
    /// What the client sends in one run of `shape`.
    pub(super) fn load(&self, shape: Shape) -> Load {
        let at_most = match shape {
            MANY_SMALL | MANY_LARGE => self.goal_cell_for,
            _ => Duration::from_secs(1),
        };
        Load {
            connections: shape.connections,
            events_per_request: shape.events_per_request,
            first_request: 0,
            at_most,
            answers: (shape.events_per_request > 1).then_some(LARGE_ANSWERS),
            pause: Duration::ZERO,
        }
    }
}
