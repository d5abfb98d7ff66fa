//! How many connections the process can have open.

use std::num::NonZeroU32;

/// What else needs a descriptor: the databases, their journals, the runtime, the standard streams.
const OTHERS: u32 = 128;

/// Lowers `wanted` connections to what the process may open, after raising that limit as far as
/// is needed and allowed.
#[cfg(unix)]
pub(crate) fn room_for(wanted: u32) -> NonZeroU32 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let needed = u64::from(wanted) + u64::from(OTHERS);
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    let mut open_max = limit.current.unwrap_or(u64::MAX);
    if open_max < needed && open_max < allowed {
        let raised = needed.min(allowed);
        let limit = Rlimit { current: Some(raised), maximum: limit.maximum };
        if setrlimit(Resource::Nofile, limit).is_ok() {
            open_max = raised;
        }
    }
    let room = fitting(wanted, open_max);
    if room.get() < wanted {
        tracing::warn!(
            wanted,
            room,
            open_max,
            "the limit of open files allows fewer connections than configured"
        );
    }
    room
}

/// Trusts the configuration where there is no such limit.
#[cfg(not(unix))]
pub(crate) fn room_for(wanted: u32) -> NonZeroU32 {
    fitting(wanted, u64::MAX)
}

fn fitting(wanted: u32, open_max: u64) -> NonZeroU32 {
    let room = open_max.saturating_sub(u64::from(OTHERS)).max(open_max / 2);
    let room = u64::from(wanted).min(room);
    u32::try_from(room).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_everything_else() {
        for (wanted, open_max, room) in [
            (8192, 20_000, 8192),
            (8192, 8192, 8192 - 128),
            (8192, 1024, 1024 - 128),
            (8192, 100, 50),
            (8192, u64::MAX, 8192),
            (1, 0, 1),
        ] {
            assert_eq!(fitting(wanted, open_max).get(), room, "{wanted} within {open_max}");
        }
    }
}
