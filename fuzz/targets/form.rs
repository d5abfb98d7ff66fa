//! A form: one object of strings.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| forebay_server::fuzz::form(bytes));
