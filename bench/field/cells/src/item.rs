//! What goes through the queues.

/// A numbered item. The numbers are added up at the other end, so that nothing can get lost unseen.
pub trait Item: Clone + Default + Send + Sync + Unpin + 'static {
    /// The item with `number`.
    fn numbered(number: u64) -> Self;

    /// Its number.
    fn number(&self) -> u64;
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
