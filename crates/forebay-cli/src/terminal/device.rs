//! The terminal itself: raw, its other screen, its cursor; and all of it undone.

use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal};

/// Whether the terminal is ours now. There is one for the process, as there is one of these.
///
/// Ordering: sequentially consistent; it orders nothing else, and is asked ten times a second.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Device {
    terminal: Terminal<CrosstermBackend<io::BufWriter<WhileTaken>>>,
}

impl Device {
    /// Takes the terminal. A panic anywhere gives it back before it prints its message.
    pub(super) fn take() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let print = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                give_back();
                print(panic);
            }));
        });
        enter()?;
        let terminal = Terminal::new(CrosstermBackend::new(io::BufWriter::new(WhileTaken)));
        terminal.map(|terminal| Self { terminal }).inspect_err(|_| give_back())
    }

    /// Draws, unless somebody gave the terminal back meanwhile.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !IS_TAKEN.load(SeqCst) {
            return Ok(());
        }
        // The terminal shows all of it or nothing, if it knows how to.
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(draw)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Draws everything anew the next time: somebody else may have written there.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        // Not `clear`: it asks the terminal where its cursor is, and waits for an answer that the
        // thread of the keys may take.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Gives it back before it is dropped.
    pub(super) fn give_back(&mut self) {
        give_back();
    }

    /// Takes it once more after it was given back.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        enter()?;
        self.forget()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        give_back();
    }
}

/// Standard output for as long as the terminal is ours: half a picture that comes after that, as
/// it may from a thread that panics, would end up among the lines of the shell.
#[derive(Debug)]
struct WhileTaken;

impl Write for WhileTaken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if IS_TAKEN.load(SeqCst) { io::stdout().write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if IS_TAKEN.load(SeqCst) { io::stdout().flush() } else { Ok(()) }
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    IS_TAKEN.store(true, SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, cursor::Hide).inspect_err(|_| give_back())
}

/// Whoever comes first does it. What cannot be undone is left: the terminal is gone then.
fn give_back() {
    if IS_TAKEN.swap(false, SeqCst) {
        let _ = execute!(io::stdout(), EndSynchronizedUpdate, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use forebay_testkit::program::Start;
    use forebay_testkit::program::terminal::Typing;
    use ratatui::widgets::Paragraph;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);
    /// Tells this test that it is the one that panics.
    const ROLE: &str = "FOREBAY_TEST_PANICS";

    #[test]
    fn a_panic_gives_the_terminal_back_before_its_message() {
        if std::env::var_os(ROLE).is_some() {
            let mut device = Device::take().expect("it runs on a terminal");
            let draw = |frame: &mut Frame<'_>| frame.render_widget("all of it", frame.area());
            device.draw(draw).expect("the terminal is there");
            device
                .draw(|frame| {
                    frame.render_widget(Paragraph::new("half of it"), frame.area());
                    panic!("in the middle of a picture");
                })
                .expect("it panics before");
        }
        let name = "terminal::device::tests::a_panic_gives_the_terminal_back_before_its_message";
        let program = std::env::current_exe().expect("a test is a program");
        let start = Start::new(program).args(["--exact", name, "--nocapture"]);
        let mut panics =
            start.env(ROLE, "yes").env("RUST_BACKTRACE", "0").start_on_terminal(100, 30);
        let (code, screen) = panics.end(PATIENCE);
        assert_eq!(code, Some(101), "{}", screen.contents());
        assert!(!screen.alternate_screen() && !screen.hide_cursor());
        assert_eq!(panics.typing(), Typing::Lines);
        let text = screen.contents();
        assert!(text.contains("in the middle of a picture"), "{text}");
        assert!(!text.contains("all of it") && !text.contains("half of it"), "{text}");
        let written = panics.written();
        let left = written.rfind("\x1b[?1049l").expect("it left the other screen");
        let said = written.find("in the middle of a picture").expect("it is on the screen");
        assert!(left < said);
        assert!(!written[left..].contains("\x1b[?2026h"), "{:?}", &written[left..]);
    }
}
