//! The classes of queues. A cell is for one of them; those of plain first in, first out have no word for it.

/// What kind of a queue a cell asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// First in, first out.
    Fifo,
    /// Last in, first out.
    Lifo,
    /// The greatest first.
    Priority,
    /// Full, it drops the oldest item.
    DropOldest,
    /// Full, it drops the newest item.
    DropNewest,
    /// Full, it gives the item back.
    Reject,
    /// For one thread.
    Local,
}

impl Class {
    /// The class that the name of a cell begins with, and what is left of the name.
    pub(crate) fn split(name: &str) -> (Self, &str) {
        let (first, rest) = name.split_once('/').unwrap_or((name, ""));
        let class = match first {
            "lifo" => Class::Lifo,
            "priority" => Class::Priority,
            "dropoldest" => Class::DropOldest,
            "dropnewest" => Class::DropNewest,
            "reject" => Class::Reject,
            "local" => Class::Local,
            _ => return (Class::Fifo, name),
        };
        (class, rest)
    }
}
