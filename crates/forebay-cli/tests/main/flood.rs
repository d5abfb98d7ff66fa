//! Whoever sends slowly, too much, or reads nothing, keeps nobody else from being served, and takes
//! no more memory than there is for it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use forebay_testkit::program::Program;
use forebay_testkit::program::client::Client;

use crate::crowd::room;
use crate::start::{open, serve, wait_for_status};

const MIB: u64 = 1024 * 1024;

/// What may be taken beside what a limit allows.
const BESIDE: u64 = 64 * MIB;

/// What a connection that has said something may take.
const OF_CONNECTION: u64 = 32 * 1024;

/// Sends events until it is served `count` times; each is.
fn is_served(client: &Client, count: u64) {
    for number in 0..count {
        let answer = client.post_json(number.to_string());
        assert_eq!(answer.status, 202, "{number}: {}", answer.body);
    }
}

/// What one takes that has said something, but nothing whole since its last answer.
const OF_RESTING: u64 = 10 * 1024;

fn grown(program: &Program, before: u64) -> u64 {
    program.resident_bytes_peak().saturating_sub(before)
}

#[test]
fn a_client_is_served_beside_five_thousand_that_send_byte_by_byte() {
    let count = room(5_000);
    let (program, client) = open(serve(&[]));
    is_served(&client, 20);
    let before = program.resident_bytes();
    let heads: [&[u8]; 2] = [
        b"POST /events HTTP/1.1\r\nhost: a\r\nx-slow: ",
        b"POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
          content-length: 1000000\r\n\r\n",
    ];
    let mut slow: Vec<TcpStream> = (0..count)
        .map(|number| {
            let mut stream = TcpStream::connect(program.address()).expect("there is room for it");
            stream.write_all(heads[usize::from(number % 2 == 0)]).expect("it is read");
            stream
        })
        .collect();
    for _ in 0..10 {
        // Whoever took too long is gone by now.
        slow.retain_mut(|stream| stream.write_all(b"1").is_ok());
        is_served(&client, 20);
    }
    let grown = grown(&program, before);
    assert!(
        grown <= BESIDE + count * OF_CONNECTION,
        "{grown} bytes more for {count} that are slow"
    );
    drop(slow);
    wait_for_status(&program, &client, |status| status["delivered"] == 220);
    assert!(!program.stderr().text().contains("panicked"), "{}", program.stderr().text());
}

#[test]
fn five_thousand_that_rest_between_requests_take_little() {
    let count = room(5_000);
    let (program, client) = open(serve(&[]));
    is_served(&client, 20);
    let before = program.resident_bytes();
    let request = b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\nGET /livez HTTP/1.1\r\nx-slow: ";
    let mut resting: Vec<TcpStream> = (0..count)
        .map(|_| {
            let mut stream = TcpStream::connect(program.address()).expect("there is room for it");
            stream.write_all(request).expect("it is read");
            answer(&mut stream);
            stream
        })
        .collect();
    is_served(&client, 20);
    let grown = grown(&program, before);
    assert!(grown <= count * OF_RESTING, "{grown} bytes more for {count} that rest");
    for stream in resting.iter_mut().step_by(100) {
        stream.write_all(b"a\r\n\r\n").expect("it is open");
        answer(stream);
    }
}

/// Reads one, of a few bytes.
fn answer(stream: &mut TcpStream) {
    let (mut read, mut part) = (Vec::new(), [0; 512]);
    while !read.ends_with(b"alive\n") {
        let count = stream.read(&mut part).expect("an answer");
        assert!(count > 0, "it was closed");
        read.extend_from_slice(&part[..count]);
    }
    assert!(read.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&read));
}

#[test]
fn a_flood_of_ten_times_what_there_is_room_for_is_answered_and_memory_stays_within_it() {
    const BACKLOG: u64 = 32 * MIB;
    const IN_FLIGHT: u64 = 16 * MIB;
    const CLIENTS: u64 = 32;
    let start = serve(&["--backlog", "memory:", "--sink", "postgres://nobody@127.0.0.1:1/none"])
        .args(["--drain-for", "0s"])
        .env("FOREBAY__BACKLOG__BYTES_MAX", &BACKLOG.to_string())
        .env("FOREBAY__HTTP__IN_FLIGHT_BYTES_MAX", &IN_FLIGHT.to_string())
        .env("FOREBAY__HTTP__EVENT_BYTES_MAX", "1MiB");
    let (program, client) = open(start);
    assert_eq!(client.get("/status").status, 200);
    let before = program.resident_bytes();
    let body = format!("\"{}\"", "x".repeat(900_000));
    let rounds = 10 * (BACKLOG + IN_FLIGHT) / (CLIENTS * body.len() as u64) + 1;
    let (taken, refused, is_over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let client = Client::new(program.address());
                    for _ in 0..rounds {
                        // A refusal may come, and the connection end, before all of it is sent.
                        let answer =
                            client.try_post("/events", "application/json", body.as_bytes());
                        match answer.map(|answer| (answer.status, answer)) {
                            Ok((202, _)) => taken.fetch_add(1, Ordering::Relaxed),
                            Ok((503, answer)) => {
                                assert!(answer.header("retry-after").is_some());
                                refused.fetch_add(1, Ordering::Relaxed)
                            }
                            Ok((other, answer)) => panic!("{other}: {}", answer.body),
                            Err(_) => refused.fetch_add(1, Ordering::Relaxed),
                        };
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            // Ordering: Relaxed, a wish to end that orders nothing.
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(client.get("/livez").status, 200);
                assert_eq!(client.get("/status").status, 200);
            }
        });
        let sent: Vec<_> = clients.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(sent.iter().all(Result::is_ok));
    });
    let (taken, refused) = (taken.into_inner(), refused.into_inner());
    assert_eq!(taken + refused, CLIENTS * rounds);
    assert!(taken * body.len() as u64 <= BACKLOG && refused > taken, "{taken} {refused}");
    assert_eq!(client.status()["waiting"], taken);
    let grown = grown(&program, before);
    assert!(grown <= BACKLOG + IN_FLIGHT + BESIDE, "{grown} bytes more");
}

#[test]
fn whoever_asks_and_reads_no_answer_is_sent_away_and_the_others_are_served() {
    let start = serve(&[]).env("FOREBAY__HTTP__IDLE_MS_MAX", "1500ms");
    let (program, client) = open(start);
    is_served(&client, 20);
    let before = program.resident_bytes();
    let question = "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n".repeat(100);
    let mut deaf: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(program.address()).expect("there is room for it");
            // What does not fit into the buffers on the way is not sent.
            stream.set_write_timeout(Some(Duration::from_millis(1))).expect("a timeout");
            for _ in 0..10 {
                if stream.write_all(question.as_bytes()).is_err() {
                    break;
                }
            }
            stream
        })
        .collect();
    is_served(&client, 50);
    wait_for_status(&program, &client, |status| status["connections"].as_u64() <= Some(2));
    let grown = grown(&program, before);
    assert!(grown <= BESIDE, "{grown} bytes more");
    for stream in &mut deaf {
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        let mut part = [0; 65_536];
        // To the end, or to the reset that whoever was sent away gets.
        while stream.read(&mut part).is_ok_and(|bytes| bytes > 0) {}
    }
    is_served(&client, 20);
}
