//! `cargo xtask tsan`: the queue's tests under ThreadSanitizer, which follows every access to
//! memory on every thread and reports two that nothing orders.
//!
//! **What it sees of the queue's lock.** Everything that hands data over: who comes in acquires
//! what who went out released, on the flag that shows who is inside, biased or not. What it does
//! not see is the barrier in every thread (`sync/barrier.rs`), which decides only *what* the two
//! read of each other; the queue does use it here, and a lock that let two in at once would be
//! reported for what they do there. That it never does is for the models to show.
//!
//! **What it sees of the standard library** depends on the machine. With its source (`rust-src`)
//! the library is built along and followed too. Without, it is the one that came with the
//! compiler: what waits in its mutexes and channels, and the last owner of an `Arc`, order things
//! that look like races then. `suppressions.txt` names them.
//!
//! **What is left out**: tests that stay on one thread and take long, those under other runtimes,
//! whose own tests are theirs, and the examples, which are programs of their own.

use std::path::{Path, PathBuf};

use crate::command::{nightly, output, run as run_command, target_of};
use crate::failure::{Failure, no_arguments};

const GET_NIGHTLY: &str = "there is no nightly toolchain on this machine; this gets it:\n    \
    rustup toolchain install nightly --profile minimal --component rust-src";

const NO_SOURCE: &str = "the standard library's source is not on this machine, so the library itself \
    is not looked at;\nthis gets it: rustup component add rust-src --toolchain nightly";

/// With `forebay_tsan` a presence of the lock's is never handed from thread to thread: what orders
/// that is a mutex of the library's.
const AROUND_THE_LIBRARY: &str =
    "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg forebay_tsan";

const SUPPRESSIONS: &str = "xtask/src/tsan/suppressions.txt";

/// Parts of the test program; see above.
const LEFT_OUT: [&str; 5] = ["conformance::", "examples::", "local::", "memory::", "runtimes::"];

/// Which standard library the tests are built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Library {
    /// Built along, and followed.
    Built,
    /// As it came with the compiler.
    Shipped,
}

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let Some((host, library)) = machine() else {
        return Err(Failure::failed(GET_NIGHTLY));
    };
    let mut command = nightly("cargo", &["test", "--package", "forebay", "--locked"]);
    command.args(["--lib", "--test", "main", "--target", &host]);
    command.env("CARGO_TARGET_DIR", target_of("tsan"));
    match library {
        Library::Built => command.arg("-Zbuild-std").env("RUSTFLAGS", "-Zsanitizer=thread"),
        Library::Shipped => {
            println!("{NO_SOURCE}");
            command.env("RUSTFLAGS", AROUND_THE_LIBRARY).env("TSAN_OPTIONS", suppressing()?)
        }
    };
    // One test after the other: what the runner's threads do beside each other is none of ours.
    command.args(["--", "--test-threads=1"]);
    run_command(command.args(LEFT_OUT.iter().flat_map(|part| ["--skip", part])))
}

/// What this machine is, and which library it can build with; nothing without a nightly compiler.
fn machine() -> Option<(String, Library)> {
    let about = output(&mut nightly("rustc", &["-vV"])).ok()?;
    let sysroot = output(&mut nightly("rustc", &["--print", "sysroot"])).ok()?;
    Some((host_in(&about)?.to_owned(), library_in(Path::new(sysroot.trim()))))
}

fn host_in(about: &str) -> Option<&str> {
    about.lines().find_map(|line| line.strip_prefix("host: "))
}

fn library_in(sysroot: &Path) -> Library {
    match sysroot.join("lib/rustlib/src/rust/library/std").is_dir() {
        true => Library::Built,
        false => Library::Shipped,
    }
}

/// The whole path: the tests run in a folder of their own.
fn suppressing() -> Result<String, Failure> {
    let here: PathBuf = std::env::current_dir()
        .map_err(|error| Failure::failed(format!("cannot tell the current folder: {error}")))?;
    Ok(format!("suppressions={}", here.join(SUPPRESSIONS).display()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Library, SUPPRESSIONS, host_in, library_in};

    #[test]
    fn the_host_is_read_from_what_the_compiler_says_of_itself() {
        let about = "rustc 1.97.0-nightly\nbinary: rustc\nhost: aarch64-apple-darwin\nLLVM: 22";
        assert_eq!(host_in(about), Some("aarch64-apple-darwin"));
        assert_eq!(host_in("rustc 1.97.0-nightly"), None);
    }

    #[test]
    fn without_the_source_the_shipped_library_is_used() {
        assert_eq!(library_in(Path::new("no/such/folder")), Library::Shipped);
    }

    #[test]
    fn the_suppressions_are_where_they_are_looked_for() {
        assert!(Path::new("..").join(SUPPRESSIONS).is_file());
    }
}
