//! What goes through the queues.

use std::cmp::Ordering;

/// A numbered item. The numbers are added up at the other end, so that nothing can get lost unseen.
pub trait Item: Clone + Default + Send + Sync + Unpin + 'static {
    /// The item with `number`.
    fn numbered(number: u64) -> Self;

    /// Its number.
    fn number(&self) -> u64;

    /// What a priority queue goes by.
    fn priority(&self) -> u32 {
        0
    }
}

/// An item that is greater the higher its priority is, whatever its number.
pub trait Prioritized: Item + Ord {
    /// The item with these two.
    fn of_parts(number: u32, priority: u32) -> Self;

    /// Its number and its priority.
    fn parts(&self) -> (u32, u32);
}

impl Item for u64 {
    fn numbered(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

/// An item of 256 bytes.
#[derive(Debug, Clone, Default)]
pub struct Wide([u64; 32]);

impl Item for Wide {
    fn numbered(number: u64) -> Self {
        Wide([number; 32])
    }

    /// Both ends of it are looked at: half an item would have the wrong number.
    fn number(&self) -> u64 {
        (self.0[0] / 2).wrapping_add(self.0[31] - self.0[31] / 2)
    }
}

/// An item of 8 bytes with a priority that looks drawn by lot but follows from the number, so that every queue in every
/// round has to sort the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ranked {
    number: u32,
    priority: u32,
}

/// What the lot depends on.
const SEED: u32 = 0x5eed_0bee;
/// So many that of the items of a spike some are equal and most are not.
const PRIORITIES: u32 = 1 << 20;

impl Item for Ranked {
    /// The priority is the number, stirred (the last step of MurmurHash3).
    #[inline(always)]
    fn numbered(number: u64) -> Self {
        let number = number as u32;
        let mut mixed = number ^ SEED;
        mixed = (mixed ^ (mixed >> 16)).wrapping_mul(0x85eb_ca6b);
        mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
        Self { number, priority: (mixed ^ (mixed >> 16)) % PRIORITIES }
    }

    fn number(&self) -> u64 {
        self.number.into()
    }

    fn priority(&self) -> u32 {
        self.priority
    }
}

impl Prioritized for Ranked {
    #[inline(always)]
    fn of_parts(number: u32, priority: u32) -> Self {
        Self { number, priority }
    }

    #[inline(always)]
    fn parts(&self) -> (u32, u32) {
        (self.number, self.priority)
    }
}

impl Ord for Ranked {
    #[inline(always)]
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority.cmp(&other.priority)
    }
}

impl PartialOrd for Ranked {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.priority == other.priority
    }
}

impl Eq for Ranked {}
