//! Which half of the way of an event a process has.

use std::fmt;
use std::str::FromStr;

/// Which half of the way of an event a process has, where several share a backlog.
///
/// # Examples
/// ```
/// use forebay_server::Role;
///
/// assert_eq!("ingest".parse(), Ok(Role::Ingest));
/// assert!("boss".parse::<Role>().is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// It takes events in, and leaves them to others. It knows no sink.
    Ingest,
    /// It brings events into the sink, and takes none in.
    Consume,
    /// Both.
    #[default]
    Both,
}

impl Role {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Consume => "consume",
            Self::Both => "both",
        }
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ingest" => Ok(Self::Ingest),
            "consume" => Ok(Self::Consume),
            "both" => Ok(Self::Both),
            _ => Err(RoleError),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Says which roles there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleError;

impl fmt::Display for RoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("none of ingest, consume and both")
    }
}

impl std::error::Error for RoleError {}
