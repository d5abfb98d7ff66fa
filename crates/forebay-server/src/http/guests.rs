//! Who is connected, and how they are told to go.
//!
//! There is a seat for each connection. When all are taken, the connection that has been silent
//! longest, never having asked for anything, gives its seat to the newcomer: a crowd that says nothing,
//! or little, cannot keep out those who have something to send.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use atomic_waker::AtomicWaker;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// From so many on, or half of the seats, what a connection takes while it rests matters more than the tenth that
/// it costs a busy one to be taken back each time.
const CROWD: u64 = 1024;

/// What a connection is told to do; only ever raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Told {
    /// Go on.
    Stay,
    /// End when the request in flight is answered.
    Finish,
    /// End now.
    Leave,
}

/// The list of everybody who is connected.
#[derive(Debug)]
pub(crate) struct Guests {
    seats: Arc<Semaphore>,
    seats_max: u32,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    next: u64,
    /// Those who have not asked for anything, in the order they came.
    silent: BTreeMap<u64, Arc<Guest>>,
    talking: HashMap<u64, Arc<Guest>>,
}

#[derive(Debug)]
struct Guest {
    told: AtomicU8,
    waker: AtomicWaker,
}

impl Guest {
    fn tell(&self, told: Told) {
        // Ordering: Release, pairs with the Acquire in `Seat::told`; the waker has its own.
        self.told.fetch_max(told as u8, Ordering::Release);
        self.waker.wake();
    }
}

impl Guests {
    pub(crate) fn new(seats_max: u32) -> Arc<Self> {
        let seats = Arc::new(Semaphore::new(seats_max as usize));
        Arc::new(Self { seats, seats_max, list: Mutex::default() })
    }

    /// Gives a seat to a newcomer; `None` when all are taken by guests who have spoken.
    ///
    /// # Cancel safety
    /// Nobody is seated when the future is dropped; a silent guest may have been told to leave.
    pub(super) async fn seat(self: &Arc<Self>) -> Option<Seat> {
        let permit = match Arc::clone(&self.seats).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                self.dismiss_silent()?;
                Arc::clone(&self.seats).acquire_owned().await.ok()?
            }
        };
        let guest =
            Arc::new(Guest { told: AtomicU8::new(Told::Stay as u8), waker: AtomicWaker::new() });
        let mut list = self.list();
        list.next += 1;
        let id = list.next;
        list.silent.insert(id, Arc::clone(&guest));
        drop(list);
        Some(Seat { id, guest, guests: Arc::clone(self), permit: Some(permit) })
    }

    /// Tells the guest that has been silent longest to leave; `None` when there is none.
    pub(super) fn dismiss_silent(&self) -> Option<()> {
        let (_, silent) = self.list().silent.pop_first()?;
        silent.tell(Told::Leave);
        Some(())
    }

    /// How many are connected.
    pub(crate) fn seated(&self) -> u64 {
        u64::from(self.seats_max) - self.seats.available_permits() as u64
    }

    /// Tells everybody.
    pub(super) fn tell_all(&self, told: Told) {
        let list = self.list();
        for guest in list.silent.values().chain(list.talking.values()) {
            guest.tell(told);
        }
    }

    /// Waits until nobody is connected any more.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(super) async fn all_left(&self) {
        // The semaphore is never closed, so there is no error to see.
        let _all = self.seats.acquire_many(self.seats_max).await;
    }

    fn list(&self) -> MutexGuard<'_, List> {
        // Nothing panics while the list is locked.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place on the list; dropping it frees the seat.
#[derive(Debug)]
pub(super) struct Seat {
    id: u64,
    guest: Arc<Guest>,
    guests: Arc<Guests>,
    /// Taken only when it is dropped.
    permit: Option<OwnedSemaphorePermit>,
}

impl Seat {
    /// Notes that this guest has asked for something.
    pub(super) fn speaks(&self) {
        let mut list = self.guests.list();
        // Not there any more when it was just told to leave: then it stays off the list.
        if let Some(guest) = list.silent.remove(&self.id) {
            list.talking.insert(self.id, guest);
        }
    }

    /// Whether there are many guests.
    pub(super) fn is_in_crowd(&self) -> bool {
        self.guests.seated() >= CROWD.min(u64::from(self.guests.seats_max) / 2)
    }

    /// What this guest is told now; a later change wakes `waker`.
    pub(super) fn told(&self, waker: &Waker) -> Told {
        self.guest.waker.register(waker);
        // Ordering: Acquire, pairs with the Release in `Guest::tell`. Read after registering, so
        // that a change in between is either seen here or wakes.
        match self.guest.told.load(Ordering::Acquire) {
            0 => Told::Stay,
            1 => Told::Finish,
            _ => Told::Leave,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // First the seat, then the list: the other way about, a newcomer between the two would
        // find no seat and nobody to give one up.
        self.permit.take();
        let mut list = self.guests.list();
        list.silent.remove(&self.id);
        list.talking.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_silent_guest_gives_its_seat_to_a_newcomer() {
        let guests = Guests::new(2);
        let first = guests.seat().await.expect("a free seat");
        let second = guests.seat().await.expect("a free seat");
        let waiting = tokio::spawn({
            let guests = Arc::clone(&guests);
            async move { guests.seat().await }
        });
        while first.told(Waker::noop()) == Told::Stay {
            tokio::task::yield_now().await;
        }
        assert_eq!(first.told(Waker::noop()), Told::Leave);
        assert_eq!(second.told(Waker::noop()), Told::Stay);
        drop(first);
        assert!(waiting.await.expect("no panic").is_some());
        assert_eq!(guests.seated(), 1);
    }

    #[tokio::test]
    async fn those_who_have_spoken_keep_their_seats() {
        let guests = Guests::new(1);
        let talking = guests.seat().await.expect("a free seat");
        talking.speaks();
        assert!(guests.seat().await.is_none());
        assert_eq!(talking.told(Waker::noop()), Told::Stay);
        drop(talking);
        assert!(guests.seat().await.is_some());
    }

    #[tokio::test]
    async fn everybody_is_told_and_waited_for() {
        let guests = Guests::new(3);
        let silent = guests.seat().await.expect("a free seat");
        let talking = guests.seat().await.expect("a free seat");
        talking.speaks();
        guests.tell_all(Told::Finish);
        assert_eq!(silent.told(Waker::noop()), Told::Finish);
        assert_eq!(talking.told(Waker::noop()), Told::Finish);
        assert_eq!(guests.seated(), 2);
        drop((silent, talking));
        guests.all_left().await;
        assert_eq!(guests.seated(), 0);
    }
}
