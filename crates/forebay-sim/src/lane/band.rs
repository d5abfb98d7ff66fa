//! The lengths that change nothing, so that the gears are asked only about the others.

use forebay::{Gears, Shift};

use crate::model::Control;

/// Gears, and the lengths at which they stay as they are.
pub(crate) struct Band {
    gears: Option<Gears>,
    gear: usize,
    /// The least of those lengths.
    low: usize,
    /// How many there are.
    count: usize,
}

impl Band {
    /// `None` for a controller that looks at more than the length.
    pub(crate) fn new(control: &Control) -> Option<Self> {
        let gears = match control {
            Control::Fixed => None,
            Control::Gears(gears) => Some(gears.clone()),
            Control::Other { .. } => return None,
        };
        let mut band = Band { gears, gear: 0, low: 0, count: usize::MAX };
        band.measure();
        Some(band)
    }

    #[inline]
    pub(crate) fn gear(&self) -> usize {
        self.gear
    }

    /// Whether this length is none of those.
    #[inline]
    pub(crate) fn is_left_by(&self, len: usize) -> bool {
        len.wrapping_sub(self.low) >= self.count
    }

    pub(crate) fn shift(&mut self, len: usize) -> Option<Shift> {
        let shift = self.gears.as_mut()?.observe(len)?;
        self.measure();
        Some(shift)
    }

    fn measure(&mut self) {
        let Some(gears) = &self.gears else { return };
        self.gear = gears.gear();
        let (released, engaged) = gears.steps().split_at(self.gear);
        self.low = released.last().map_or(0, |step| step.release_at + 1);
        let high = engaged.first().map_or(usize::MAX - 1, |step| step.engage_above);
        self.count = high - self.low + 1;
    }
}

#[cfg(test)]
mod tests {
    use forebay::Step;

    use super::*;

    #[test]
    fn a_length_leaves_the_band_exactly_when_the_gears_shift() {
        let steps = [(5, 0), (9, 3), (20, 9)];
        let steps = steps.map(|(engage_above, release_at)| Step { engage_above, release_at });
        let gears = Gears::staircase(steps).expect("it rises");
        let mut band = Band::new(&Control::Gears(gears.clone())).expect("only the length counts");
        for len in [0, 5, 6, 9, 10, 4, 3, 0, 21, 10, 9, 4, 3, 1, 0, 100, 0] {
            let mut asked = band.gears.clone().expect("there are gears");
            assert_eq!(band.is_left_by(len), asked.observe(len).is_some(), "{len}");
            if band.is_left_by(len) {
                band.shift(len);
            }
            assert_eq!(band.gear(), asked.gear(), "{len}");
        }
    }
}
