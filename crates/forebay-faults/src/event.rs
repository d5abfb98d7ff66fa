//! Events that can be told apart: what the one with a number looks like, and which one a body is.

use forebay_testkit::chance::Chance;
use serde_json::{Value, json};

/// Most are small; one in so many is as long as a page and more.
const LONG_ONE_IN: u64 = 20;
const SHORT_CHARS_MAX: u64 = 200;
const LONG_CHARS_MAX: u64 = 9_000;

/// What text is made of: what JSON, SQL and COPY each treat in their own way is among it.
const LETTERS: [&str; 12] = ["a", "Z", "0", " ", "ä", "\\", "\"", "\n", "\t", "'", "日", "{"];

/// Which number a body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// It is this event, unchanged.
    Same(u64),
    /// It says that it is this one, and is not.
    Changed(u64),
    /// None that was ever made here.
    Stranger,
}

/// The event with this number.
pub(crate) fn event(number: u64) -> Value {
    json!({ "n": number, "text": text(number) })
}

/// The smallest one with this number.
pub(crate) fn small(number: u64) -> Value {
    json!({ "n": number })
}

/// The one with this number, of a key.
pub(crate) fn keyed(number: u64, key: u64) -> Value {
    json!({ "n": number, "key": key })
}

/// An event that PostgreSQL takes for JSON and cannot store: `jsonb` has no room for a zero.
pub(crate) fn poison(number: u64) -> Value {
    json!({ "n": number, "poison": "a\u{0}b" })
}

/// Which event a body is.
pub(crate) fn likeness(body: &str) -> Likeness {
    let Ok(found) = serde_json::from_str::<Value>(body) else { return Likeness::Stranger };
    match found["n"].as_u64() {
        Some(number) if found["key"].as_u64().is_some_and(|key| found == keyed(number, key)) => {
            Likeness::Same(number)
        }
        Some(number) if [event, small, poison].iter().any(|made| found == made(number)) => {
            Likeness::Same(number)
        }
        Some(number) => Likeness::Changed(number),
        None => Likeness::Stranger,
    }
}

fn text(number: u64) -> String {
    let mut chance = Chance::new(number);
    let chars_max = if chance.is_one_in(LONG_ONE_IN) { LONG_CHARS_MAX } else { SHORT_CHARS_MAX };
    let letters = LETTERS.len() as u64;
    let letter = |chance: &mut Chance| LETTERS[usize::try_from(chance.below(letters)).expect("12")];
    (0..chance.below(chars_max)).map(|_| letter(&mut chance)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Likeness, event, keyed, likeness, poison, small};

    #[test]
    fn an_event_is_recognized_as_it_was_and_in_another_layout() {
        for number in 0..200 {
            let body = event(number).to_string();
            assert_eq!(likeness(&body), Likeness::Same(number));
            assert_eq!(likeness(&body.replacen(':', ":  ", 1)), Likeness::Same(number));
        }
        assert_eq!(likeness(&poison(3).to_string()), Likeness::Same(3));
        assert_eq!(likeness(&small(3).to_string()), Likeness::Same(3));
        assert_eq!(likeness(&keyed(3, 7).to_string()), Likeness::Same(3));
    }

    #[test]
    fn one_that_was_changed_or_never_made_is_not() {
        let body = event(7).to_string().replace("\"n\":7", "\"n\":8");
        assert_eq!(likeness(&body), Likeness::Changed(8));
        assert_eq!(likeness("{\"m\":7}"), Likeness::Stranger);
        assert_eq!(likeness("{\"n\":7"), Likeness::Stranger);
    }
}
