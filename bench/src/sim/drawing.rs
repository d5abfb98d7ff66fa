//! What the random numbers of the two loops take by themselves: nothing that simulates can be faster.

use forebay_sim::{Arrivals, Model};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::clock;

const ITEMS: u64 = 20_000_000;

/// So many of a thousand pauses are drawn in the fast gear.
const FAST_OF_A_THOUSAND: u64 = 568;

/// Draws as many gaps and pauses as so many items take, and does nothing with them but add them up.
pub(super) fn ns_an_item(round: usize) -> f64 {
    let model = Model::two_loops();
    let Arrivals::Gaps(gap) = &model.arrivals else { return f64::NAN };
    let mut gaps = ChaCha8Rng::seed_from_u64(round as u64);
    let mut pauses = ChaCha8Rng::seed_from_u64(!(round as u64));
    let before = clock::processor_time();
    let mut sum = 0_u64;
    for item in 0..ITEMS {
        let gear = usize::from(item % 1000 < FAST_OF_A_THOUSAND);
        sum = sum.wrapping_add(gap.draw_ns(&mut gaps));
        sum = sum.wrapping_add(model.gears[gear].pause.draw_ns(&mut pauses));
    }
    std::hint::black_box(sum);
    (clock::processor_time() - before).as_nanos() as f64 / ITEMS as f64
}
