//! Lesson 2: a consumer that works faster when much waits.

#![expect(clippy::print_stdout, reason = "an example shows")]

use forebay::{Gears, Queue};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (producer, consumer) = Queue::unbounded().split();
    // Fast above 5 waiting items, slow again when there are none.
    let mut gears = Gears::two(5, 0)?;

    // What comes in each moment: a trickle, a spike, a trickle.
    for arrivals in [1, 1, 8, 0, 0, 1, 1] {
        for item in 0..arrivals {
            producer.try_put(item)?;
        }
        let waiting = consumer.len();
        if let Some(shift) = gears.observe(waiting) {
            println!("gear {} -> {} at {} waiting", shift.from, shift.to, shift.len);
        }
        let at_once = [1, 4][gears.gear()];
        let mut batch = Vec::new();
        let got = consumer.try_get_many(&mut batch, at_once).unwrap_or(0);
        println!("{waiting} waited, {got} taken");
    }
    Ok(())
}
