//! What the fuzzer's targets are made of: bytes become a plan, the plan is carried out on a queue
//! and on the reference model alike, and the fuzzer looks for bytes that tell the two apart.

#![forbid(unsafe_code)]

// From bytes to calls.
pub mod plan;

// The queue under them.
pub mod handles;
pub mod parcel;

// What comes from outside.
pub mod outside;

// One after the other.
pub mod operations;
