//! Ten thousand connections that say nothing do not keep a client from being served.

use std::net::TcpStream;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::start::{open, serve};

const SILENT: u64 = 10_000;

/// Lets this process, and what it starts, open as many files as the machine allows; returns how
/// many of `wanted` connections fit.
pub(crate) fn room(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Where it may not be raised, the test has fewer connections.
    let _ = setrlimit(Resource::Nofile, raised);
    let now = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    wanted.min(now.saturating_sub(500))
}

#[test]
fn a_client_is_served_beside_ten_thousand_silent_connections() {
    let count = room(SILENT);
    let (program, client) = open(serve(&[]));
    let silent: Vec<TcpStream> = (0..count)
        .map(|_| TcpStream::connect(program.address()).expect("the machine has that many"))
        .collect();
    for number in 0..20 {
        let answer = client.post_json(number.to_string());
        assert_eq!(answer.status, 202, "{number}: {}", answer.body);
    }
    drop(silent);
    assert_eq!(client.post_json("20").status, 202);
    assert_eq!(client.status()["accepted"], 21);
    assert!(!program.stderr().text().contains("panicked"), "{}", program.stderr().text());
}
