//! What a consumer costs that waits: the processor time of its thread, as the kernel counts it.

use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use crate::block_on::block_on;
use crate::clock;
use crate::item::Item;
use crate::places::current_thread;
use crate::queue::{Awaited, Blocking, Got};

/// Long enough for whoever waits to have gone to sleep.
const SETTLES_WITHIN: Duration = Duration::from_millis(200);

/// Milliseconds of processor time, waiting in a task of tokio's, or in a future on a thread.
pub(crate) fn awaited<Q: Awaited<T>, T: Item>(waits: Duration) -> Result<f64, String> {
    let on_thread = of_thread(waits, || {
        let (producer, mut consumer) = Q::open(usize::MAX);
        (producer, move || block_on(Q::get(&mut consumer)).item().is_none())
    })?;
    let in_task = of_thread(waits, || {
        let (producer, mut consumer) = Q::open(usize::MAX);
        (producer, move || current_thread().block_on(Q::get(&mut consumer)).item().is_none())
    })?;
    Ok(on_thread + in_task)
}

/// Milliseconds of processor time, waiting in a blocking call.
pub(crate) fn blocking<Q: Blocking<T>, T: Item>(waits: Duration) -> Result<f64, String> {
    of_thread(waits, || {
        let (producer, mut consumer) = Q::open(usize::MAX);
        (producer, move || Q::get_blocking(&mut consumer).is_none())
    })
}

/// Runs the second part on a thread, looks at its time for `waits`, then drops the first part, which ends the wait.
fn of_thread<P, W: FnOnce() -> bool + Send + 'static>(
    waits: Duration,
    parts: impl FnOnce() -> (P, W),
) -> Result<f64, String> {
    let (producer, wait) = parts();
    let (tell, told) = mpsc::channel();
    let waiting = std::thread::spawn(move || {
        let link = fs::read_link("/proc/thread-self");
        tell.send(link).is_ok() && wait()
    });
    let link =
        told.recv().map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let books = format!("/proc/{}/schedstat", link.display());
    clock::pause(SETTLES_WITHIN);
    let before = processor_ns(&books)?;
    clock::pause(waits);
    let after = processor_ns(&books)?;
    drop(producer);
    match waiting.join() {
        Ok(true) => Ok((after - before) / 1e6),
        _ => Err("a waiting consumer did not see its queue close".to_owned()),
    }
}

/// The first number there: nanoseconds on a processor.
fn processor_ns(books: &str) -> Result<f64, String> {
    let text = fs::read_to_string(books).map_err(|error| format!("{books}: {error}"))?;
    let first = text.split_whitespace().next().and_then(|number| number.parse().ok());
    first.ok_or_else(|| format!("unknown form of {books}"))
}
