//! An event, as a row of columns of every type.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| forebay_server::fuzz::columns(bytes));
