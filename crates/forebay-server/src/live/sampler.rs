//! The task that looks, some times a second, as long as there is somebody or something to look for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::disk::{self, Disk};
use super::{Live, Seen};

/// Five looks a second: a change is seen before one asks whether it has come.
const SAMPLE_EVERY: Duration = Duration::from_millis(200);

/// The size of the files is looked at every tenth time.
const DISK_EVERY: u32 = 10;

/// The running task; dropping it ends it.
///
/// It falls asleep in two steps: it says that it sleeps, then looks once more. Whoever changes
/// something changes it first, then looks whether it sleeps. Both sides are sequentially
/// consistent, so one of them sees the other, and no change is slept through.
#[derive(Debug)]
pub(crate) struct Sampler(JoinHandle<()>);

impl Sampler {
    pub(crate) fn start(live: Arc<Live>, files: Option<disk::Files>) -> Self {
        Self(tokio::spawn(run(live, files)))
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run(live: Arc<Live>, files: Option<disk::Files>) {
    let mut looks: u32 = 0;
    loop {
        if live.is_viewed() && looks.is_multiple_of(DISK_EVERY) {
            let disk = measure(files.as_ref()).await;
            live.memory().disk = disk;
        }
        looks = looks.wrapping_add(1);
        if live.look() == Seen::Change || live.is_viewed() {
            tokio::time::sleep(SAMPLE_EVERY).await;
        } else {
            sleep(&live).await;
            looks = 0;
        }
    }
}

async fn sleep(live: &Live) {
    // Ordering: SeqCst, see above.
    live.is_asleep.store(true, Ordering::SeqCst);
    if live.look() == Seen::Same && !live.is_viewed() {
        tokio::select! {
            () = live.bell.notified() => {}
            () = live.report.moved() => {}
        }
    }
    live.is_asleep.store(false, Ordering::SeqCst);
}

async fn measure(files: Option<&disk::Files>) -> Option<Disk> {
    let files = files?.clone();
    // The file system may be slow. A look at it does not panic.
    tokio::task::spawn_blocking(move || files.measure()).await.ok().flatten()
}
