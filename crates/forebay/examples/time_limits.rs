//! Lesson 5: giving up loses nothing.

#![expect(clippy::print_stdout, reason = "an example shows")]

use std::pin::pin;
use std::time::Duration;

use forebay::Queue;
use tokio::time::timeout;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let queue = Queue::bounded(1);

    // A get that is given up takes no item with it: it owns none before it returns.
    let nothing = timeout(Duration::from_secs(1), queue.get()).await;
    println!("nothing came: {}", nothing.is_err());
    queue.put("kept").await?;
    println!("got {:?}", queue.get().await);

    // A get that loses a select does not either, not even when it has just been woken for one.
    tokio::select! {
        biased;
        item = queue.get() => println!("{item:?}"),
        put = async { queue.try_put("also kept") } => println!("the put was first: {put:?}"),
    }
    println!("still there: {:?}", queue.try_get()?);

    // A put that is given up can have its item back, unless there was room for it meanwhile.
    queue.put("in the way").await?;
    let mut put = pin!(queue.put("mine"));
    if timeout(Duration::from_secs(1), put.as_mut()).await.is_err() {
        println!("taken back: {:?}", put.take_back());
    }
    println!("{} waits", queue.len());
    Ok(())
}
