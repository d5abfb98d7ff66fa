//! What the crate locks with. The queue's own models take loom's lock for it, which promises
//! the same; the biased lock has models of its own, beside it.

pub(crate) use std::sync::{Arc, Weak};

#[cfg_attr(forebay_loom, allow(dead_code, reason = "its models use it, the queue does not"))]
mod biased;

mod barrier;
#[cfg_attr(forebay_loom, allow(dead_code, reason = "as above"))]
mod habits;
mod parts;
mod pause;
mod presence;

pub(crate) use pause::is_one_core;

#[cfg(not(forebay_loom))]
pub(crate) use biased::{Guard, Lock};

#[cfg(forebay_loom)]
mod modeled;
#[cfg(forebay_loom)]
pub(crate) use modeled::{Guard, Lock};
