//! A controller as the engines know it: one of few, so that looking at a length costs next to
//! nothing.

use std::time::Duration;

use forebay::{Controller, Gears, Shift, Snapshot};

use crate::model::Control;

/// Who decides about the gear in one run.
pub(crate) enum Decider {
    Fixed,
    Gears(Gears),
    Other(Box<dyn Controller>),
}

impl Decider {
    pub(crate) fn new(control: &Control) -> Self {
        match control {
            Control::Fixed => Decider::Fixed,
            Control::Gears(gears) => Decider::Gears(gears.clone()),
            Control::Other { make, .. } => Decider::Other(make()),
        }
    }

    pub(crate) fn gear(&self) -> usize {
        match self {
            Decider::Fixed => 0,
            Decider::Gears(gears) => gears.gear(),
            Decider::Other(controller) => controller.gear(),
        }
    }

    /// Asks; `snapshot` is taken only for who looks at more than the length.
    pub(crate) fn shift(
        &mut self,
        len: usize,
        now_ns: u64,
        snapshot: impl FnOnce() -> Snapshot,
    ) -> Option<Shift> {
        match self {
            Decider::Fixed => None,
            Decider::Gears(gears) => gears.observe(len),
            Decider::Other(controller) => {
                controller.shift(&snapshot(), Duration::from_nanos(now_ns))
            }
        }
    }
}
