//! Which requests begin a trace, of those that bring none.

use std::sync::atomic::{AtomicU32, Ordering};

/// An even share of calls: a quarter is every fourth one.
#[derive(Debug)]
pub(super) struct Share {
    /// What each call adds; the one that makes it run over is of the share.
    step: u32,
    is_all: bool,
    sum: AtomicU32,
}

impl Share {
    /// `ratio` is from 0 to 1.
    pub(super) fn new(ratio: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        let step = (ratio * f64::from(u32::MAX)) as u32;
        Share { step, is_all: ratio >= 1.0, sum: AtomicU32::new(0) }
    }

    /// Whether this call is of the share.
    pub(super) fn next(&self) -> bool {
        if self.step == 0 || self.is_all {
            return self.is_all;
        }
        // Ordering: relaxed; it orders nothing.
        self.sum.fetch_add(self.step, Ordering::Relaxed).checked_add(self.step).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn a_share_is_even() {
        let of_hundred = |ratio| {
            let share = Share::new(ratio);
            (0..100).filter(|_| share.next()).count()
        };
        assert_eq!([0.0, 1.0, 1e-12].map(of_hundred), [0, 100, 0]);
        assert!([24, 25].contains(&of_hundred(0.25)));
        let quarter = Share::new(0.25);
        let first = (0..40).filter(|_| quarter.next()).count();
        assert!([9, 10].contains(&first), "{first}: none waits long");
    }
}
