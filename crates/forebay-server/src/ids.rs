//! Event ids: UUIDv7, rising within the process.
//!
//! An id is 48 bits of Unix milliseconds, a 42 bit counter and 32 random bits (RFC 9562, section
//! 6.2, method 1). Each millisecond the counter starts at a random value below half its range;
//! within a millisecond it counts. When the machine's clock is set back, the ids stay with the
//! latest time they have seen, so that a later event never has a smaller id.

use std::sync::{Mutex, PoisonError};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use uuid::{Builder, Uuid};

const COUNTER_BITS: u32 = 42;
const COUNTER_MAX: u64 = (1 << COUNTER_BITS) - 1;

/// Makes the ids of a process.
#[derive(Debug)]
pub(crate) struct Ids {
    next: Mutex<Next>,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { next: Mutex::new(Next { unix_ms: 0, counter: 0, random }) }
    }

    /// Calls `use_id` with `count` ids, each greater than every id before it.
    ///
    /// The ids of one call are neighbors: nobody else's id lies between them.
    pub(crate) fn take(&self, count: usize, unix_ms: i64, mut use_id: impl FnMut(Uuid)) {
        let unix_ms = u64::try_from(unix_ms).unwrap_or(0);
        // A panic in `use_id` leaves the state whole: it is written before the call.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..count {
            use_id(next.id(unix_ms));
        }
    }
}

#[derive(Debug)]
struct Next {
    /// The time inside the latest id; never goes back.
    unix_ms: u64,
    /// The counter inside the latest id.
    counter: u64,
    random: ChaCha8Rng,
}

impl Next {
    fn id(&mut self, unix_ms: u64) -> Uuid {
        if unix_ms > self.unix_ms {
            self.unix_ms = unix_ms;
            self.counter = self.random.next_u64() >> (64 - COUNTER_BITS + 1);
        } else if self.counter == COUNTER_MAX {
            // 2^41 ids in one millisecond: borrow the next one.
            self.unix_ms += 1;
            self.counter = 0;
        } else {
            self.counter += 1;
        }
        let random = self.random.next_u32();
        let tail = (u128::from(self.counter) << 32) | u128::from(random);
        Builder::from_unix_timestamp_millis(self.unix_ms, &layout(tail)).into_uuid()
    }
}

/// Spreads 74 bits over the ten bytes after the time, of which the first four bits (version) and
/// the two bits after the twelfth (variant) are not ours.
fn layout(tail: u128) -> [u8; 10] {
    let high = (tail >> 62) & 0x0fff;
    let low = tail & ((1 << 62) - 1);
    let bytes = ((high << 64) | low).to_be_bytes();
    let mut out = [0; 10];
    out.copy_from_slice(&bytes[6..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(ids: &Ids, count: usize, unix_ms: i64) -> Vec<Uuid> {
        let mut out = Vec::new();
        ids.take(count, unix_ms, |id| out.push(id));
        out
    }

    #[test]
    fn ids_rise_even_when_the_clock_goes_back() {
        let ids = Ids::new(7);
        let mut all = Vec::new();
        for unix_ms in [5_000, 5_000, 4_000, 5_001, 0, -3, 5_002] {
            all.extend(taken(&ids, 1_000, unix_ms));
        }
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_id_is_a_version_7_uuid_that_holds_its_time() {
        let id = taken(&Ids::new(1), 1, 1_700_000_000_123)[0];
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        let time = id.get_timestamp().expect("a version 7 id has a time");
        assert_eq!(time.to_unix(), (1_700_000_000, 123_000_000));
    }

    #[test]
    fn an_exhausted_counter_borrows_the_next_millisecond() {
        let random = ChaCha8Rng::seed_from_u64(3);
        let mut next = Next { unix_ms: 10, counter: COUNTER_MAX - 1, random };
        let last = next.id(10);
        let borrowed = next.id(10);
        assert!(last < borrowed);
        assert_eq!(borrowed.get_timestamp().expect("a time").to_unix().1, 11_000_000);
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(taken(&Ids::new(9), 5, 1), taken(&Ids::new(9), 5, 1));
        assert_ne!(taken(&Ids::new(9), 5, 1), taken(&Ids::new(8), 5, 1));
    }
}
