//! A backlog on disk whose log says something else than what was written, with checksums that are right.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| forebay_backlog::disk::fuzz::log(bytes));
