//! Which calls are meddled with, and how.

use serde::{Deserialize, Serialize};

use super::call::Kind;

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) calls: Calls,
    pub(crate) at: At,
    pub(crate) does: Does,
}

/// Which calls count. All but the first look only at files below the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Calls {
    All,
    /// Whatever changes files or brings them to disk.
    Lasting,
    /// What needs room: writes, and making files longer or new.
    Writes,
    Syncs,
    Reads,
}

/// Which of those that count, the first being number 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum At {
    Number(u64),
    Every(u64),
}

/// What happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Does {
    /// The process is killed, and the call not made.
    Kill,
    /// The call is not made and returns this error.
    Fail(i32),
    /// A sync that fails as disks do: what it should have brought there is lost for good, and a
    /// later sync that succeeds does not change that.
    FailForGood(i32),
    /// A sync says that it is done, and was not: what no program can survive.
    Lie,
    /// Half of the bytes are moved.
    Halve,
    /// The call is made so many milliseconds later.
    Delay(u64),
}

/// Whose files a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    BelowTheRoot,
    Others,
}

impl Calls {
    pub(super) fn count(self, kind: Kind, files: Files) -> bool {
        let is_ours = files == Files::BelowTheRoot;
        match self {
            Calls::All => true,
            Calls::Lasting => is_ours && matches!(kind, Kind::Write | Kind::Sync | Kind::Entry),
            Calls::Writes => is_ours && kind == Kind::Write,
            Calls::Syncs => is_ours && kind == Kind::Sync,
            Calls::Reads => is_ours && kind == Kind::Read,
        }
    }
}

impl At {
    pub(super) fn is(self, number: u64) -> bool {
        match self {
            At::Number(wanted) => number == wanted,
            At::Every(step) => number.is_multiple_of(step),
        }
    }
}
