//! What is where in an event, as the very characters that were sent.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::config::Pointer;

type Members<'a> = HashMap<String, &'a RawValue>;

/// An event, taken apart as far as most pointers go: once, and not for each of them.
pub(super) struct Fields<'a> {
    whole: &'a str,
    members: Option<Members<'a>>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(body: &'a str) -> Self {
        Self { whole: body, members: serde_json::from_str(body).ok() }
    }

    pub(super) fn whole(&self) -> &'a str {
        self.whole
    }

    /// What a pointer points to; of a name that is there twice, the last.
    pub(super) fn find(&self, pointer: &Pointer) -> Option<&'a str> {
        let mut tokens = pointer.tokens();
        let first = tokens.next()?;
        let found = match &self.members {
            Some(members) => members.get(&first)?.get(),
            None => element(self.whole, &first)?,
        };
        tokens.try_fold(found, |json, token| match json.as_bytes().first()? {
            b'{' => {
                serde_json::from_str::<Members<'a>>(json).ok()?.get(&token).map(|raw| raw.get())
            }
            _ => element(json, &token),
        })
    }
}

/// The element of an array; its place is written without a needless zero (RFC 6901, 4).
fn element<'a>(json: &'a str, token: &str) -> Option<&'a str> {
    let place: usize = token.parse().ok().filter(|place: &usize| place.to_string() == token)?;
    let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    elements.get(place).map(|raw| raw.get())
}
