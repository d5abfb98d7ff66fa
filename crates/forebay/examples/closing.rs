//! Lesson 6: the end, early or in order.

#![expect(clippy::print_stdout, reason = "an example shows")]

use forebay::{GetError, Queue};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // In order: no more puts, and everything in it is still got.
    let queue = Queue::unbounded();
    queue.try_put(1)?;
    queue.try_put(2)?;
    queue.close();
    if let Err(refused) = queue.try_put(3) {
        println!("a put now: {refused}");
    }
    println!("{:?}, {:?}, {:?}", queue.get_blocking(), queue.get_blocking(), queue.get_blocking());

    // Early: what is left is yours.
    let queue = Queue::unbounded();
    queue.try_put("a")?;
    queue.try_put("b")?;
    println!("left: {:?}", queue.close_now());

    // By itself: with the last producer, or with the last consumer.
    let (producer, consumer) = Queue::unbounded().split();
    producer.try_put("the last words")?;
    drop(producer);
    println!("{:?}, then {:?}", consumer.try_get(), consumer.try_get());
    assert_eq!(consumer.try_get(), Err(GetError::Closed));

    let (producer, consumer) = Queue::unbounded().split();
    drop(consumer);
    if let Err(refused) = producer.try_put("hello?") {
        println!("{refused}, and {} is back", refused.into_item());
    }

    // Whoever only looks on keeps nothing open.
    let queue = Queue::<u32>::unbounded();
    let onlooker = queue.downgrade();
    drop(queue);
    println!("gone: {}", onlooker.upgrade().is_none());
    Ok(())
}
