//! The life of each item: when it was put, and when it was got.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Act, Call, Flaw, Span};

/// One item's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) item: u64,
    pub(super) put: Span,
    /// When it was got; never, while nobody has.
    pub(super) got: Span,
}

/// Later than all there is.
const NEVER: Span = Span { begin: u64::MAX, end: u64::MAX };

impl Life {
    pub(super) fn is_got(&self) -> bool {
        self.got != NEVER
    }
}

/// Every item's.
pub(super) fn lives_of(calls: &[Call]) -> Result<Vec<Life>, Flaw> {
    let mut lives = BTreeMap::new();
    for &Call { act, span } in calls {
        let Act::Put(item) = act else { continue };
        match lives.entry(item) {
            Entry::Vacant(place) => place.insert(Life { item, put: span, got: NEVER }),
            Entry::Occupied(_) => return Err(Flaw::PutTwice(item)),
        };
    }
    for &Call { act, span } in calls {
        let Act::Got(item) = act else { continue };
        let life = lives.get_mut(&item).ok_or(Flaw::NeverPut(item))?;
        if life.is_got() {
            return Err(Flaw::GotTwice(item));
        }
        if span.is_before(life.put) {
            return Err(Flaw::NeverPut(item));
        }
        life.got = span;
    }
    Ok(lives.into_values().collect())
}
