//! Nobody gets in who should not.

use forebay_testkit::program::client::Client;

use crate::start::{PATIENCE, forebay, open, serve};

#[test]
fn listening_beyond_loopback_needs_a_token_file_or_a_word() {
    let ended = forebay(&["serve", "--listen", "0.0.0.0:0"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("--token-file"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--allow-anonymous"), "{}", ended.stderr);

    let program = forebay(&["serve", "--listen", "0.0.0.0:0", "--allow-anonymous"]).start();
    let local = Client::new(([127, 0, 0, 1], program.address().port()).into());
    assert_eq!(local.post_json("1").status, 202);
}

#[test]
fn with_a_token_file_only_a_token_from_it_lets_an_event_in() {
    let start = serve(&["--token-file", "tokens.txt"]).file("tokens.txt", "open-sesame\nother\n");
    let (program, client) = open(start);
    let status = |token| client.clone().with_token(token).post_json("1").status;
    assert_eq!(client.post_json("1").status, 401);
    assert_eq!(status("open-sesam"), 401);
    assert_eq!(status("open-sesame"), 202);
    assert_eq!(status("other"), 202);
    let said = program.stderr().text();
    assert!(!said.contains("sesam"), "{said}");
}

#[test]
fn an_address_in_use_is_told_and_fails() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let ended = forebay(&["serve", "--listen", &address]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains(&address), "{}", ended.stderr);
    assert!(ended.stderr.contains("in use"), "{}", ended.stderr);
}
