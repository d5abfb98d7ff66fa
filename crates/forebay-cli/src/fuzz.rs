//! The file of settings under the fuzzer: `fuzz/Cargo.toml` makes a program of this file, since what
//! reads settings is in no library.

#![no_main]
#![allow(
    dead_code,
    unused_imports,
    reason = "most of what stands beside the settings is for the program"
)]

#[path = "settings/held.rs"]
mod held;
mod outcome;
mod output;
mod settings;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| held::hold(bytes));
