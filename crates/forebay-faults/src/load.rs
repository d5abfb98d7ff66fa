//! Clients that send numbered events over HTTP, a few at a time.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use forebay_testkit::chance::Chance;
use forebay_testkit::program::client::Client;
use serde_json::Value;

use crate::clock;
use crate::event::event;
use crate::oracle::Oracle;

/// How long a client that was sent away waits, whatever it was told: nobody here has a second.
const SENT_AWAY: Duration = Duration::from_millis(10);

/// Who sends, and how much at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) clients: u64,
    pub(crate) group_events_max: u64,
    pub(crate) again: Again,
}

/// How a request is sent again of which nobody knows what became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// As another one: it may be there twice.
    Anew,
    /// With the `Idempotency-Key` that it had: it must be there once.
    UnderItsKey,
}

/// What was answered.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Requests taken.
    pub(crate) taken: AtomicU64,
    /// Requests refused with 429 or 503.
    pub(crate) sent_away: AtomicU64,
    /// The longest wait for an answer.
    pub(crate) ms_max: AtomicU64,
    /// Set from outside to end the load.
    pub(crate) is_over: AtomicBool,
}

/// What one request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Taken,
    SentAway,
    /// The connection broke, and nobody knows.
    Gone,
}

impl Answers {
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    fn note(&self, answer: Answer, took: Duration) {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.ms_max.fetch_max(took_ms, Ordering::Relaxed);
        match answer {
            Answer::Taken => self.taken.fetch_add(1, Ordering::Relaxed),
            Answer::SentAway => self.sent_away.fetch_add(1, Ordering::Relaxed),
            Answer::Gone => 0,
        };
    }
}

impl Load {
    /// Sends until the program is gone, or the answers' end is called. `meanwhile` runs on the
    /// thread of the caller and decides when that is.
    ///
    /// # Errors
    /// An answer that is none of those that are promised.
    pub(crate) fn send<T>(
        self,
        client: &Client,
        oracle: &Oracle,
        chance: &mut Chance,
        meanwhile: impl FnOnce(&Answers) -> T,
    ) -> Result<(T, Answers), String> {
        let answers = Answers::default();
        let outcome = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.clients)
                .map(|_| {
                    let (client, chance, answers) = (client.clone(), chance.fork(), &answers);
                    scope.spawn(move || self.one_client(&client, oracle, chance, answers))
                })
                .collect();
            let outcome = meanwhile(&answers);
            answers.end();
            for thread in threads {
                thread.join().map_err(|_| "a client panicked".to_owned())??;
            }
            Ok::<T, String>(outcome)
        })?;
        Ok((outcome, answers))
    }

    fn one_client(
        self,
        client: &Client,
        oracle: &Oracle,
        mut chance: Chance,
        answers: &Answers,
    ) -> Result<(), String> {
        while !answers.is_over.load(Ordering::Relaxed) {
            let again = match self.again {
                _ if !chance.is_one_in(4) => None,
                Again::Anew => oracle.issue_again(),
                Again::UnderItsKey => oracle.issue_under_its_key(),
            };
            let count = 1 + chance.below(self.group_events_max);
            let numbers = again.unwrap_or_else(|| oracle.issue(count));
            let began = clock::now();
            let key = format!("\"{}-{}\"", numbers.start, numbers.end);
            let key = (self.again == Again::UnderItsKey).then_some(key.as_str());
            let answer = post_group(client, oracle, &numbers, &bodies(&numbers), key)?;
            answers.note(answer, began.elapsed());
            match answer {
                Answer::Taken => {}
                Answer::SentAway => clock::pause(SENT_AWAY),
                Answer::Gone => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Sends the events with these numbers, which were issued, and tells the oracle what came of it.
///
/// # Errors
/// An answer that is none of those that are promised.
pub(crate) fn post(
    client: &Client,
    oracle: &Oracle,
    numbers: &Range<u64>,
) -> Result<Answer, String> {
    post_group(client, oracle, numbers, &bodies(numbers), None)
}

fn bodies(numbers: &Range<u64>) -> Vec<Value> {
    numbers.clone().map(event).collect()
}

/// The same, with bodies that are not the usual ones.
pub(crate) fn post_bodies(
    client: &Client,
    oracle: &Oracle,
    numbers: &Range<u64>,
    group: &[Value],
) -> Result<Answer, String> {
    post_group(client, oracle, numbers, group, None)
}

fn post_group(
    client: &Client,
    oracle: &Oracle,
    numbers: &Range<u64>,
    group: &[Value],
    key: Option<&str>,
) -> Result<Answer, String> {
    let body = Value::from(group).to_string();
    let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
    let kind = "application/json";
    let Ok(answer) = client.try_post_with("/events", kind, &headers, body.as_bytes()) else {
        oracle.doubt(numbers.clone());
        return Ok(Answer::Gone);
    };
    match answer.status {
        202 if answer.json()["accepted"] == group.len() => {
            oracle.acknowledge(numbers);
            Ok(Answer::Taken)
        }
        429 | 503 => {
            match answer.json()["type"].as_str().is_some_and(|kind| kind.ends_with("away")) {
                // Nobody knows, and it says so.
                true => oracle.doubt(numbers.clone()),
                false => oracle.refuse(numbers),
            }
            match answer.header("retry-after").map(str::parse::<u64>) {
                Some(Ok(_seconds)) => Ok(Answer::SentAway),
                _ => Err(format!("{} without Retry-After: {}", answer.status, answer.body)),
            }
        }
        status => Err(format!("an answer that is not promised: {status} {}", answer.body)),
    }
}
