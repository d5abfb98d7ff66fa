//! The loop that draws, on a thread of its own: should the terminal hang, the thread that waits
//! for signals does not.

use std::io::{self, IsTerminal};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::device::Device;
use super::keys::{Wish, wish};
use super::{Help, Looks, Motion, View, When, redraw_ms_min};
use crate::outcome::Failure;
use crate::{clock, runtime};

/// How long the end waits for the terminal to take what gives it back.
const LAST_WORDS_MS_MAX: u64 = 1000;

/// Shows `view` until the person has seen enough, or `end` comes.
///
/// # Errors
/// Whatever the terminal refuses, and what `end` returns.
pub(crate) async fn show<V: View>(
    view: V,
    when: When,
    end: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let looks = Looks::new(when.palette());
    let (stop, stopped) = oneshot::channel();
    let (ended, mut over) = oneshot::channel();
    let runtime = runtime::of_one_thread()?;
    std::thread::Builder::new()
        .name("screen".to_owned())
        .spawn(move || {
            let outcome = runtime.block_on(on_screen(view, looks, stopped));
            // Nobody receives it when the end did not wait for this thread.
            let _ = ended.send(outcome);
        })
        .map_err(|error| Failure::Failed(format!("cannot start a thread: {error}")))?;
    let outcome = tokio::select! {
        outcome = end => outcome,
        seen = &mut over => return seen_enough(seen),
    };
    let _ = stop.send(());
    let last_words = Duration::from_millis(LAST_WORDS_MS_MAX);
    // A terminal that takes nothing any more cannot be given back.
    let _ = tokio::time::timeout(last_words, over).await;
    outcome
}

/// Whether there is a terminal that can be drawn on.
///
/// # Errors
/// Wrong usage when there is none: `plainly` says how to do without one.
pub(crate) fn check(plainly: &str) -> Result<(), Failure> {
    let reason = if !io::stdout().is_terminal() {
        "standard output is not a terminal"
    } else if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        "this terminal cannot move its cursor (TERM=dumb)"
    } else {
        return Ok(());
    };
    Err(Failure::Usage(format!("{reason}, so there is nothing to draw on; {plainly}")))
}

fn seen_enough(seen: Result<io::Result<()>, oneshot::error::RecvError>) -> Result<(), Failure> {
    match seen {
        Ok(drawn) => {
            drawn.map_err(|error| Failure::Failed(format!("cannot use the terminal: {error}")))
        }
        Err(_) => Err(Failure::Failed("the picture ended unexpectedly".to_owned())),
    }
}

async fn on_screen<V: View>(
    view: V,
    looks: Looks,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let mut screen = Screen { device: Device::take()?, view, looks, picture: None };
    let mut keys = keys()?;
    tokio::select! {
        _ = stopped => Ok(()),
        outcome = screen.run(&mut keys) => outcome,
    }
}

struct Screen<V: View> {
    device: Device,
    view: V,
    looks: Looks,
    /// What is shown; kept while it stands still.
    picture: Option<V::Picture>,
}

impl<V: View> Screen<V> {
    /// Draws until the person has seen enough.
    async fn run(&mut self, keys: &mut Keys) -> io::Result<()> {
        loop {
            self.draw()?;
            let drawn_at = clock::now();
            tokio::select! {
                Some(wish) = keys.recv() => match wish? {
                    Wish::End => return Ok(()),
                    Wish::Suspend => self.suspend().await?,
                    wish => self.grant(wish)?,
                },
                () = later(&mut self.view, drawn_at) => {}
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let picture = match (self.looks.motion, self.picture.take()) {
            (Motion::Paused, Some(picture)) => picture,
            _ => self.view.look(),
        };
        let looks = &self.looks;
        self.device.draw(|frame| {
            V::draw(&picture, looks, frame.area(), frame.buffer_mut());
        })?;
        self.picture = Some(picture);
        Ok(())
    }

    fn grant(&mut self, wish: Wish) -> io::Result<()> {
        let looks = &mut self.looks;
        match wish {
            Wish::Pause => {
                looks.motion = match looks.motion {
                    Motion::Running => Motion::Paused,
                    Motion::Paused => Motion::Running,
                }
            }
            Wish::Help => {
                looks.help = match looks.help {
                    Help::Hidden => Help::Shown,
                    Help::Shown => Help::Hidden,
                }
            }
            Wish::Resize => self.device.forget()?,
            Wish::Other(key) => self.view.press(key),
            Wish::Suspend | Wish::End => {}
        }
        Ok(())
    }

    /// Stops the process until the shell wakes it, as Ctrl-Z does everywhere.
    async fn suspend(&mut self) -> io::Result<()> {
        let mut continued = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
        self.device.give_back();
        kill_process(getpid(), Signal::TSTP)?;
        // A process that no shell watches is not stopped, and not woken either.
        let stopped = Duration::from_millis(LAST_WORDS_MS_MAX);
        let _ = tokio::time::timeout(stopped, continued.recv()).await;
        self.device.take_again()
    }
}

/// Waits until there is something new, and until the terminal has had time for what there was.
async fn later(view: &mut impl View, drawn_at: Instant) {
    view.changed().await;
    clock::sleep_until(drawn_at + redraw_ms_min()).await;
}

/// What the person wants, or why that cannot be known any more.
type Keys = mpsc::UnboundedReceiver<io::Result<Wish>>;

/// Reads the keys. The thread that does is left behind at the end: nothing can wake it but a key.
fn keys() -> io::Result<Keys> {
    let (press, pressed) = mpsc::unbounded_channel();
    let read = move || {
        loop {
            let wished = crossterm::event::read().map(|event| wish(&event)).transpose();
            let Some(wished) = wished else { continue };
            let is_last = wished.is_err();
            if press.send(wished).is_err() || is_last {
                return;
            }
        }
    };
    std::thread::Builder::new().name("keys".to_owned()).spawn(read)?;
    Ok(pressed)
}
