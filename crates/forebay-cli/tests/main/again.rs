//! A request that is sent again until it is answered is stored once, through restarts and kills.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use forebay_testkit::chance::Chance;
use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Signal};
use forebay_testkit::seed::seed;

use crate::into_sqlite::numbers;
use crate::start::{PATIENCE, open, serve, wait_for_status};

const KILLS: u64 = 8;
const CLIENTS: usize = 4;

struct Setup {
    folder: tempfile::TempDir,
}

impl Setup {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn serve(&self, settings: &[(&str, &str)]) -> (Program, Client) {
        let backlog = format!("disk:{}", self.folder.path().join("data").display());
        let sink = format!("sqlite:{}", self.folder.path().join("events.db").display());
        let start = serve(&["--backlog", &backlog, "--sink", &sink]).with_stdout_unread();
        open(settings.iter().fold(start, |start, (name, value)| start.env(name, value)))
    }

    fn numbers(&self) -> Vec<u64> {
        numbers(&self.folder.path().join("events.db"))
    }
}

fn send(client: &Client, key: &str, body: &str) -> (u16, serde_json::Value) {
    let headers = [("idempotency-key", key)];
    let answer = client
        .try_post_with("/events", "application/json", &headers, body.as_bytes())
        .expect("the server answers");
    (answer.status, answer.json())
}

fn delivered(program: &Program, client: &Client) {
    wait_for_status(program, client, |status| status["waiting"] == 0 && status["in_flight"] == 0);
}

#[test]
fn a_key_is_known_again_after_a_restart_and_after_a_kill() {
    let setup = Setup::new();
    let (program, client) = setup.serve(&[]);
    let first = send(&client, "one", "[1,2]");
    delivered(&program, &client);
    program.signal(Signal::TERM);
    assert_eq!(program.wait(PATIENCE).code, Some(0));

    let (program, client) = setup.serve(&[]);
    assert_eq!(send(&client, "one", "[1,2]"), first);
    let second = send(&client, "two", "[3]");
    program.signal(Signal::KILL);
    drop(program.wait(PATIENCE));

    let (program, client) = setup.serve(&[]);
    assert_eq!(send(&client, "one", "[1,2]"), first);
    assert_eq!(send(&client, "two", "[3]"), second);
    assert_eq!(send(&client, "two", "[4]").0, 422);
    delivered(&program, &client);
    assert_eq!(setup.numbers(), [1, 2, 3]);
}

#[test]
fn beyond_its_window_in_count_or_time_a_key_is_new() {
    let setup = Setup::new();
    let (program, client) = setup.serve(&[("FOREBAY__BACKLOG__MARKS_MAX", "2")]);
    for (key, body) in [("a", "1"), ("b", "2"), ("c", "3"), ("c", "3"), ("a", "1")] {
        assert_eq!(send(&client, key, body).0, 202);
    }
    wait_for_status(&program, &client, |status| status["delivered"] == 4);
    program.signal(Signal::TERM);
    drop(program.wait(PATIENCE));

    let (program, client) = setup.serve(&[("FOREBAY__BACKLOG__MARKS_KEEP_MS", "1")]);
    let (_, first) = send(&client, "d", "5");
    // Until it is old enough to be forgotten.
    while send(&client, "d", "5").1 == first {}
    delivered(&program, &client);
}

/// Sends numbers, each with a key of its own and again until it is answered.
struct Producer {
    next: AtomicU64,
    /// What was not answered, by producer.
    open: [Mutex<Option<u64>>; CLIENTS],
    answered: Mutex<Vec<u64>>,
}

impl Producer {
    /// Goes on until the server is gone, or `enough` are answered and nothing is open.
    fn send(&self, place: usize, client: &Client, enough: u64) {
        let mut open = self.open[place].lock().expect("nobody panics here");
        loop {
            let is_enough = self.answered.lock().expect("as above").len() as u64 >= enough;
            let number = match open.take() {
                Some(number) => number,
                None if is_enough => return,
                None => self.next.fetch_add(1, Ordering::Relaxed),
            };
            let (key, body) = (format!("number {number}"), number.to_string());
            let headers = [("idempotency-key", format!("\"{key}\""))];
            let headers = headers.each_ref().map(|(name, key)| (*name, key.as_str()));
            let sent =
                client.try_post_with("/events", "application/json", &headers, body.as_bytes());
            let Ok(answer) = sent else {
                *open = Some(number);
                return;
            };
            assert_eq!(answer.status, 202, "{}", answer.body);
            self.answered.lock().expect("as above").push(number);
        }
    }
}

#[test]
fn what_is_sent_again_until_it_is_answered_is_one_row_each_through_kills() {
    let setup = Setup::new();
    let producer =
        Producer { next: AtomicU64::new(0), open: Default::default(), answered: Mutex::default() };
    let mut chance = Chance::new(seed());
    let answered = || producer.answered.lock().expect("nobody panics here").len() as u64;
    for round in 0..=KILLS {
        let (program, client) = setup.serve(&[]);
        let enough = answered() + 1 + chance.below(200);
        thread::scope(|scope| {
            for place in 0..CLIENTS {
                let (producer, client) = (&producer, client.clone());
                // The last round ends by itself, with nothing left open.
                let until = if round == KILLS { enough } else { u64::MAX };
                scope.spawn(move || producer.send(place, &client, until));
            }
            if round < KILLS {
                while answered() < enough {
                    thread::yield_now();
                }
                program.signal(Signal::KILL);
            }
        });
        if round == KILLS {
            delivered(&program, &client);
        }
    }
    let mut expected = producer.answered.lock().expect("nobody panics here").clone();
    expected.sort_unstable();
    assert_eq!(setup.numbers(), expected);
}
