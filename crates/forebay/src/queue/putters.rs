//! Who waits for room, with what they want to put.
//!
//! A put that has to wait leaves its item here, and the queue takes it as soon as there is room:
//! the producer is woken to learn that it was put, not to try again. So nobody is overtaken and
//! nobody is woken in vain. A `put_many` keeps its items in its caller's vector; it is woken when
//! it stands first and there is room, and those behind it wait until it has looked.

use std::task::Waker;

use super::line::{Line, Wakes};

/// What a producer waits with.
pub(crate) enum Load<T> {
    /// One item.
    One(T),
    /// Items that are elsewhere, the first of which weighs so much.
    Many(usize),
    /// Nothing any more: its item was put.
    Done,
}

/// A producer's place; lives in its future.
#[derive(Debug)]
pub(crate) struct Spot {
    slot: u32,
}

/// The producers that wait, in line until their item is put.
pub(crate) struct Putters<T> {
    line: Line<Load<T>>,
}

impl<T> Putters<T> {
    pub(crate) const fn new() -> Self {
        Putters { line: Line::new() }
    }

    /// How many wait for room.
    #[inline]
    pub(crate) fn standing(&self) -> u32 {
        self.line.standing()
    }

    /// Whether nobody waits, so that a newcomer may put at once.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.line.standing() == 0
    }

    /// Stands last, with `load`.
    pub(crate) fn come(&mut self, load: Load<T>, waker: &Waker) -> Spot {
        Spot { slot: self.line.come(waker.clone(), load) }
    }

    /// Whether its item was put while it slept.
    #[inline]
    pub(crate) fn is_done(&self, spot: &Spot) -> bool {
        matches!(self.line.load(spot.slot), Load::Done)
    }

    /// What whoever stands first waits with.
    pub(crate) fn first(&self) -> Option<&Load<T>> {
        Some(self.line.load(self.line.first()?))
    }

    /// Whether it is its turn.
    pub(crate) fn is_first(&self, spot: &Spot) -> bool {
        self.line.first() == Some(spot.slot)
    }

    /// Sleeps on where it stands.
    pub(crate) fn stay(&mut self, spot: &Spot, waker: &Waker, wakes: &mut Wakes) {
        wakes.refresh(&mut self.line.slot(spot.slot).waker, waker);
    }

    /// The same for one with many items, the first of which now weighs so much.
    pub(crate) fn stay_with(
        &mut self,
        spot: &Spot,
        first_weighs: usize,
        waker: &Waker,
        wakes: &mut Wakes,
    ) {
        self.line.slot(spot.slot).load = Load::Many(first_weighs);
        self.stay(spot, waker, wakes);
    }

    /// Goes; its item [was put](Self::is_done).
    #[inline]
    pub(crate) fn go(&mut self, spot: Spot) {
        self.line.go(spot.slot);
    }

    /// Goes, and takes along an item that was not put.
    pub(crate) fn leave(&mut self, spot: Spot, wakes: &mut Wakes) -> Option<T> {
        let own = self.line.slot(spot.slot);
        wakes.retire(own.waker.take());
        let load = std::mem::replace(&mut own.load, Load::Done);
        if !matches!(load, Load::Done) {
            self.line.step_out(spot.slot);
        }
        self.line.go(spot.slot);
        match load {
            Load::One(item) => Some(item),
            Load::Many(_) | Load::Done => None,
        }
    }

    /// Takes the item of whoever stands first, and the waker to tell it so. There is no item when
    /// the first has to look for itself, and nothing when nobody waits.
    pub(crate) fn next(&mut self) -> (Option<T>, Option<Waker>) {
        let Some(first) = self.line.first() else { return (None, None) };
        let own = self.line.slot(first);
        let waker = own.waker.take();
        if matches!(own.load, Load::Many(_)) {
            return (None, waker);
        }
        let load = std::mem::replace(&mut own.load, Load::Done);
        self.line.step_out(first);
        match load {
            Load::One(item) => (Some(item), waker),
            Load::Many(_) | Load::Done => (None, waker),
        }
    }

    /// Wakes everybody who waits, to learn that there will be no room.
    pub(crate) fn wake_all(&mut self, wakes: &mut Wakes) {
        self.line.wake_all(wakes);
    }
}
