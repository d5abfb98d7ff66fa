//! Lesson 7: workers that are kept for you: gears, retries, order by key, dead items.

#![expect(clippy::print_stdout, reason = "an example shows")]

use std::time::Duration;

use forebay::{Gear, Gears, Handler, Outcome, Pool, Queue, RetryConfig, Runtime, Task};

/// All that a pool needs of the runtime it works under.
struct Tokio(tokio::time::Instant);

impl Runtime for Tokio {
    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
    fn after(&self, time: Duration) -> Task {
        Box::pin(tokio::time::sleep(time))
    }
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

struct Order {
    customer: u32,
    amount: i32,
    tries: u32,
}

struct Bank;

impl Handler<Order> for Bank {
    async fn handle(&self, order: &mut Order) -> Outcome {
        order.tries += 1;
        match order {
            Order { amount, .. } if *amount < 0 => Outcome::Dead("a negative amount".to_owned()),
            Order { tries: 1, customer: 7, .. } => Outcome::Retry, // the network, say
            _ => Outcome::Done,
        }
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (producer, consumer) = Queue::unbounded().split();
    let table = vec![
        Gear { pause: Duration::from_millis(10), batch: 1, workers: 1 },
        Gear { pause: Duration::ZERO, batch: 16, workers: 4 },
    ];
    let pool = Pool::builder(Gears::two(50, 0)?, table)
        .retry(RetryConfig { attempts_max: 3, ..RetryConfig::default() })
        .by_key(|order: &Order| order.customer) // one customer's orders stay in order
        .on_dead(|order: Order, why: &str| println!("customer {}: {why}", order.customer))
        .on_shift(|shift| println!("gear {} -> {}", shift.from, shift.to))
        .each(consumer, Tokio(tokio::time::Instant::now()), Bank)?;

    for number in 0..200 {
        let amount = if number == 60 { -1 } else { 100 };
        producer.put(Order { customer: number % 20, amount, tries: 0 }).await?;
    }
    pool.drain(); // or `stop`, which gives back what is not begun
    let stats = pool.join().await.stats;
    println!("{} done, {} dead, {} tried again", stats.done, stats.dead, stats.retried);
    Ok(())
}
