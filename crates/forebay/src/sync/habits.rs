//! Who has been taking a lock, and what that says about who should own it.

/// So many times in a row one thread takes a free lock before it comes to own it: at first, and
/// after each time that an owner had to be deprived.
///
/// Who has come so far alone is likely to go as far again. To deprive an owner costs as much as
/// some thousand sections save, so that is what it takes where it has to be done again and again.
#[cfg_attr(forebay_loom, allow(dead_code, reason = "a model is in more of a hurry"))]
pub(crate) const OWN_AFTER_USUALLY: [u32; 3] = [64, 512, 4096];

/// The past of one lock.
#[derive(Debug)]
pub(super) struct Habits {
    /// Who took it last without owning it, and how often in a row.
    last: usize,
    in_a_row: u32,
    /// How often an owner was deprived, as far as that matters.
    deprived: u32,
}

impl Habits {
    pub(super) const fn new() -> Self {
        Habits { last: 0, in_a_row: 0, deprived: 0 }
    }

    /// Whether `thread`, which has just taken the lock without owning it, should from now on.
    #[inline]
    pub(super) fn should_own(&mut self, thread: usize, own_after: [u32; 3]) -> bool {
        if self.last != thread {
            (self.last, self.in_a_row) = (thread, 0);
        }
        self.in_a_row += 1;
        let owns = self.in_a_row >= own_after[self.deprived.min(2) as usize];
        if owns {
            self.in_a_row = 0;
        }
        owns
    }

    /// Its owner had to be deprived of it.
    pub(super) fn deprived(&mut self) {
        (self.in_a_row, self.deprived) = (0, self.deprived.saturating_add(1));
    }
}

#[cfg(all(test, not(forebay_loom)))]
mod tests {
    use super::Habits;

    const OWN_AFTER: [u32; 3] = [3, 5, 7];

    #[test]
    fn a_thread_that_is_alone_comes_to_own_the_lock() {
        let mut habits = Habits::new();
        let owns = [8, 8, 16, 8, 8, 8].map(|me| habits.should_own(me, OWN_AFTER));
        assert_eq!(owns, [false, false, false, false, false, true]);
    }

    #[test]
    fn the_more_owners_had_to_be_deprived_the_longer_nobody_owns_it() {
        let mut habits = Habits::new();
        let mut times = [0; 4];
        for times in &mut times {
            habits.deprived();
            while !habits.should_own(8, OWN_AFTER) {
                *times += 1;
            }
        }
        assert_eq!(times, [4, 6, 6, 6], "and there is an end to it");
    }
}
