//! What a key means to every picture.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What the person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    End,
    /// Stop to follow, or follow again.
    Pause,
    /// Explain the keys, or stop to.
    Help,
    /// Sleep until the shell wakes it.
    Suspend,
    /// The terminal has another size.
    Resize,
    /// Left to the picture.
    Other(char),
}

pub(super) fn wish(event: &Event) -> Option<Wish> {
    match event {
        Event::Resize(..) => Some(Wish::Resize),
        Event::Key(key) if key.kind != KeyEventKind::Release => pressed(key),
        _ => None,
    }
}

fn pressed(key: &KeyEvent) -> Option<Wish> {
    let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if with_control => Some(Wish::End),
        KeyCode::Char('l') if with_control => Some(Wish::Resize),
        KeyCode::Char('z') if with_control => Some(Wish::Suspend),
        KeyCode::Char(_) if with_control => None,
        KeyCode::Char('q' | 'Q') => Some(Wish::End),
        KeyCode::Char('p' | 'P' | ' ') => Some(Wish::Pause),
        KeyCode::Char('?' | 'h' | 'H') | KeyCode::F(1) => Some(Wish::Help),
        KeyCode::Char(other) => Some(Wish::Other(other)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_end_a_program_everywhere_end_it_here() {
        let key = |code, modifiers| wish(&Event::Key(KeyEvent::new(code, modifiers)));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::NONE), Some(Wish::End));
        assert_eq!(key(KeyCode::Char('Q'), KeyModifiers::SHIFT), Some(Wish::End));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Wish::End));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), Some(Wish::Other('c')));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::CONTROL), None);
    }
}
