//! A CloudEvent in each mode: attributes that are complete, data that is JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| forebay_server::fuzz::cloud_event(bytes));
