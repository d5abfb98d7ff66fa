//! Lesson 1: a producer, a consumer, and a queue between them.

#![expect(clippy::print_stdout, reason = "an example shows")]

use std::thread;

use forebay::{PutError, Queue};

fn main() -> Result<(), PutError<&'static str>> {
    let (producer, consumer) = Queue::unbounded().split();

    // A put on an unbounded queue never waits, so it may stand anywhere: in a task, in a thread.
    for word in ["first", "in", "first", "out"] {
        producer.try_put(word)?;
    }
    println!("{} items wait", consumer.len());

    let reader = thread::spawn(move || {
        // Parks the thread while nothing is there. `None` means that nothing will ever come.
        while let Some(word) = consumer.get_blocking() {
            println!("got {word}");
        }
        println!("the queue is closed, and empty");
    });

    producer.put_blocking("and one more")?;
    drop(producer); // the last producer is gone: the queue closes, what is in it is still got
    reader.join().expect("the reader does not panic");
    Ok(())
}
