//! Who waits for an item, or for everything to be finished.
//!
//! Waking is by number: the queue says how many should be awake, this file knows who is next.
//! Being woken and finding nothing puts one back where one stood. Nothing here touches an item,
//! so dropping a waiter can lose none.

use std::task::Waker;

use super::line::{Line, Wakes};

/// After being woken in vain this often, a waiter bars newcomers until it is served.
/// Low enough that nobody starves, high enough that a busy consumer is not forced to
/// switch tasks for every item.
const PASSED_OVER_MAX: u32 = 16;

/// A waiter's place in the line; lives in its future.
#[derive(Debug)]
pub(crate) struct Place {
    slot: u32,
    /// How often it was woken and found nothing.
    passed_over: u32,
}

/// Those who sleep stand in line; those who were woken have stepped out, to look.
pub(crate) struct Waiters {
    asleep: Line<()>,
    /// How many were woken and have not looked yet.
    awake: u32,
    /// How many have been passed over too often; while there is one, newcomers wait.
    starving: u32,
}

impl Waiters {
    pub(crate) const fn new() -> Self {
        Waiters { asleep: Line::new(), awake: 0, starving: 0 }
    }

    /// How many wait, awake or asleep.
    pub(crate) fn len(&self) -> usize {
        (self.asleep.standing() + self.awake) as usize
    }

    /// How many could be woken.
    #[inline]
    pub(crate) fn asleep(&self) -> u32 {
        self.asleep.standing()
    }

    /// Whether as many are awake as `wanted`, or everybody is.
    #[inline]
    pub(crate) fn has_awake(&self, wanted: usize) -> bool {
        self.asleep() == 0 || self.awake as usize >= wanted
    }

    /// Whether one that holds no place must take one rather than help itself.
    #[inline]
    pub(crate) fn bars_newcomers(&self) -> bool {
        self.starving > 0
    }

    /// Goes to sleep: at the end of the line, or where it stood before.
    #[inline]
    pub(crate) fn sleep(&mut self, place: &mut Option<Place>, waker: &Waker, wakes: &mut Wakes) {
        match place {
            Some(place) => self.sleep_on(place, waker, wakes),
            None => {
                let slot = self.asleep.come(waker.clone(), ());
                *place = Some(Place { slot, passed_over: 0 });
            }
        }
    }

    /// Goes to sleep where it stood before.
    fn sleep_on(&mut self, place: &mut Place, waker: &Waker, wakes: &mut Wakes) {
        let own = self.asleep.slot(place.slot);
        let was_awake = own.waker.is_none();
        wakes.refresh(&mut own.waker, waker);
        if was_awake {
            self.awake -= 1;
            place.passed_over += 1;
            self.starving += u32::from(place.passed_over == PASSED_OVER_MAX);
            self.asleep.step_in(place.slot);
        }
    }

    /// Goes: served, or no longer interested.
    pub(crate) fn leave(&mut self, place: Place, wakes: &mut Wakes) {
        if !self.is_awake(&place) {
            wakes.retire(self.asleep.slot(place.slot).waker.take());
            self.asleep.step_out(place.slot);
            self.awake += 1;
        }
        self.go(place);
    }

    /// Whether it was woken and has not looked yet.
    #[inline]
    pub(crate) fn is_awake(&self, place: &Place) -> bool {
        self.asleep.is_out(place.slot)
    }

    /// Goes, served, after it [was woken](Self::is_awake).
    #[inline]
    pub(crate) fn go(&mut self, place: Place) {
        self.awake -= 1;
        self.asleep.go(place.slot);
        self.starving -= u32::from(place.passed_over >= PASSED_OVER_MAX);
    }

    /// Takes the waker of whoever has waited longest, if fewer than `wanted` are awake.
    #[inline]
    pub(crate) fn wake_next(&mut self, wanted: usize) -> Option<Waker> {
        if self.awake as usize >= wanted {
            return None;
        }
        let first = self.asleep.first()?;
        self.asleep.step_out(first);
        self.awake += 1;
        self.asleep.slot(first).waker.take()
    }

    /// Sees to it that `wanted` are awake, the longest waiting first.
    pub(crate) fn wake_up_to(&mut self, wanted: usize, wakes: &mut Wakes) {
        while let Some(waker) = self.wake_next(wanted) {
            wakes.add(waker);
        }
    }
}
