//! The bench's one clock.

use std::time::{Duration, Instant};

/// Now, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the world for the time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The processor time that this process has used, all threads together: on a machine with
/// neighbors it says what something costs, where the time that passed says how busy they are.
pub(crate) fn processor_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}

/// Lets `duration` pass. A bench watches other processes, which give no signal to wait for.
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
