//! Lesson 3: a queue with an end, and what happens there.

#![expect(clippy::print_stdout, reason = "an example shows")]

use std::cmp::Reverse;

use forebay::{PutError, Queue, WhenFull};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // It waits, or tells you: nothing is lost without your knowing.
    let queue = Queue::bounded(2);
    queue.try_put("a")?;
    queue.try_put("b")?;
    match queue.try_put("c") {
        Err(PutError::Full(item)) => println!("full, and {item} is back"),
        other => println!("{other:?}"),
    }

    // It keeps the newest. What it throws away goes to you.
    let newest = Queue::builder()
        .capacity(2)
        .when_full(WhenFull::DropOldest)
        .on_drop(|item| println!("{item} was too old"))
        .build()?;
    for item in 1..=4 {
        newest.try_put(item)?;
    }
    println!("kept {:?} and {:?}", newest.try_get()?, newest.try_get()?);

    // Bytes are a limit as good as items.
    let texts = Queue::builder().weight(10, String::len).build()?;
    texts.try_put("seven..".to_owned())?;
    if let Err(refused) = texts.try_put("too much".to_owned()) {
        println!("8 bytes more: {refused}");
    }

    // The smallest first.
    let urgent = Queue::builder().priority().build()?;
    for minutes in [30, 5, 60] {
        urgent.try_put(Reverse(minutes))?;
    }
    println!("in {} minutes comes the first", urgent.try_get()?.0);
    Ok(())
}
