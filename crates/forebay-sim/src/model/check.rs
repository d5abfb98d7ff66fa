//! Whether a model can be simulated at all.

use std::time::Duration;

use super::{Consult, Model, Speed};
use crate::error::SimError;
use crate::time::LONGEST;

/// More would not be found again in a figure.
const WORKERS_MAX: usize = 100_000;
const BATCH_MAX: usize = 1_000_000;
const TICK_MIN: Duration = Duration::from_micros(1);

impl Model {
    /// Whether it can be simulated.
    ///
    /// # Errors
    /// [`SimError::Parameter`] names the first parameter that cannot be.
    pub fn check(&self) -> Result<(), SimError> {
        self.arrivals.check().map_err(|error| error.within("arrivals"))?;
        self.sink.check().map_err(|error| error.within("sink"))?;
        if self.gears.is_empty() || self.gears.len() != self.control.count() {
            let allowed = format!("{}, as many as the controller has", self.control.count());
            return Err(SimError::parameter("number of gears", self.gears.len(), allowed));
        }
        for (gear, speed) in self.gears.iter().enumerate() {
            speed.check().map_err(|error| error.within(&format!("gear {gear}")))?;
        }
        if self.capacity == Some(0) {
            return Err(SimError::parameter("capacity", 0, "1 or more"));
        }
        match self.consult {
            Consult::Every(tick) if tick < TICK_MIN || tick > LONGEST => {
                Err(SimError::parameter("tick", format!("{tick:?}"), "from 1us to 100 years"))
            }
            Consult::Every(_) | Consult::EachTake => Ok(()),
        }
    }
}

impl Speed {
    fn check(&self) -> Result<(), SimError> {
        within("workers", self.workers, WORKERS_MAX)?;
        within("batch", self.batch, BATCH_MAX)
    }
}

fn within(name: &str, value: usize, max: usize) -> Result<(), SimError> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    Err(SimError::parameter(name, value, format!("from 1 to {max}")))
}
