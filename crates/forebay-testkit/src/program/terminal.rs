//! A program on a terminal of its own, and what a person would see there.
//!
//! The terminal is a real pseudo-terminal; what is written to it goes through a terminal emulator,
//! whose screen can be read. Waiting is for something to be seen, never for a time.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use rustix::process::{Pid, kill_process};
use rustix::termios::{LocalModes, tcgetattr};
use tempfile::TempDir;
pub use vt100::{Color, Screen};

use super::{Signal, Start};

/// Where it runs.
const KIND: &str = "xterm-256color";

/// A running program and its terminal. Dropping it kills it.
#[derive(Debug)]
pub struct OnTerminal {
    child: Child,
    _folder: TempDir,
    terminal: Arc<Terminal>,
}

struct Terminal {
    pty: Pty,
    seen: Mutex<Seen>,
    /// Told after whatever was written, and when nobody can write any more.
    more: Condvar,
}

struct Seen {
    emulator: vt100::Parser,
    written: Vec<u8>,
    is_closed: bool,
}

impl Seen {
    /// Whether the program has begun with a screen that it wants to be shown whole (mode 2026).
    fn is_half_drawn(&self) -> bool {
        let last = |mark: &[u8]| self.written.windows(mark.len()).rposition(|part| part == mark);
        last(b"\x1b[?2026h") > last(b"\x1b[?2026l")
    }
}

/// What the settings of a terminal are for whoever types there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// Lines, which are echoed, and Ctrl-C is a signal: as a shell leaves it.
    Lines,
    /// Single keys, Ctrl-C among them.
    Keys,
}

impl Start {
    /// Starts it on a terminal of this size.
    ///
    /// # Panics
    /// When there is no such program, or the system has no pseudo-terminal left.
    pub fn start_on_terminal(self, columns: u16, rows: u16) -> OnTerminal {
        let Start { mut command, folder, .. } = self;
        command.env("TERM", KIND).env_remove("NO_COLOR").env_remove("COLORTERM");
        self::start(command.into(), folder, columns, rows)
    }

    /// The same for somebody who wants no colors.
    ///
    /// # Panics
    /// As [`start_on_terminal`](Self::start_on_terminal).
    pub fn start_on_terminal_without_color(self, columns: u16, rows: u16) -> OnTerminal {
        let Start { mut command, folder, .. } = self;
        command.env("TERM", KIND).env("NO_COLOR", "1").env_remove("COLORTERM");
        self::start(command.into(), folder, columns, rows)
    }
}

fn start(command: Command, folder: TempDir, columns: u16, rows: u16) -> OnTerminal {
    let (pty, pts) = open().expect("the system has a pseudo-terminal");
    pty.resize(Size::new(rows, columns)).expect("a terminal can have any size");
    let child = command.spawn(pts).expect("the program is built and can be started");
    let emulator = vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0);
    let seen = Seen { emulator, written: Vec::new(), is_closed: false };
    let terminal = Arc::new(Terminal { pty, seen: Mutex::new(seen), more: Condvar::new() });
    let read = Arc::clone(&terminal);
    std::thread::spawn(move || read.read());
    OnTerminal { child, _folder: folder, terminal }
}

fn at_least_one(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).expect("a terminal has at least one row and one column")
}

impl OnTerminal {
    /// Waits until the screen is as meant, and returns it.
    ///
    /// # Panics
    /// When it does not become so within this time, with the screen as it is.
    pub fn see(&self, within: Duration, is_meant: impl Fn(&Screen) -> bool) -> Screen {
        let seen = self.terminal.lock();
        let goes_on = |seen: &mut Seen| {
            !seen.is_closed && (seen.is_half_drawn() || !is_meant(seen.emulator.screen()))
        };
        let waited = self.terminal.more.wait_timeout_while(seen, within, goes_on);
        let (seen, _) = waited.expect("the reading thread does not panic");
        let screen = seen.emulator.screen().clone();
        drop(seen);
        assert!(is_meant(&screen), "the screen stays:\n{}", screen.contents());
        screen
    }

    /// Waits until this stands somewhere on the screen.
    ///
    /// # Panics
    /// As [`see`](Self::see).
    pub fn see_text(&self, within: Duration, text: &str) -> Screen {
        self.see(within, |screen| screen.contents().contains(text))
    }

    /// Everything that was written to the terminal so far, escapes included.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.terminal.lock().written).into_owned()
    }

    /// Types this.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn press(&self, keys: &str) {
        (&self.terminal.pty).write_all(keys.as_bytes()).expect("the terminal is there");
    }

    /// Makes the terminal as large as this.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn resize(&self, columns: u16, rows: u16) {
        let mut seen = self.terminal.lock();
        seen.emulator.set_size(at_least_one(rows), at_least_one(columns));
        self.terminal.pty.resize(Size::new(rows, columns)).expect("the terminal is there");
    }

    /// What the terminal is set to.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn typing(&self) -> Typing {
        let settings = tcgetattr(&self.terminal.pty).expect("the terminal is there");
        let of_lines = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        match settings.local_modes & of_lines {
            modes if modes == of_lines => Typing::Lines,
            modes if modes.is_empty() => Typing::Keys,
            modes => panic!("the terminal is left halfway: {modes:?}"),
        }
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// When it has been waited for already.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it can be sent a signal");
    }

    /// Waits until it has ended, and returns its exit code, if no signal ended it, and the screen
    /// that it left.
    ///
    /// # Panics
    /// When it still runs after this time.
    pub fn end(&mut self, within: Duration) -> (Option<i32>, Screen) {
        let seen = self.terminal.lock();
        let waited = self.terminal.more.wait_timeout_while(seen, within, |seen| !seen.is_closed);
        let (seen, _) = waited.expect("the reading thread does not panic");
        let screen = seen.emulator.screen().clone();
        let is_closed = seen.is_closed;
        drop(seen);
        assert!(is_closed, "it still runs after {within:?}:\n{}", screen.contents());
        let status = self.child.wait().expect("it was started and not waited for");
        (status.code(), screen)
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        // It may have ended, and been waited for, already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Terminal {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("nobody panics while holding it")
    }

    /// Until the last program has left the terminal.
    fn read(&self) {
        let mut part = [0; 4096];
        while let Ok(bytes @ 1..) = (&self.pty).read(&mut part) {
            let mut seen = self.lock();
            seen.emulator.process(&part[..bytes]);
            seen.written.extend_from_slice(&part[..bytes]);
            drop(seen);
            self.more.notify_all();
        }
        self.lock().is_closed = true;
        self.more.notify_all();
    }
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terminal")
    }
}
