//! The worker loop of somebody who comes from `tokio::sync::mpsc`, before and after.

#![expect(clippy::print_stdout, reason = "an example shows")]

use std::time::Duration;

use forebay::{PutError, Queue};
use tokio::time::timeout;

// ANCHOR: before
async fn before() -> Result<u32, Box<dyn std::error::Error>> {
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<u32>(8);
    let worker = tokio::spawn(async move {
        let mut sum = 0;
        while let Some(item) = receiver.recv().await {
            sum += item;
        }
        sum
    });
    for item in 0..100 {
        sender.send(item).await?;
    }
    drop(sender);
    Ok(worker.await?)
}
// ANCHOR_END: before

// ANCHOR: after
async fn after() -> Result<u32, Box<dyn std::error::Error>> {
    let (producer, consumer) = Queue::bounded(8).split();
    let worker = tokio::spawn(async move {
        let mut sum = 0;
        while let Some(item) = consumer.get().await {
            sum += item;
        }
        sum
    });
    for item in 0..100 {
        producer.put(item).await?;
    }
    drop(producer);
    Ok(worker.await?)
}
// ANCHOR_END: after

// ANCHOR: changed
async fn changed() {
    let (producer, consumer) = Queue::bounded(1).split();

    // As many workers as you like: a consumer can be cloned, and needs no `mut`.
    let another = consumer.clone();

    // No permits. A put that is given up has its item back.
    producer.try_put("first").expect("there is room");
    let mut put = std::pin::pin!(producer.put("second"));
    let in_time = timeout(Duration::from_millis(1), put.as_mut()).await;
    assert!(in_time.is_err() && put.take_back() == Some("second"));

    // The length can be seen, and limited otherwise while everybody is at work.
    assert_eq!((another.len(), another.capacity()), (1, Some(1)));
    producer.set_capacity(2).expect("2 is a capacity");
    producer.try_put("third").expect("there is room now");

    // Closing from any side, and what is left.
    assert_eq!(consumer.close_now(), ["first", "third"]);
    assert!(matches!(producer.try_put("late"), Err(PutError::Closed("late"))));
}
// ANCHOR_END: changed

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("before {}, after {}", before().await?, after().await?);
    changed().await;
    println!("and what is not in both works, too");
    Ok(())
}
