//! CSV with a header: objects of strings, each with its line.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| forebay_server::fuzz::csv(bytes));
