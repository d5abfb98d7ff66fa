//! The longest of ten million puts, while the consumer does not move: it has asked for an item, was woken by the first
//! put, and never runs again.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use crate::block_on::ready;
use crate::clock;
use crate::item::Item;
use crate::queue::{Awaited, Put};

const PUTS: u64 = 10_000_000;

/// The longest put, in microseconds, and what the machine itself does to a thread meanwhile: the longest write of as many
/// numbers into memory that nobody has touched, and the longest time between two looks at the clock with nothing between
/// them.
pub(crate) fn longest<Q: Awaited<T>, T: Item>() -> Result<Vec<(&'static str, f64)>, String> {
    let (mut producer, mut consumer) = Q::open(usize::MAX);
    let mut stopped = pin!(Q::get(&mut consumer));
    if stopped.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
        return Err("a get from an empty queue was ready".to_owned());
    }
    let longest = longest_of(PUTS, |number| {
        assert!(ready(Q::put(&mut producer, T::numbered(number))).is_put(), "a put was refused");
    });
    let mut fresh = Vec::with_capacity(PUTS as usize);
    let write = longest_of(PUTS, |number| fresh.push(number));
    black_box(fresh);
    let nothing = longest_of(PUTS, |_| {});
    let us = |duration: Duration| duration.as_nanos() as f64 / 1000.0;
    Ok(vec![
        ("longest_put_us", us(longest)),
        ("longest_write_us", us(write)),
        ("longest_nothing_us", us(nothing)),
    ])
}

/// One look at the clock a step: the end of one is the start of the next.
fn longest_of(count: u64, mut step: impl FnMut(u64)) -> Duration {
    let (mut longest, mut before) = (Duration::ZERO, clock::now());
    for number in 0..count {
        step(number);
        let after = clock::now();
        longest = longest.max(after - before);
        before = after;
    }
    longest
}
