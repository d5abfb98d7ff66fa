//! The simulator's promises, each file one of them: theory, tables, repetition, refusals.

#[path = "main/held.rs"]
mod held;

#[path = "main/bad_input.rs"]
mod bad_input;
#[path = "main/chance.rs"]
mod chance;
#[path = "main/full_queue.rs"]
mod full_queue;
#[path = "main/hysteresis.rs"]
mod hysteresis;
#[path = "main/many_servers.rs"]
mod many_servers;
#[path = "main/one_server.rs"]
mod one_server;
#[path = "main/replay.rs"]
mod replay;
#[path = "main/same_seed.rs"]
mod same_seed;
#[path = "main/sink.rs"]
mod sink;
#[path = "main/two_loops.rs"]
mod two_loops;
#[path = "main/verdict.rs"]
mod verdict;
