//! The picture of the two loops, on a real terminal, read back from it.

use forebay_testkit::program::Signal;
use forebay_testkit::program::terminal::{Color, OnTerminal, Screen, Typing};

use crate::start::{PATIENCE, forebay};

/// What leaves the screen of the shell, and what comes back to it.
const OTHER_SCREEN: &str = "\x1b[?1049h";
const OWN_SCREEN: &str = "\x1b[?1049l";

fn live(args: &[&str]) -> OnTerminal {
    forebay(&["demo", "--live", "--seed", "3"]).args(args).start_on_terminal(80, 24)
}

fn rows(screen: &Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    screen.rows(0, columns.get()).collect()
}

/// The number that stands before `word` somewhere.
fn number_before(screen: &Screen, word: &str) -> Option<usize> {
    let text = screen.contents();
    let (before, _) = text.split_once(word)?;
    before.split_whitespace().last()?.parse().ok()
}

/// The length that the picture says.
fn said(screen: &Screen) -> usize {
    let many = number_before(screen, " items wait");
    many.or_else(|| number_before(screen, " item waits")).expect("the length stands on the frame")
}

/// The blocks in the lane: runs of cells on a ground of their own.
fn blocks(screen: &Screen) -> usize {
    let (_, columns) = screen.size();
    let is_ground =
        |column| screen.cell(3, column).is_some_and(|cell| cell.bgcolor() != Color::Default);
    (1..columns.get()).filter(|column| is_ground(*column) && !is_ground(column - 1)).count()
}

/// Waits until the picture is there and the terminal is in its hands.
fn begun(demo: &OnTerminal) -> Screen {
    let screen = demo.see(PATIENCE, |screen| {
        screen.alternate_screen() && screen.contents().contains("the queue still has")
    });
    assert_eq!(demo.typing(), Typing::Keys);
    assert!(screen.hide_cursor());
    screen
}

/// Holds that it ended well and left the terminal as it was.
fn given_back(mut demo: OnTerminal) -> Screen {
    let (code, screen) = demo.end(PATIENCE);
    assert_eq!(code, Some(0), "{}", screen.contents());
    assert_eq!(demo.typing(), Typing::Lines);
    assert!(!screen.alternate_screen() && !screen.hide_cursor());
    assert!(demo.written().contains(OTHER_SCREEN) && demo.written().contains(OWN_SCREEN));
    let summary = screen.contents();
    assert!(summary.contains(" written, ") && summary.contains("seed 3"), "{summary}");
    screen
}

#[test]
fn the_items_on_the_screen_are_as_many_as_it_says_wait() {
    let demo = live(&["--speed", "10"]);
    begun(&demo);
    // Whatever it shows, from none to many and back: every screen agrees with itself.
    for wanted in [3, 6, 1, 7] {
        let screen = demo
            .see(PATIENCE, |screen| screen.contents().contains(" wait") && said(screen) == wanted);
        assert_eq!(blocks(&screen), wanted, "{}", screen.contents());
    }
    demo.press("q");
    given_back(demo);
}

#[test]
fn the_last_lines_are_those_that_the_demo_prints() {
    let demo = live(&["--speed", "10"]);
    let screen = begun(&demo);
    let lines = rows(&screen);
    let line = |start: &str| {
        let line = lines.iter().find_map(|row| row.split_once(start)).map(|(_, line)| line);
        line.unwrap_or_else(|| panic!("no {start:?} in\n{}", screen.contents())).trim()
    };
    let written = line("producer  Writing ").trim_end_matches(['│', ' ']);
    let item: f64 = written.parse().expect("an item is a number");
    assert_eq!(format!("{item:?}"), written);
    let (item, left) = line("consumer  Reading ")
        .split_once(" and the queue still has ")
        .expect("the line has its form");
    let item_again: f64 = item.parse().expect("an item is a number");
    assert_eq!(format!("{item_again:?}"), item);
    let left = left.split(' ').next().and_then(|left| left.parse::<usize>().ok());
    assert!(left.is_some(), "{}", screen.contents());
    demo.press("q");
    given_back(demo);
}

#[test]
fn the_gear_is_seen_to_change_and_the_chart_has_its_thresholds() {
    let demo = live(&["--speed", "20"]);
    let screen = demo.see_text(PATIENCE, " FAST ");
    let text = screen.contents();
    assert!(text.contains("fast above 5") && text.contains("slow at 0"), "{text}");
    demo.see(PATIENCE, |screen| {
        screen.contents().contains(" SLOW ") && screen.contents().contains("down 1")
    });
    demo.press("q");
    given_back(demo);
}

