//! The head of a request: its form, its idempotency key, its signature.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| forebay_server::fuzz::head(bytes));
