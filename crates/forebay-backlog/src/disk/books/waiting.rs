//! Who waits for something to do: nobody is woken who does not, or for nothing.

use super::Books;

/// One of those who do the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::disk) enum Role {
    Writer,
    Reader,
    Keeper,
    Herald,
}

impl Role {
    pub(in crate::disk) const ALL: [Role; 4] =
        [Role::Writer, Role::Reader, Role::Keeper, Role::Herald];
}

/// Who waits, by role.
#[derive(Debug, Default)]
pub(super) struct Waiting([bool; Role::ALL.len()]);

impl Books {
    /// Whether there is something to do for one of them.
    pub(in crate::disk) fn has_something_for(&self, role: Role) -> bool {
        match role {
            Role::Writer => self.has_work() && self.gathering.len() >= self.expected,
            Role::Reader => self.fault.is_none() && self.reads().is_some(),
            Role::Keeper => self.has_chores,
            Role::Herald => self.has_news(),
        }
    }

    /// Whether there will never be anything more for one of them.
    pub(in crate::disk) fn is_over_for(&self, role: Role) -> bool {
        match role {
            // What was written before the end is still answered.
            Role::Herald => self.is_over && self.is_written && !self.has_news(),
            Role::Writer | Role::Reader | Role::Keeper => self.is_over,
        }
    }

    /// Whether one of them has to wait until it is called.
    pub(in crate::disk) fn goes_on_waiting(&mut self, role: Role) -> bool {
        let waits = !self.has_something_for(role) && !self.is_over_for(role);
        self.waiting.0[role as usize] = waits;
        waits
    }

    /// The writer is not called before there are so many groups.
    pub(in crate::disk) fn expect(&mut self, groups: usize) {
        self.expected = groups;
    }

    /// Those who wait and have something to do, or nothing ever again; they are taken to wait no more.
    pub(in crate::disk) fn call(&mut self) -> [bool; Role::ALL.len()] {
        Role::ALL.map(|role| {
            let is_called = self.waiting.0[role as usize]
                && (self.has_something_for(role) || self.is_over_for(role));
            self.waiting.0[role as usize] &= !is_called;
            is_called
        })
    }
}
