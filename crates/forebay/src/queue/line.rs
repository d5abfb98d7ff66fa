//! People in line, in the order they came.
//!
//! Who comes draws a ticket and gets a slot of its own until it goes. The line is linked through
//! the slots: leaving costs the same wherever one stands, and nothing is allocated to wait once
//! the slots are there.

use std::task::Waker;

/// So many slots are kept when nobody is left.
const SLOTS_KEPT: usize = 64;

/// No slot.
const NONE: u32 = u32::MAX;

/// A line in which everybody brings an `L`.
pub(crate) struct Line<L> {
    slots: Vec<Slot<L>>,
    /// The first of the free slots, linked by `next`.
    free: u32,
    /// The ends of the line, which is in the order of the tickets.
    first: u32,
    last: u32,
    /// How many slots are not free; some may be of others who have stepped out.
    taken: u32,
    tickets_drawn: u64,
}

/// One person's slot.
pub(crate) struct Slot<L> {
    /// There while its owner sleeps.
    pub(crate) waker: Option<Waker>,
    pub(crate) load: L,
    ticket: u64,
    /// Neighbors in the line; of a free slot `next` is the next free one.
    previous: u32,
    next: u32,
}

impl<L> Line<L> {
    pub(crate) const fn new() -> Self {
        Line { slots: Vec::new(), free: NONE, first: NONE, last: NONE, taken: 0, tickets_drawn: 0 }
    }

    /// Who stands first.
    #[inline]
    pub(crate) fn first(&self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }

    /// Whether somebody in a slot has stepped out, by being woken.
    #[inline]
    pub(crate) fn is_out(&self, slot: u32) -> bool {
        self.slots[slot as usize].waker.is_none()
    }

    #[inline]
    pub(crate) fn load(&self, slot: u32) -> &L {
        &self.slots[slot as usize].load
    }

    #[inline]
    pub(crate) fn slot(&mut self, slot: u32) -> &mut Slot<L> {
        &mut self.slots[slot as usize]
    }

    /// Somebody comes, and stands last.
    #[inline]
    pub(crate) fn come(&mut self, waker: Waker, load: L) -> u32 {
        let ticket = self.tickets_drawn;
        self.tickets_drawn += 1;
        self.taken += 1;
        let previous = self.last;
        let slot = Slot { waker: Some(waker), load, ticket, previous, next: NONE };
        let at = match self.free {
            NONE => {
                self.slots.push(slot);
                // Four billion waiters would not fit into any memory.
                (self.slots.len() - 1) as u32
            }
            at => {
                self.free = self.slots[at as usize].next;
                self.slots[at as usize] = slot;
                at
            }
        };
        match previous {
            NONE => self.first = at,
            previous => self.slots[previous as usize].next = at,
        }
        self.last = at;
        at
    }

    /// Somebody who had stepped out stands where the ticket says.
    pub(crate) fn step_in(&mut self, slot: u32) {
        let ticket = self.slots[slot as usize].ticket;
        // Who has come since may stand there already; otherwise it is the front, or close to it.
        let mut next = NONE;
        if self.last != NONE && self.slots[self.last as usize].ticket > ticket {
            next = self.first;
            while self.slots[next as usize].ticket < ticket {
                next = self.slots[next as usize].next;
            }
        }
        let previous = match next {
            NONE => std::mem::replace(&mut self.last, slot),
            next => std::mem::replace(&mut self.slots[next as usize].previous, slot),
        };
        match previous {
            NONE => self.first = slot,
            previous => self.slots[previous as usize].next = slot,
        }
        let own = &mut self.slots[slot as usize];
        (own.previous, own.next) = (previous, next);
    }

    /// Somebody steps out of the line and keeps the slot.
    #[inline]
    pub(crate) fn step_out(&mut self, slot: u32) {
        let own = &self.slots[slot as usize];
        let (previous, next) = (own.previous, own.next);
        match previous {
            NONE => self.first = next,
            previous => self.slots[previous as usize].next = next,
        }
        match next {
            NONE => self.last = previous,
            next => self.slots[next as usize].previous = previous,
        }
    }

    /// Whoever stands first steps out, to be woken by what is handed out.
    #[inline]
    pub(crate) fn wake_first(&mut self) -> Option<Waker> {
        let first = self.first()?;
        self.step_out(first);
        self.slots[first as usize].waker.take()
    }

    /// Wakes everybody in line, where they stand.
    pub(crate) fn wake_all(&mut self, wakes: &mut Wakes) {
        let mut at = self.first;
        while at != NONE {
            let slot = &mut self.slots[at as usize];
            if let Some(waker) = slot.waker.take() {
                wakes.add(waker);
            }
            at = slot.next;
        }
    }

    /// Somebody who has stepped out goes, and the slot is free.
    #[inline]
    pub(crate) fn go(&mut self, slot: u32) {
        self.slots[slot as usize].next = std::mem::replace(&mut self.free, slot);
        self.taken -= 1;
        if self.taken == 0 && self.slots.capacity() > SLOTS_KEPT {
            self.slots = Vec::new();
            self.free = NONE;
        }
    }
}

/// Takes the newest waker of somebody who sleeps on, and hands out the one it knew if that is
/// another.
pub(crate) fn refresh(known: &mut Option<Waker>, waker: &Waker) -> Option<Waker> {
    if known.as_ref().is_some_and(|known| known.will_wake(waker)) {
        return None;
    }
    known.replace(waker.clone())
}

/// Whom a change of state leaves to be woken, which happens when this is dropped: without the lock,
/// since wakers run code of somebody else's, which may come straight back to this queue.
pub(crate) struct Wakes {
    first: Option<Waker>,
    rest: Vec<Waker>,
}

impl Wakes {
    pub(crate) const fn new() -> Self {
        Wakes { first: None, rest: Vec::new() }
    }

    pub(crate) fn add(&mut self, waker: Waker) {
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.rest.push(waker);
        }
    }
}

impl Drop for Wakes {
    /// Wakes them, in the order they came.
    fn drop(&mut self) {
        if let Some(first) = self.first.take() {
            first.wake();
            self.rest.drain(..).for_each(Waker::wake);
        }
    }
}
