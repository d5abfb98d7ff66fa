//! The worker of somebody who comes from `asyncio.Queue`.

#![expect(clippy::print_stdout, reason = "an example shows")]

use forebay::{Consumer, Queue};

async fn worker(queue: Consumer<u32>) -> u32 {
    let mut total = 0;
    while let Some(item) = queue.get().await {
        total += item;
        queue.task_done();
    }
    total
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (queue, consumer) = Queue::bounded(8).split();
    let task = tokio::spawn(worker(consumer));
    for item in 0..100 {
        queue.put(item).await?;
    }
    queue.join().await;
    queue.close(); // no sentinel
    println!("{}", task.await?);
    Ok(())
}
