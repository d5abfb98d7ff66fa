//! gzip and zstd: the same however they are cut, and never beyond the limit.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| forebay_server::fuzz::packed(bytes));
