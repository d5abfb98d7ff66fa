//! The demo prints what the system prescribes, and nothing else.

use std::collections::VecDeque;

use crate::start::{PATIENCE, forebay};

/// What the lines say happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Replay {
    pub(crate) written: Vec<String>,
    pub(crate) waiting: VecDeque<String>,
    pub(crate) ups: usize,
    pub(crate) downs: usize,
}

impl Replay {
    /// Plays the lines back on a plain queue.
    ///
    /// # Panics
    /// When a line has not one of the two forms, a number is none that can be drawn, an item is
    /// not the oldest one, or a count is wrong.
    pub(crate) fn of(stdout: &str) -> Self {
        let mut replay = Self::default();
        assert!(stdout.is_empty() || stdout.ends_with('\n'), "the last line is whole");
        for line in stdout.lines() {
            replay.play(line);
        }
        replay
    }

    fn play(&mut self, line: &str) {
        if let Some(item) = line.strip_prefix("Writing ") {
            assert!(is_drawn(item), "{line}");
            self.written.push(item.to_owned());
            self.waiting.push_back(item.to_owned());
            return;
        }
        let oldest = self.waiting.pop_front().expect("nothing is read before it is written");
        let left = self.waiting.len();
        assert_eq!(line, format!("Reading {oldest} and the queue still has {left} elements"));
        // It looks at the length right after it has printed it.
        if left > 5 && self.ups == self.downs {
            self.ups += 1;
        } else if left == 0 && self.ups > self.downs {
            self.downs += 1;
        }
    }

    /// The line at the end that fits.
    pub(crate) fn summary(&self, seed: &str) -> String {
        let (written, waiting) = (self.written.len(), self.waiting.len());
        let (read, shifts) = (written - waiting, self.ups + self.downs);
        let Self { ups, downs, .. } = self;
        format!(
            "{written} written, {read} read, {waiting} waiting, {shifts} shifts ({ups} up, {downs} \
             down), seed {seed}\n"
        )
    }
}

/// Whole milliseconds from 250 to 1500, in seconds, as Python prints them.
fn is_drawn(item: &str) -> bool {
    (250..=1500).any(|ms| format!("{:?}", f64::from(ms) / 1000.0) == item)
}

#[test]
fn every_line_is_exact_and_both_shifts_happen() {
    let demo = forebay(&["demo", "--seed", "1", "--speed", "200", "--for", "6s"]).start();
    let ended = demo.wait(PATIENCE);
    let replay = Replay::of(&ended.stdout);
    assert!(replay.ups > 0 && replay.downs > 0, "{replay:?}");
    // 1200 s of the system; its mean delay is 0.875 s. On a machine that is too busy it may be
    // fewer, never more.
    assert!((200..1600).contains(&replay.written.len()), "{}", replay.written.len());
    assert_eq!(ended.stderr, replay.summary("1"));
    assert_eq!(ended.code, Some(0));
}

#[test]
fn the_same_seed_writes_the_same_numbers() {
    let run = |seed| {
        let demo = forebay(&["demo", "--seed", seed, "--speed", "200", "--for", "1s"]).start();
        Replay::of(&demo.wait(PATIENCE).stdout).written
    };
    let (one, again, other) = (run("1"), run("1"), run("2"));
    let common = one.len().min(again.len()).min(other.len());
    assert!(common > 20, "{common} numbers in common");
    assert_eq!(one[..common], again[..common]);
    assert_ne!(one[..common], other[..common]);
}

#[test]
fn without_a_seed_a_new_one_is_drawn_and_told_on_standard_error_only() {
    let run = |args: &[&str]| {
        forebay(&["demo", "--speed", "200", "--for", "1s"]).args(args).start().wait(PATIENCE)
    };
    let drawn = run(&[]);
    let (_, seed) = drawn.stderr.trim_end().rsplit_once("seed ").expect("it tells its seed");
    assert!(!drawn.stdout.contains(seed));
    let repeated = run(&["--seed", seed]);
    let (drawn, repeated) =
        (Replay::of(&drawn.stdout).written, Replay::of(&repeated.stdout).written);
    let common = drawn.len().min(repeated.len());
    assert!(common > 20, "{common} numbers in common");
    assert_eq!(drawn[..common], repeated[..common]);
}

#[test]
fn a_line_can_be_read_as_soon_as_it_is_printed() {
    let demo = forebay(&["demo", "--seed", "1"]).start();
    let first = demo.stdout().wait_for(PATIENCE, |_| true);
    assert_eq!(first.as_deref(), Some("Writing 0.753\n"));
    assert_eq!(demo.stdout().text(), "Writing 0.753\n", "nothing else came with it");
}
