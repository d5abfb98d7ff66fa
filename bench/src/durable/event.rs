//! The events of this bench: each can be told from its number, byte for byte.

use std::sync::Arc;

use forebay_backlog::Event;
use uuid::Uuid;

use crate::failure::Failure;

/// Makes events whose bodies are of one size.
#[derive(Debug, Clone)]
pub(super) struct Mint {
    body_bytes: usize,
    attributes: Arc<str>,
}

/// A UUID is a time in milliseconds, a version and bits of its own: here a time that rises with the number.
const FIRST_MS: u64 = 1_760_000_000_000;
const NUMBERS_A_MS: u64 = 1_000;

impl Mint {
    pub(super) fn new(body_bytes: usize) -> Self {
        Mint { body_bytes, attributes: "{}".into() }
    }

    pub(super) fn event(&self, number: u64) -> Event {
        Event {
            id: id(number),
            received_at_ms: (FIRST_MS + number / NUMBERS_A_MS).cast_signed(),
            attributes: Arc::clone(&self.attributes),
            body: self.body(number).into(),
            key: None,
        }
    }

    /// A JSON object with its number, as long as asked for.
    fn body(&self, number: u64) -> Vec<u8> {
        let mut body =
            format!("{{\"n\":\"{number:012}\",\"user\":\"u-48213\",\"note\":\"").into_bytes();
        body.resize(self.body_bytes - 2, b'.');
        body.extend_from_slice(b"\"}");
        body
    }

    /// Which event it is, if it is one of ours and intact, its id too.
    pub(super) fn number_of(&self, id: Uuid, body: &[u8]) -> Result<u64, Failure> {
        let number = self.number_in(body)?;
        match self::id(number) == id {
            true => Ok(number),
            false => Err(Failure::new(format!("event {number} has become {id}"))),
        }
    }

    /// Which event has this body, if it is one of ours and intact.
    pub(super) fn number_in(&self, body: &[u8]) -> Result<u64, Failure> {
        let number = body
            .get(6..18)
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
            .ok_or_else(|| Failure::new("an event has no number"))?;
        match self.body(number) == body {
            true => Ok(number),
            false => Err(Failure::new(format!("event {number} is not as it was appended"))),
        }
    }
}

fn id(number: u64) -> Uuid {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(FIRST_MS + number / NUMBERS_A_MS, &random).into_uuid()
}

/// Which numbers have been seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    words: Vec<u64>,
    count: u64,
}

impl Seen {
    /// Notes one that must not have been seen before.
    pub(super) fn note(&mut self, number: u64) -> Result<(), Failure> {
        let (word, bit) = ((number / 64) as usize, 1 << (number % 64));
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if self.words[word] & bit != 0 {
            return Err(Failure::new(format!("event {number} is there twice")));
        }
        self.words[word] |= bit;
        self.count += 1;
        Ok(())
    }

    /// Whether it is the numbers from 0 up to `count`, all of them.
    pub(super) fn check_all(&self, count: u64) -> Result<(), Failure> {
        let missing = (0..count).find(|number| {
            let word = self.words.get((number / 64) as usize);
            word.is_none_or(|word| word & (1 << (number % 64)) == 0)
        });
        match missing {
            Some(number) => {
                Err(Failure::new(format!("event {number} was acknowledged and is gone")))
            }
            None if self.count != count => {
                Err(Failure::new(format!("{count} events were appended, {} are there", self.count)))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_as_long_as_asked_for_and_known_again() {
        let mint = Mint::new(100);
        let event = mint.event(123_456);
        assert_eq!(event.body.len(), 100);
        assert!(serde_json::from_slice::<serde_json::Value>(&event.body).is_ok());
        assert_eq!(mint.number_of(event.id, &event.body).expect("intact"), 123_456);
    }

    #[test]
    fn a_changed_body_and_a_wrong_id_are_refused() {
        let mint = Mint::new(100);
        let event = mint.event(7);
        let mut body = event.body.to_vec();
        body[60] ^= 1;
        assert!(mint.number_of(event.id, &body).is_err());
        assert!(mint.number_of(mint.event(8).id, &event.body).is_err());
    }

    #[test]
    fn one_that_is_missing_twice_there_or_too_much_is_found() {
        let mut seen = Seen::default();
        for number in [0, 1, 3] {
            seen.note(number).expect("new");
        }
        assert!(seen.check_all(4).is_err(), "2 is missing");
        assert!(seen.check_all(2).is_err(), "3 is too much");
        assert!(seen.note(3).is_err(), "twice");
        seen.note(2).expect("new");
        seen.check_all(4).expect("all are there");
    }
}
