//! Who waits for an item, or for everything to be finished.
//!
//! Waking is by number: the queue says how many should be awake, this file knows who is next.
//! Being woken and finding nothing puts one back where one stood. Nothing here touches an item,
//! so dropping a waiter can lose none.
//!
//! Who comes while nobody waits stands *at the door*, beside the state: most queues have one
//! consumer, and its going to sleep, being woken and leaving touch nothing else. Everybody else
//! came later and stands behind, in a [line](super::line).

use std::task::Waker;

use super::line::{Line, Wakes, refresh};

/// After being woken in vain this often, a waiter bars newcomers until it is served.
/// Low enough that nobody starves, high enough that a busy consumer is not forced to
/// switch tasks for every item.
const PASSED_OVER_MAX: u32 = 16;

/// The slot of whoever stands at the door.
const DOOR: u32 = u32::MAX;

/// A waiter's place in the line; lives in its future.
#[derive(Debug)]
pub(crate) struct Place {
    slot: u32,
    /// How often it was woken and found nothing.
    passed_over: u32,
}

/// Those who sleep stand in line; those who were woken have stepped out, to look.
pub(crate) struct Waiters {
    /// The waker of whoever stands at the door, while it sleeps.
    door: Option<Waker>,
    /// How many sleep, at the door and behind.
    asleep: u32,
    /// How many were woken and have not looked yet.
    awake: u32,
    /// How many have been passed over too often; while there is one, newcomers wait.
    starving: u32,
    /// Those who came while somebody waited; `None` as long as nobody has.
    behind: Option<Box<Line<()>>>,
}

impl Waiters {
    pub(crate) const fn new() -> Self {
        Waiters { door: None, asleep: 0, awake: 0, starving: 0, behind: None }
    }

    /// How many wait, awake or asleep.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        (self.asleep + self.awake) as usize
    }

    /// How many could be woken.
    #[inline]
    pub(crate) fn asleep(&self) -> u32 {
        self.asleep
    }

    /// Whether as many are awake as `wanted`, or everybody is.
    #[inline]
    pub(crate) fn has_awake(&self, wanted: usize) -> bool {
        self.asleep == 0 || self.awake as usize >= wanted
    }

    /// Whether one that holds no place must take one rather than help itself.
    #[inline]
    pub(crate) fn bars_newcomers(&self) -> bool {
        self.starving > 0
    }

    /// Goes to sleep: at the end of the line, or where it stood before. A waker that is not needed
    /// any more is handed out, to be dropped without the lock.
    #[inline]
    pub(crate) fn sleep(&mut self, place: &mut Option<Place>, waker: &Waker) -> Option<Waker> {
        match place {
            Some(place) => return self.sleep_on(place, waker),
            None if self.len() == 0 => *place = Some(self.sleep_at_door(waker)),
            None => {
                let slot = self.behind().come(waker.clone(), ());
                self.asleep += 1;
                *place = Some(Place { slot, passed_over: 0 });
            }
        }
        None
    }

    /// Goes to sleep at the door, where [nobody waits](Self::len).
    #[inline]
    pub(crate) fn sleep_at_door(&mut self, waker: &Waker) -> Place {
        self.door = Some(waker.clone());
        self.asleep += 1;
        Place { slot: DOOR, passed_over: 0 }
    }

    /// Whether it stands at the door and was woken.
    #[inline]
    pub(crate) fn is_up_at_door(&self, place: &Place) -> bool {
        place.slot == DOOR && self.door.is_none()
    }

    /// Whether somebody sleeps at the door, and nobody is awake.
    #[inline]
    pub(crate) fn is_quiet_at_door(&self) -> bool {
        self.door.is_some() && self.awake == 0
    }

    /// Goes to sleep where it stood before.
    #[inline(never)]
    fn sleep_on(&mut self, place: &mut Place, waker: &Waker) -> Option<Waker> {
        let own = self.waker_of(place.slot);
        let was_awake = own.is_none();
        let retired = refresh(own, waker);
        if was_awake {
            self.awake -= 1;
            self.asleep += 1;
            place.passed_over += 1;
            self.starving += u32::from(place.passed_over == PASSED_OVER_MAX);
            if place.slot != DOOR {
                self.behind().step_in(place.slot);
            }
        }
        retired
    }

    /// Those behind the door, for one who is about to stand there or does.
    #[inline]
    fn behind(&mut self) -> &mut Line<()> {
        self.behind.get_or_insert_with(first_behind)
    }

    fn waker_of(&mut self, slot: u32) -> &mut Option<Waker> {
        match slot {
            DOOR => &mut self.door,
            slot => &mut self.behind().slot(slot).waker,
        }
    }

    /// Goes: served, or no longer interested. Its waker is handed out as above.
    pub(crate) fn leave(&mut self, place: Place) -> Option<Waker> {
        let retired = self.waker_of(place.slot).take();
        if retired.is_some() {
            if place.slot != DOOR {
                self.behind().step_out(place.slot);
            }
            self.asleep -= 1;
            self.awake += 1;
        }
        self.go(place);
        retired
    }

    /// Whether it was woken and has not looked yet.
    #[inline]
    pub(crate) fn is_awake(&self, place: &Place) -> bool {
        match place.slot {
            DOOR => self.door.is_none(),
            slot => self.behind.as_ref().is_some_and(|behind| behind.is_out(slot)),
        }
    }

    /// Goes, served, after it [was woken](Self::is_awake).
    #[inline]
    pub(crate) fn go(&mut self, place: Place) {
        self.awake -= 1;
        self.starving -= u32::from(place.passed_over >= PASSED_OVER_MAX);
        if place.slot != DOOR {
            self.behind().go(place.slot);
        }
    }

    /// Takes the waker of whoever has waited longest, if fewer than `wanted` are awake.
    #[inline]
    pub(crate) fn wake_next(&mut self, wanted: usize) -> Option<Waker> {
        if self.has_awake(wanted) {
            return None;
        }
        self.asleep -= 1;
        self.awake += 1;
        self.door.take().or_else(|| self.behind().wake_first())
    }

    /// Sees to it that `wanted` are awake, the longest waiting first.
    pub(crate) fn wake_up_to(&mut self, wanted: usize, wakes: &mut Wakes) {
        while let Some(waker) = self.wake_next(wanted) {
            wakes.add(waker);
        }
    }
}

/// Made when somebody waits behind somebody else for the first time.
#[cold]
fn first_behind() -> Box<Line<()>> {
    Box::new(Line::new())
}
