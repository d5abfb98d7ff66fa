//! The good answer to `POST /events`.

use std::fmt::Write as _;

use bytes::Bytes;
use forebay_backlog::{Answer, Backlog, Durability};
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use uuid::Uuid;

/// What the answer says of a request that came before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Where the events are for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Memory,
    Disk,
    JetStream,
    /// In the sink, so many of them in dead letters.
    Sink {
        dead: u64,
    },
}

impl Held {
    pub(super) fn of(backlog: &dyn Backlog) -> Self {
        match backlog.durability() {
            Durability::Memory => Self::Memory,
            Durability::Disk => Self::Disk,
            Durability::JetStream => Self::JetStream,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::JetStream => "jetstream",
            Self::Sink { .. } => "sink",
        }
    }
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    answer: Answer,
    /// Events that had come before.
    repeats: u64,
    is_replayed: bool,
    held: Held,
}

impl Accepted {
    /// Of a request that was taken in.
    pub(super) fn new(answer: Answer, held: Held) -> Self {
        Self { answer, repeats: 0, is_replayed: false, held }
    }

    /// Of one that would be answered `answer`, had nothing of it come before: of its events, `ids`,
    /// those at these places have.
    pub(super) fn but_for(answer: Answer, ids: &[Uuid], repeats: &[usize], held: Held) -> Self {
        let is_new = |(place, _): &(usize, &Uuid)| repeats.binary_search(place).is_err();
        let mut new = ids.iter().enumerate().filter(is_new).map(|(_, id)| *id);
        let first = new.next().unwrap_or_default();
        let (repeats, last) = (repeats.len() as u64, new.next_back().unwrap_or(first));
        let accepted = answer.accepted.saturating_sub(repeats);
        Self { answer: Answer { accepted, first, last }, repeats, is_replayed: false, held }
    }

    /// Of one that came before and was answered `answer`.
    pub(super) fn again(answer: Answer, held: Held) -> Self {
        Self { answer, repeats: 0, is_replayed: true, held }
    }

    /// Of a request without an event in it.
    pub(super) fn nothing(held: Held) -> Self {
        Self::new(Answer { accepted: 0, first: Uuid::nil(), last: Uuid::nil() }, held)
    }

    pub(super) fn in_sink(self, dead: u64) -> Self {
        Self { held: Held::Sink { dead }, ..self }
    }

    /// 200 once there is nothing more to come, 202 before.
    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let Answer { accepted, first, last } = self.answer;
        let mut json = String::with_capacity(192);
        let mut put = |text: std::fmt::Arguments<'_>| {
            let written = json.write_fmt(text);
            debug_assert!(written.is_ok(), "a string takes everything");
        };
        put(format_args!(r#"{{"accepted":{accepted},"#));
        match accepted {
            // No event has these ids.
            0 => put(format_args!(r#""first":null,"last":null,"#)),
            _ => put(format_args!(r#""first":"{first}","last":"{last}","#)),
        }
        if self.repeats > 0 {
            put(format_args!(r#""repeated":{},"#, self.repeats));
        }
        if let Held::Sink { dead: dead @ 1.. } = self.held {
            put(format_args!(r#""dead":{dead},"#));
        }
        put(format_args!("\"durability\":\"{}\"}}\n", self.held.word()));

        let mut response = Response::new(Full::from(json));
        *response.status_mut() = match self.held {
            Held::Sink { .. } => StatusCode::OK,
            Held::Memory | Held::Disk | Held::JetStream => StatusCode::ACCEPTED,
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.is_replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}
