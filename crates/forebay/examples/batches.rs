//! Lesson 4: many at once, from many, to many.

#![expect(clippy::print_stdout, reason = "an example shows")]

use std::thread;

use forebay::{Consumer, PutError, Queue};

/// Takes what is there, ten at most, and never waits for a batch to fill.
fn add_up(consumer: &Consumer<u64>) -> u64 {
    let (mut sum, mut batch) = (0, Vec::new());
    while futures_lite::future::block_on(consumer.get_many(&mut batch, 10)) > 0 {
        let count = batch.len();
        sum += batch.drain(..).sum::<u64>();
        consumer.task_done_many(count); // for `join`
    }
    sum
}

fn main() -> Result<(), PutError<()>> {
    let (producer, consumer) = Queue::bounded(64).split();
    let sums: Vec<_> = (0..3)
        .map(|_| {
            let consumer = consumer.clone();
            thread::spawn(move || add_up(&consumer))
        })
        .collect();

    let putters: Vec<_> = (0..4)
        .map(|part| {
            let producer = producer.clone();
            thread::spawn(move || {
                let mut items: Vec<u64> = (part * 250..(part + 1) * 250).collect();
                // Waits for room as often as it must; what was not put would still be in `items`.
                futures_lite::future::block_on(producer.put_many(&mut items))
            })
        })
        .collect();
    for putter in putters {
        putter.join().expect("a putter does not panic")?;
    }

    producer.join_blocking(); // all of them are got, and marked as done
    println!("all are done");
    producer.close();
    let sum: u64 = sums.into_iter().map(|sum| sum.join().expect("adding up does not panic")).sum();
    println!("0 + 1 + … + 999 = {sum}");
    println!("put {}, got {}", consumer.stats().put, consumer.stats().got);
    Ok(())
}
