//! A memory barrier in every thread of the process, paid by the one who asks for it.
//!
//! Linux's `membarrier(2)`, private expedited: it returns when each thread that was running has
//! executed a full barrier. Where there is none, nobody gets a lock by bias.

use std::sync::atomic::{AtomicU8, Ordering};

const UNKNOWN: u8 = 0;
const HERE: u8 = 1;
const MISSING: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// Whether [`everywhere`] can be called. The first call registers the process, for which the
/// kernel may wait until every thread has passed by the scheduler.
pub(super) fn is_here() -> bool {
    // Ordering: relaxed; whoever sees `HERE` early or late only calls `register` once more or
    // less, and the kernel counts nothing.
    match STATE.load(Ordering::Relaxed) {
        UNKNOWN => {
            let state = if register() { HERE } else { MISSING };
            STATE.store(state, Ordering::Relaxed);
            state == HERE
        }
        state => state == HERE,
    }
}

#[cfg(all(target_os = "linux", not(miri), not(forebay_loom)))]
fn register() -> bool {
    command(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
}

/// Has every running thread of the process execute a full memory barrier.
///
/// # Panics
/// When [`is_here`] has not said yes.
#[cfg(all(target_os = "linux", not(miri), not(forebay_loom)))]
pub(super) fn everywhere() {
    let done = command(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    assert!(done, "membarrier was registered, so the kernel carries it out");
}

#[cfg(all(target_os = "linux", not(miri), not(forebay_loom)))]
#[expect(unsafe_code, reason = "a system call")]
fn command(command: libc::c_int) -> bool {
    // SAFETY: membarrier takes two more integers and touches no memory of ours.
    let answer = unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) };
    answer == 0
}

#[cfg(forebay_loom)]
fn register() -> bool {
    true
}

/// In a model, a full fence: the owner has one of its own then, see `parts`.
#[cfg(forebay_loom)]
pub(super) fn everywhere() {
    loom::sync::atomic::fence(Ordering::SeqCst);
}

#[cfg(all(any(not(target_os = "linux"), miri), not(forebay_loom)))]
fn register() -> bool {
    false
}

#[cfg(all(any(not(target_os = "linux"), miri), not(forebay_loom)))]
pub(super) fn everywhere() {
    unreachable!("nobody is biased where there is no barrier");
}