#[test]
fn every_way_out_gives_the_terminal_back() {
    for key in ["q", "\x03"] {
        println!("{key:?}");
        let demo = live(&["--speed", "10"]);
        begun(&demo);
        demo.press(key);
        given_back(demo);
    }
    for signal in [Signal::TERM, Signal::INT] {
        println!("{signal:?}");
        let demo = live(&["--speed", "10"]);
        begun(&demo);
        demo.signal(signal);
        given_back(demo);
    }
    println!("--for");
    given_back(live(&["--speed", "10", "--for", "300ms"]));
}

#[test]
fn to_the_shell_and_back_the_picture_is_drawn_anew() {
    let demo = live(&["--speed", "10"]);
    begun(&demo);
    demo.press("\x1a");
    demo.see(PATIENCE, |screen| !screen.alternate_screen() && !screen.hide_cursor());
    demo.signal(Signal::CONT);
    demo.see(PATIENCE, |screen| {
        screen.alternate_screen() && screen.contents().contains("the queue still has")
    });
    demo.press("q");
    given_back(demo);
}

#[test]
fn it_follows_the_size_of_the_terminal_and_refuses_a_small_one() {
    let demo = live(&["--speed", "10"]);
    begun(&demo);
    for (columns, lines) in [(120, 40), (200, 50), (80, 24)] {
        demo.resize(columns, lines);
        let last = usize::from(lines) - 1;
        // The frame reaches the right edge, the keys stand in the last row.
        demo.see(PATIENCE, |screen| {
            let rows = rows(screen);
            rows[1].chars().count() == usize::from(columns)
                && rows[1].ends_with('╮')
                && rows[last].contains("pause the picture")
        });
    }
    demo.resize(60, 20);
    demo.see_text(PATIENCE, "needs 80 columns and 24 rows, and has 60 and 20");
    demo.press("q");
    given_back(demo);
}

#[test]
fn a_paused_picture_stands_still_while_the_loops_go_on() {
    let demo = live(&["--speed", "100"]);
    begun(&demo);
    demo.press("p");
    let paused = demo.see_text(PATIENCE, "paused");
    demo.press("?");
    let later = demo.see_text(PATIENCE, "A producer writes an item");
    demo.press("?");
    let again = demo.see(PATIENCE, |screen| !screen.contents().contains("A producer writes"));
    assert_eq!(paused.contents(), again.contents());
    assert_ne!(paused.contents(), later.contents());
    demo.press("p");
    let written = |screen: &Screen| {
        screen
            .contents()
            .split_once("written ")
            .map(|(_, n)| n.split_whitespace().next().map(str::to_owned))
    };
    demo.see(PATIENCE, |screen| {
        !screen.contents().contains("paused") && written(screen) != written(&paused)
    });
    demo.press("q");
    given_back(demo);
}

/// Select-graphic-rendition sequences that set a color or take one back.
fn colors(written: &str) -> Vec<String> {
    let codes = written.split("\x1b[").skip(1).filter_map(|rest| {
        let (codes, _) = rest.split_once('m')?;
        codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';').then_some(codes)
    });
    let is_color = |code: &str| {
        code.parse().is_ok_and(|code: u32| matches!(code, 30..=49 | 90..=97 | 100..=107))
    };
    codes.filter(|codes| codes.split(';').any(is_color)).map(str::to_owned).collect()
}

#[test]
fn whoever_wants_no_color_gets_none_and_sees_the_same() {
    let start = || forebay(&["demo", "--live", "--seed", "3", "--speed", "10"]);
    let plain = [
        start().start_on_terminal_without_color(80, 24),
        start().args(["--color", "never"]).start_on_terminal(80, 24),
    ];
    for demo in plain {
        let screen = demo.see_text(PATIENCE, " FAST ");
        // Blocks are reversed instead.
        assert!((0..80).any(|x| screen.cell(3, x).is_some_and(|cell| cell.inverse())));
        demo.press("q");
        let written = demo.written();
        given_back(demo);
        assert_eq!(colors(&written), Vec::<String>::new());
    }
    let colored = start().args(["--color", "always"]).start_on_terminal_without_color(80, 24);
    begun(&colored);
    assert_ne!(colors(&colored.written()), Vec::<String>::new());
}

#[test]
fn without_a_terminal_it_says_what_to_do_instead() {
    let ended = forebay(&["demo", "--live"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("not a terminal"), "{}", ended.stderr);
    assert!(ended.stderr.contains("`forebay demo` without --live"), "{}", ended.stderr);
}

#[test]
fn a_slow_demo_draws_about_once_a_second_and_costs_nothing_between() {
    let demo = live(&["--speed", "0.001"]);
    demo.see(PATIENCE, Screen::alternate_screen);
    demo.see_text(PATIENCE, "0:01");
    let before = demo.written().len();
    demo.see_text(PATIENCE, "0:03");
    let drawn = demo.written().len() - before;
    assert!(drawn < 2_000, "{drawn} bytes for two changes of the clock");
    demo.press("q");
    given_back(demo);
}
