//! What carries out a run: the engine for any model, or the lane for the simplest ones.

use crate::error::SimError;
use crate::tally::Tally;

/// What carries out a run.
pub(crate) trait Machine {
    /// Everything up to and with `until_ns`, or some `events_max` events; whether it came that
    /// far.
    fn run(&mut self, until_ns: u64, events_max: u64) -> Result<bool, SimError>;

    /// Until when it came.
    fn now_ns(&self) -> u64;

    /// How many events there were: arrivals, pauses that ended, attempts that ended, ticks.
    fn events(&self) -> u64;

    /// How many items wait.
    fn len(&self) -> usize;

    /// The waiting since `since_ns` of all items that are still there.
    fn left_ns(&self, since_ns: u64) -> u128;

    /// Forgets what was counted.
    fn restart(&mut self);

    /// Books what still goes on: the present length, the present gear, a blocked producer.
    fn settle(&mut self);

    /// What was counted, up to the last `settle`.
    fn tally(&self) -> &Tally;

    /// The same, for good.
    fn into_tally(self) -> Tally;
}
