//! How one waits for a lock that another thread holds for a moment.

use super::parts::{spin_loop, yield_now};

/// Pauses between two looks at a lock that another holds; doubled up to the second figure, then
/// the thread yields. Long on purpose: on two cores the one that is inside gets on faster while
/// nobody pulls at its cache line.
const PAUSES: (u32, u32) = (64, 1024);

/// Pauses that get longer, then yields.
pub(super) struct Pause {
    pauses: u32,
}

impl Pause {
    pub(super) fn new() -> Self {
        Pause { pauses: if is_one_core() { PAUSES.1 + 1 } else { PAUSES.0 } }
    }

    pub(super) fn once(&mut self) {
        if self.pauses > PAUSES.1 {
            yield_now();
            return;
        }
        (0..self.pauses).for_each(|_| spin_loop());
        self.pauses *= 2;
    }
}

/// On one core nobody gets outside while we pause; in a model neither.
pub(crate) fn is_one_core() -> bool {
    static CORES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let count = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cfg!(forebay_loom) || *CORES.get_or_init(count) == 1
}
