//! Who waits, in the order they came.
//!
//! A waiter draws a ticket once and keeps it: being woken and finding nothing puts it back
//! where it stood. Waking is by number: the queue says how many should be awake, this file
//! knows who is next. Nothing here touches an item, so dropping a waiter can lose none.

use std::collections::BTreeMap;
use std::task::Waker;

/// After being woken in vain this often, a waiter bars newcomers until it is served.
/// Low enough that nobody starves, high enough that a busy consumer is not forced to
/// switch tasks for every item.
const PASSED_OVER_MAX: u32 = 16;

/// A waiter's place in the line; lives in its future.
#[derive(Debug)]
pub(crate) struct Place {
    ticket: u64,
    /// How often it was woken and found nothing.
    passed_over: u32,
}

/// One line of waiters.
#[derive(Default)]
pub(crate) struct Waiters {
    /// Those that sleep, by ticket. A ticket that is in nobody's hand is never in here.
    asleep: BTreeMap<u64, Waker>,
    /// How many were woken and have not looked yet.
    awake: usize,
    /// How many have been passed over too often; while there is one, newcomers wait.
    starving: usize,
    tickets_drawn: u64,
}

/// What a change of state leaves to do once the lock is released: wakers run code of
/// somebody else's, which may come straight back to this queue.
#[derive(Default)]
pub(crate) struct Wakes {
    first: Option<Waker>,
    rest: Vec<Waker>,
    retired: Option<Waker>,
}

impl Wakes {
    fn add(&mut self, waker: Waker) {
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.rest.push(waker);
        }
    }

    /// Wakes them, in the order they came. Call it without the lock.
    pub(crate) fn wake(self) {
        drop(self.retired);
        self.first.into_iter().chain(self.rest).for_each(Waker::wake);
    }
}

impl Waiters {
    /// How many stand in line, awake or asleep.
    pub(crate) fn len(&self) -> usize {
        self.asleep.len() + self.awake
    }

    /// Whether one that holds no place must take one rather than help itself.
    pub(crate) fn bars_newcomers(&self) -> bool {
        self.starving > 0
    }

    /// Goes to sleep: at the end of the line, or where it stood before.
    pub(crate) fn sleep(&mut self, place: &mut Option<Place>, waker: &Waker, wakes: &mut Wakes) {
        match place {
            None => {
                let ticket = self.tickets_drawn;
                self.tickets_drawn += 1;
                self.asleep.insert(ticket, waker.clone());
                *place = Some(Place { ticket, passed_over: 0 });
            }
            Some(place) => match self.asleep.get_mut(&place.ticket) {
                Some(known) if known.will_wake(waker) => {}
                Some(known) => wakes.retired = Some(std::mem::replace(known, waker.clone())),
                None => {
                    self.awake -= 1;
                    place.passed_over += 1;
                    if place.passed_over == PASSED_OVER_MAX {
                        self.starving += 1;
                    }
                    self.asleep.insert(place.ticket, waker.clone());
                }
            },
        }
    }

    /// Leaves the line: served, or no longer interested.
    pub(crate) fn leave(&mut self, place: Place, wakes: &mut Wakes) {
        match self.asleep.remove(&place.ticket) {
            Some(waker) => wakes.retired = Some(waker),
            None => self.awake -= 1,
        }
        if place.passed_over >= PASSED_OVER_MAX {
            self.starving -= 1;
        }
    }

    /// Sees to it that `wanted` of the line are awake, the longest waiting first.
    pub(crate) fn wake_up_to(&mut self, wanted: usize, wakes: &mut Wakes) {
        while self.awake < wanted {
            let Some((_, waker)) = self.asleep.pop_first() else {
                break;
            };
            self.awake += 1;
            wakes.add(waker);
        }
    }
}
