//! The one place here that asks the world for the time, and lets some pass.

use std::time::{Duration, Instant, SystemTime};

/// The time, for measuring what passes.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the crate")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The day, as `2026-11-24`.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the crate")]
pub(crate) fn today() -> String {
    let now = jiff::Timestamp::try_from(SystemTime::now());
    let now = now.map_or_else(|_| String::new(), |now| now.to_string());
    now.chars().take_while(|letter| *letter != 'T').collect()
}

/// Lets time pass.
#[expect(clippy::disallowed_methods, reason = "what is tormented gives no signal")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Looks again and again until it is so, or this time has passed; says whether it is.
pub(crate) fn comes_true(within: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    const BETWEEN: Duration = Duration::from_millis(5);
    let began = now();
    while !is_so() {
        if began.elapsed() > within {
            return false;
        }
        pause(BETWEEN);
    }
    true
}
