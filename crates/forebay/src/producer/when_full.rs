//! What a bounded queue does with a put when it is full.

/// What a bounded queue does when it is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WhenFull {
    /// `put` waits until its item is in, in the order the producers came; `try_put` answers
    /// [`Full`](crate::PutError::Full), also while others wait.
    #[default]
    Wait,
    /// Every put answers [`Full`](crate::PutError::Full) at once and gives the item back.
    Reject,
    /// The item being put is the newest: it goes to `on_drop`, and the put succeeds.
    DropNewest,
    /// The item that was put longest ago goes to `on_drop` and makes room, whatever the
    /// order items are got in. On a priority queue this looks at every item.
    DropOldest,
}
