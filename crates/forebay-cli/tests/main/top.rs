//! A service as `forebay top` shows it, on a real terminal, read back from it.

use forebay_testkit::program::Signal;
use forebay_testkit::program::terminal::{OnTerminal, Typing};

use crate::start::{PATIENCE, forebay, open, serve};

fn top(args: &[&str]) -> OnTerminal {
    forebay(&["top"]).args(args).start_on_terminal(80, 24)
}

fn given_back(mut top: OnTerminal) {
    let (code, screen) = top.end(PATIENCE);
    assert_eq!(code, Some(0), "{}", screen.contents());
    assert_eq!(top.typing(), Typing::Lines);
    assert!(!screen.alternate_screen() && !screen.hide_cursor());
}

#[test]
fn it_shows_what_the_status_says() {
    let (_program, client) = open(serve(&["--backlog", "memory:"]));
    let top = top(&[&client.url("")]);
    top.see_text(PATIENCE, "accepted 0");
    let many = format!("[{}1]", "1,".repeat(1233));
    assert_eq!(client.post_json(many).status, 202);
    let screen = top.see_text(PATIENCE, "delivered 1,234");
    let text = screen.contents();
    for part in ["accepted 1,234", "waiting 0", "sink up", "durability memory", "● default"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    let version = client.status()["version"].as_str().map(str::to_owned);
    assert!(text.contains(&format!("version {}", version.expect("it has one"))), "{text}");
    top.press("q");
    given_back(top);
}

#[test]
fn a_lost_connection_is_said_and_made_again() {
    let (program, client) = open(serve(&["--backlog", "memory:"]));
    let address = program.address().to_string();
    let top = top(&[&client.url("")]);
    top.see_text(PATIENCE, "accepted 0");
    program.signal(Signal::TERM);
    assert_eq!(program.wait(PATIENCE).code, Some(0));
    top.see_text(PATIENCE, "connection lost");
    top.see_text(PATIENCE, "asked twice a second");
    let again = forebay(&["serve", "--backlog", "memory:", "--listen", &address]).start();
    assert_eq!(again.address().to_string(), address);
    top.see(PATIENCE, |screen| {
        let text = screen.contents();
        !text.contains("connection lost") && text.contains("version ")
    });
    top.signal(Signal::TERM);
    given_back(top);
}

#[test]
fn nobody_there_yet_is_said_and_any_way_out_gives_the_terminal_back() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    let top = top(&[&format!("http://{address}")]);
    top.see_text(PATIENCE, "no connection");
    top.see_text(PATIENCE, "refused");
    top.press("\x03");
    given_back(top);
}

#[test]
fn somebody_who_takes_the_connection_and_says_nothing_does_not_hold_up_the_end() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    let top = top(&[&format!("http://{address}")]);
    let (_silent, _) = listener.accept().expect("it asks");
    top.see_text(PATIENCE, "asking");
    top.press("q");
    given_back(top);
}

#[test]
fn a_token_is_shown_from_the_file_or_the_environment_and_its_lack_is_said() {
    let start = serve(&["--backlog", "memory:", "--token-file", "tokens.txt"]);
    let (_program, client) = open(start.file("tokens.txt", "# mine\nopen-sesame\n"));
    let url = client.url("");

    let without = top(&[&url]);
    without.see_text(PATIENCE, "give --token-file");
    without.press("q");
    given_back(without);

    let by_flag = forebay(&["top", &url, "--token-file", "t"]).file("t", "open-sesame\n");
    let by_variable = forebay(&["top", &url]).file("t", "open-sesame\n");
    for start in [by_flag, by_variable.env("FOREBAY__TOKEN_FILE", "t")] {
        let with = start.start_on_terminal(80, 24);
        let screen = with.see_text(PATIENCE, "accepted 0");
        assert!(!screen.contents().contains("sesame"));
        with.press("q");
        given_back(with);
    }
}

#[test]
fn what_is_no_address_and_what_is_no_terminal_are_refused() {
    let ended = forebay(&["top", "localhost:8080"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("http://127.0.0.1:8080"), "{}", ended.stderr);
    let ended = forebay(&["top"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("curl URL/status"), "{}", ended.stderr);
}
