//! Any calls, in any order, on any kind of queue: it answers, counts, drops and wakes as the
//! reference model does.

#![no_main]

use forebay_fuzz::plan::Plan;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|plan: Plan| forebay_fuzz::operations::carry_out(plan));
