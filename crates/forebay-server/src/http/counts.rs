//! How many requests were answered, by place and status code: the only figures of the server
//! that are counted as it goes. All others are computed from the state when somebody asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use hyper::StatusCode;

/// The codes that are given; hyper's own answers to what is not HTTP are not seen here.
const CODES: [u16; 15] = [200, 202, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 503, 0];

/// Places that are always there.
const FIXED: [&str; 9] =
    ["none", "/", "/livez", "/readyz", "/status", "/metrics", "/dead", "/live", "/admin"];

/// Where a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Nowhere,
    Index,
    Livez,
    Readyz,
    Status,
    Metrics,
    Dead,
    Live,
    Admin,
    /// A route, by its place on the list.
    Route(usize),
}

/// Answers, counted by place and code.
#[derive(Debug)]
pub(crate) struct Counts {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: Arc<str>,
    by_code: [AtomicU64; CODES.len()],
}

impl Counts {
    /// Starts at zero for `routes`, which are in the order of their places.
    pub(crate) fn new(routes: impl Iterator<Item = Arc<str>>) -> Self {
        let row = |name| Row { name, by_code: Default::default() };
        Self { rows: FIXED.into_iter().map(Arc::from).chain(routes).map(row).collect() }
    }

    pub(super) fn add(&self, place: Place, code: StatusCode) {
        let row = match place {
            Place::Nowhere => 0,
            Place::Index => 1,
            Place::Livez => 2,
            Place::Readyz => 3,
            Place::Status => 4,
            Place::Metrics => 5,
            Place::Dead => 6,
            Place::Live => 7,
            Place::Admin => 8,
            Place::Route(index) => FIXED.len() + index,
        };
        let known = CODES.iter().position(|known| *known == code.as_u16());
        let column = known.unwrap_or(CODES.len() - 1);
        // Ordering: Relaxed, a sum that orders nothing.
        self.rows[row].by_code[column].fetch_add(1, Relaxed);
    }

    /// Each place and code with at least one answer.
    pub(crate) fn answered(&self) -> impl Iterator<Item = (Arc<str>, u16, u64)> {
        self.rows.iter().flat_map(|row| {
            let codes = CODES.iter().zip(&row.by_code);
            // Ordering: Relaxed, a sum that orders nothing.
            let counted =
                codes.map(|(code, count)| (Arc::clone(&row.name), *code, count.load(Relaxed)));
            counted.filter(|(_, _, count)| *count > 0)
        })
    }
}
