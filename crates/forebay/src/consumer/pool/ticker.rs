//! Looks at the queue now and then while there is something to look at, and lets the controller
//! decide.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::meter::Look;
use super::shared::{OnShift, Shared};
use crate::consumer::controller::{Controller, Gear, Why};
use crate::consumer::gears::Shift;

/// For so many looks the controller of an idle pool may come down. Some never do.
const IDLE_LOOKS_MAX: u32 = 100;

pub(super) struct Ticker {
    pub(super) controller: Box<dyn Controller + Send>,
    /// By gear.
    pub(super) table: Vec<Gear>,
    pub(super) every: Duration,
    pub(super) on_shift: Option<OnShift>,
    pub(super) look: Look,
    pub(super) idle_looks: u32,
}

impl Ticker {
    /// What the present gear sets.
    pub(super) fn gear(&self) -> &Gear {
        &self.table[self.at()]
    }

    fn at(&self) -> usize {
        self.controller.gear().min(self.table.len() - 1)
    }
}

/// Says that nobody ticks any more when the task that did is gone, however that came.
struct Ticking<T>(Arc<Shared<T>>);

impl<T> Drop for Ticking<T> {
    fn drop(&mut self) {
        self.0.is_ticking.store(false, Ordering::SeqCst);
    }
}

impl<T: Send + 'static> Shared<T> {
    /// Begins to tick if nobody does. Called by who has something to do.
    #[inline]
    pub(super) fn ensure_ticking(self: &Arc<Self>) {
        if !self.is_ticking.load(Ordering::SeqCst) {
            self.begin_ticking();
        }
    }

    #[cold]
    fn begin_ticking(self: &Arc<Self>) {
        if !self.is_ticking.swap(true, Ordering::SeqCst) {
            let ticking = Ticking(Arc::clone(self));
            self.runtime.spawn(Box::pin(tick(ticking)));
        }
    }

    fn is_at_work(&self) -> bool {
        self.meter.busy() + self.meter.pausing.load(Ordering::SeqCst) > 0
    }

    /// How long it is until the next look is due.
    fn until_next_look(&self) -> Duration {
        let ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.runtime.now();
        let due = ticker.look.at().map_or(now, |at| at.saturating_add(ticker.every));
        due.saturating_sub(now)
    }

    /// Takes a snapshot and changes gear where that is called for. Answers whether to go on.
    fn look_around(self: &Arc<Self>) -> bool {
        let mut ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner);
        let ticker = &mut *ticker;
        let now = self.runtime.now();
        let (came, waiting) = (self.source.came(), self.source.waiting());
        let before = ticker.look.activity();
        let snapshot = ticker.look.take(&self.meter, came, waiting, now);
        let is_idle = snapshot.len == 0 && !self.is_at_work() && ticker.look.activity() == before;
        ticker.idle_looks = if is_idle { ticker.idle_looks + 1 } else { 0 };
        if let Some(shift) = ticker.controller.shift(&snapshot, now) {
            self.pace.set(ticker.at(), ticker.gear());
            self.ring_all();
            self.tell(ticker, &shift);
        }
        let is_at_rest = ticker.controller.gear() == 0 || ticker.idle_looks >= IDLE_LOOKS_MAX;
        if self.look().workers == 0 {
            return false;
        }
        self.hire_up();
        !(is_idle && is_at_rest)
    }

    /// What a callback does with it is not allowed to cost a tick.
    fn tell(&self, ticker: &Ticker, shift: &Shift) {
        if let Some(on_shift) = &ticker.on_shift
            && catch_unwind(AssertUnwindSafe(|| on_shift(shift))).is_err()
        {
            self.meter.panicked.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Puts another controller, and what its gears set, in the place of those in force.
    pub(super) fn change(
        self: &Arc<Self>,
        controller: Box<dyn Controller + Send>,
        table: Vec<Gear>,
    ) {
        let mut ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner);
        let from = ticker.at();
        (ticker.controller, ticker.table) = (controller, table);
        ticker.idle_looks = 0;
        let (to, len) = (ticker.at(), self.source.waiting());
        self.pace.set(to, ticker.gear());
        self.ring_all();
        if from != to {
            self.tell(&ticker, &Shift { from, to, len, why: Why::Changed });
        }
        drop(ticker);
        self.hire_up();
        // A gear that nothing keeps engaged is left again.
        self.ensure_ticking();
    }
}

async fn tick<T: Send + 'static>(ticking: Ticking<T>) {
    let shared = Arc::clone(&ticking.0);
    loop {
        let time = shared.until_next_look();
        if !time.is_zero() {
            shared.runtime.after(time).await;
        }
        if shared.look_around() {
            continue;
        }
        drop(ticking);
        // A run that began since has seen somebody ticking.
        if shared.is_at_work() {
            shared.ensure_ticking();
        }
        return;
    }
}
