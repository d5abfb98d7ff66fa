//! The lines that a process has printed so far, and waiting for more.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// What came out of a pipe. A thread of its own reads it, so the process is never held up.
#[derive(Clone, Debug)]
pub struct Lines {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    printed: Mutex<Printed>,
    /// Told after each line and when the pipe closes.
    more: Condvar,
}

#[derive(Debug, Default)]
struct Printed {
    /// With their line ends.
    lines: Vec<String>,
    is_closed: bool,
}

impl Lines {
    pub(super) fn of(pipe: impl Read + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let lines = Self { shared: Arc::clone(&shared) };
        std::thread::spawn(move || shared.read(BufReader::new(pipe)));
        lines
    }

    /// Waits for a line, past or future. `None` means that the pipe closed or the time passed
    /// without it.
    pub fn wait_for(&self, within: Duration, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let mut seen = 0;
        let mut found = None;
        drop(self.wait(within, |printed| {
            found = printed.lines[seen..].iter().find(|line| is_meant(line)).cloned();
            seen = printed.lines.len();
            found.is_some()
        }));
        found
    }

    /// Waits until so many lines are there, and says whether they are.
    pub fn wait_for_count(&self, within: Duration, count: usize) -> bool {
        self.wait(within, |printed| printed.lines.len() >= count).lines.len() >= count
    }

    /// Waits until nobody can print here any more, and says whether that is so.
    pub fn close_within(&self, time: Duration) -> bool {
        self.wait(time, |printed| printed.is_closed).is_closed
    }

    /// All that was printed so far.
    pub fn text(&self) -> String {
        self.shared.lock().lines.concat()
    }

    fn wait(
        &self,
        within: Duration,
        mut is_done: impl FnMut(&Printed) -> bool,
    ) -> MutexGuard<'_, Printed> {
        let goes_on = |printed: &mut Printed| !is_done(printed) && !printed.is_closed;
        let waited = self.shared.more.wait_timeout_while(self.shared.lock(), within, goes_on);
        waited.expect("the reading thread does not panic").0
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Printed> {
        self.printed.lock().expect("nobody panics while holding it")
    }

    fn read(&self, mut pipe: impl BufRead) {
        let mut line = Vec::new();
        // A pipe that cannot be read is as good as closed.
        while pipe.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
            self.lock().lines.push(String::from_utf8_lossy(&line).into_owned());
            self.more.notify_all();
            line.clear();
        }
        self.lock().is_closed = true;
        self.more.notify_all();
    }
}
