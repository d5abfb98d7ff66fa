//! A value, an array or lines: cut into events, or refused with a place.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| forebay_server::fuzz::json(bytes));
