//! Who waits for room, with what they want to put.
//!
//! A put that has to wait leaves its item here, and the queue takes it as soon as there is room:
//! the producer is woken to learn that it was put, not to try again. So nobody is overtaken and
//! nobody is woken in vain. A `put_many` keeps its items in its caller's vector; it is woken when
//! it stands first and there is room, and those behind it wait until it has looked.
//!
//! Who comes while nobody waits stands at the door, as [consumers](super::waiters) do.

use std::task::Waker;

use super::line::{Line, Wakes, refresh};

/// The slot of whoever stands at the door.
const DOOR: u32 = u32::MAX;

/// What a producer waits with.
pub(crate) enum Load<T> {
    /// One item.
    One(T),
    /// Items that are elsewhere, the first of which weighs so much.
    Many(usize),
    /// Nothing any more: its item was put.
    Done,
}

impl<T> Load<T> {
    fn item(self) -> Option<T> {
        match self {
            Load::One(item) => Some(item),
            Load::Many(_) | Load::Done => None,
        }
    }
}

/// A producer's place; lives in its future.
#[derive(Debug)]
pub(crate) struct Spot {
    slot: u32,
}

/// The producers that wait, in line until their item is put.
pub(crate) struct Putters<T> {
    /// What whoever stands at the door waits with, until it goes.
    door: Option<Load<T>>,
    /// Its waker, while it sleeps.
    door_waker: Option<Waker>,
    /// How many wait for room, at the door and behind.
    standing: u32,
    /// Those who came while somebody waited; `None` as long as nobody has.
    behind: Option<Box<Line<Load<T>>>>,
}

impl<T> Putters<T> {
    pub(crate) const fn new() -> Self {
        Putters { door: None, door_waker: None, standing: 0, behind: None }
    }

    /// How many wait for room.
    #[inline]
    pub(crate) fn standing(&self) -> u32 {
        self.standing
    }

    /// Whether nobody waits, so that a newcomer may put at once.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.standing == 0
    }

    /// Stands last, with `load`.
    #[inline]
    pub(crate) fn come(&mut self, load: Load<T>, waker: &Waker) -> Spot {
        let waker = waker.clone();
        self.standing += 1;
        // Who has been at the door may not have gone yet.
        if self.standing == 1 && self.door.is_none() {
            (self.door, self.door_waker) = (Some(load), Some(waker));
            return Spot { slot: DOOR };
        }
        Spot { slot: self.behind().come(waker, load) }
    }

    /// Those behind the door, for one who is about to stand there or does.
    fn behind(&mut self) -> &mut Line<Load<T>> {
        self.behind.get_or_insert_with(first_behind)
    }

    fn load(&self, slot: u32) -> Option<&Load<T>> {
        match slot {
            DOOR => self.door.as_ref(),
            slot => self.behind.as_ref().map(|behind| behind.load(slot)),
        }
    }

    /// Whether its item was put while it slept.
    #[inline]
    pub(crate) fn is_done(&self, spot: &Spot) -> bool {
        matches!(self.load(spot.slot), Some(Load::Done))
    }

    /// The slot of whoever stands first.
    #[inline]
    fn first_slot(&self) -> Option<u32> {
        match self.door {
            _ if self.standing == 0 => None,
            Some(Load::One(_) | Load::Many(_)) => Some(DOOR),
            Some(Load::Done) | None => self.behind.as_ref()?.first(),
        }
    }

    /// What whoever stands first waits with.
    #[inline]
    pub(crate) fn first(&self) -> Option<&Load<T>> {
        self.load(self.first_slot()?)
    }

    /// Whether it is its turn.
    pub(crate) fn is_first(&self, spot: &Spot) -> bool {
        self.first_slot() == Some(spot.slot)
    }

    /// Sleeps on where it stands. A waker that is not needed any more is handed out, to be dropped
    /// without the lock.
    pub(crate) fn stay(&mut self, spot: &Spot, waker: &Waker) -> Option<Waker> {
        let known = match spot.slot {
            DOOR => &mut self.door_waker,
            slot => &mut self.behind().slot(slot).waker,
        };
        refresh(known, waker)
    }

    /// The same for one with many items, the first of which now weighs so much.
    pub(crate) fn stay_with(
        &mut self,
        spot: &Spot,
        first_weighs: usize,
        waker: &Waker,
    ) -> Option<Waker> {
        let load = Load::Many(first_weighs);
        match spot.slot {
            DOOR => self.door = Some(load),
            slot => self.behind().slot(slot).load = load,
        }
        self.stay(spot, waker)
    }

    /// Goes; its item [was put](Self::is_done).
    #[inline]
    pub(crate) fn go(&mut self, spot: Spot) {
        match spot.slot {
            DOOR => self.door = None,
            slot => self.behind().go(slot),
        }
    }

    /// Goes, and takes along an item that was not put. Its waker is handed out as above.
    pub(crate) fn leave(&mut self, spot: Spot) -> (Option<T>, Option<Waker>) {
        let (load, waker) = match spot.slot {
            DOOR => (self.door.take().unwrap_or(Load::Done), self.door_waker.take()),
            slot => {
                let behind = self.behind();
                let own = behind.slot(slot);
                let waker = own.waker.take();
                let load = std::mem::replace(&mut own.load, Load::Done);
                if !matches!(load, Load::Done) {
                    behind.step_out(slot);
                }
                behind.go(slot);
                (load, waker)
            }
        };
        self.standing -= u32::from(!matches!(load, Load::Done));
        (load.item(), waker)
    }

    /// Takes the item of whoever stands first, and the waker to tell it so. There is no item when
    /// the first has to look for itself, and nothing when nobody waits.
    #[inline]
    pub(crate) fn next(&mut self) -> (Option<T>, Option<Waker>) {
        match self.first_slot() {
            None => (None, None),
            Some(DOOR) => {
                let waker = self.door_waker.take();
                if matches!(self.door, Some(Load::Many(_))) {
                    return (None, waker);
                }
                self.standing -= 1;
                let load = self.door.replace(Load::Done);
                (load.and_then(Load::item), waker)
            }
            Some(slot) => self.next_behind(slot),
        }
    }

    fn next_behind(&mut self, first: u32) -> (Option<T>, Option<Waker>) {
        let behind = self.behind();
        let own = behind.slot(first);
        let waker = own.waker.take();
        if matches!(own.load, Load::Many(_)) {
            return (None, waker);
        }
        let load = std::mem::replace(&mut own.load, Load::Done);
        behind.step_out(first);
        self.standing -= 1;
        (load.item(), waker)
    }

    /// Wakes everybody who waits, to learn that there will be no room.
    pub(crate) fn wake_all(&mut self, wakes: &mut Wakes) {
        self.door_waker.take().into_iter().for_each(|waker| wakes.add(waker));
        if let Some(behind) = &mut self.behind {
            behind.wake_all(wakes);
        }
    }
}

/// Made when somebody waits behind somebody else for the first time.
#[cold]
fn first_behind<T>() -> Box<Line<Load<T>>> {
    Box::new(Line::new())
}
