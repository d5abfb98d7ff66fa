//! `POST /events`: from a body to events in the backlog.
//!
//! All or nothing: the answer is 202 and every event of the body waits, or it is a problem and
//! none does. Between the last byte of the body and the answer nothing is waited for.

use std::fmt::Write as _;

use bytes::Bytes;
use forebay_backlog::{AppendError, Durability, Event};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use uuid::Uuid;

use super::body::{self, BodyError, Expects};
use super::connection::Visit;
use super::parse::{self, Malformed, Values};
use super::problem::Problem;
use super::routes::Route;
use super::shape::Shape;
use crate::clock;
use crate::config::HttpLimits;

/// Takes the events of a request.
///
/// # Cancel safety
/// The events may or may not have been taken; all of them or none.
pub(super) async fn take(
    visit: &Visit,
    route: &Route,
    shape: Shape,
    expects: Expects,
    body: Incoming,
) -> Result<Response<Full<Bytes>>, Problem> {
    let front = &*visit.front;
    let limits = &front.limits;
    let body = body::read(body, expects, limits.body_bytes_max, &visit.progress)
        .await
        .map_err(|error| no_body(error, limits))?;
    let received_at_ms = clock::unix_ms();
    let texts = parse::split(&body, shape).map_err(|error| malformed(&error))?;
    fits(&texts, shape, limits)?;

    let template = Event {
        id: Uuid::nil(),
        received_at_ms,
        attributes: route.attributes(shape).clone(),
        body: Bytes::new(),
        key: None,
    };
    let mut events = build(&texts, &body, &template);
    let mut slots = events.iter_mut();
    front.ids.take(slots.len(), received_at_ms, |id| {
        if let Some(event) = slots.next() {
            event.id = id;
        }
    });
    let (first, last) = (events[0].id, events[events.len() - 1].id);
    let accepted = events.len();
    let noted = front.live.note(route.name, &events);
    route.backlog.append(events.into()).await.map_err(not_taken)?;
    front.live.accepted(noted);
    Ok(accepted_answer(accepted, first, last, route.backlog.durability()))
}

/// Refuses an event that is too long; the whole body is refused with it.
fn fits(texts: &Values<'_>, shape: Shape, limits: &HttpLimits) -> Result<(), Problem> {
    let limit = limits.event_bytes_max;
    let is_long = |text: &str| text.len() as u64 > limit;
    match texts {
        Values::One(text) if is_long(text) => {
            let detail = format!("the event has {} bytes; {limit} are allowed", text.len());
            Err(Problem::too_large(&detail, "event_bytes_max", limit))
        }
        Values::One(_) => Ok(()),
        Values::Many(values) => {
            let Some(long) = values.iter().find(|value| is_long(value.text)) else {
                return Ok(());
            };
            let (number, bytes) = (long.number, long.text.len());
            let (which, field) = match shape {
                Shape::Json => ("element", "element"),
                Shape::Lines => ("the event on line", "line"),
            };
            let detail = format!("{which} {number} has {bytes} bytes; {limit} are allowed");
            Err(Problem::too_large(&detail, "event_bytes_max", limit).field(field, number))
        }
    }
}

/// Makes the events, all like `template` but for their bodies.
fn build(texts: &Values<'_>, body: &Bytes, template: &Event) -> Vec<Event> {
    let event = |body: Bytes| Event { body, ..template.clone() };
    match texts {
        Values::One(text) => vec![event(cut(text, body, text.len()))],
        Values::Many(values) => {
            let kept = values.iter().map(|value| value.text.len()).sum();
            values.iter().map(|value| event(cut(value.text, body, kept))).collect()
        }
    }
}

/// Cuts one event's text out of `body`, of which all events together keep `kept` bytes.
///
/// Slices share the body's memory until the last of them is gone. Where most of it would be kept
/// for nothing, an event gets a copy of its own.
fn cut(text: &str, body: &Bytes, kept: usize) -> Bytes {
    if kept >= body.len() / 2 {
        body.slice_ref(text.as_bytes())
    } else {
        Bytes::copy_from_slice(text.as_bytes())
    }
}

fn accepted_answer(
    accepted: usize,
    first: Uuid,
    last: Uuid,
    durability: Durability,
) -> Response<Full<Bytes>> {
    let mut json = String::with_capacity(160);
    let written = writeln!(
        json,
        r#"{{"accepted":{accepted},"first":"{first}","last":"{last}","durability":"{durability}"}}"#
    );
    debug_assert!(written.is_ok(), "a string takes everything");
    let mut response = Response::new(Full::from(json));
    *response.status_mut() = StatusCode::ACCEPTED;
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn no_body(error: BodyError, limits: &HttpLimits) -> Problem {
    let limit = limits.body_bytes_max;
    let too_large = || {
        let detail = format!("the body has more than the {limit} bytes that are allowed");
        Problem::too_large(&detail, "body_bytes_max", limit)
    };
    match error {
        BodyError::TooLarge => too_large(),
        BodyError::FarTooLarge => too_large().closing(),
        BodyError::Late => Problem::slow_body(limits.body_read_ms_max),
        BodyError::Broken => Problem::broken_body("the body ended early or is framed wrongly"),
    }
}

fn malformed(error: &Malformed) -> Problem {
    let problem = Problem::malformed(&error.to_string());
    match error.place() {
        Some((line, column)) => problem.field("line", line).field("column", column),
        None => problem,
    }
}

fn not_taken(error: AppendError) -> Problem {
    match error {
        AppendError::Closed => Problem::draining(),
        AppendError::Full { limit } => Problem::full(limit),
        AppendError::KeyReused => Problem::key_reused(),
        AppendError::NoSpace => Problem::no_space(),
        AppendError::Broken { why } => Problem::broken_backlog(&why),
        AppendError::NeverFits { limit, size, max } => {
            let unit = limit.trim_end_matches("_max");
            let detail = format!("{size} {unit} in one request; the backlog takes {max}");
            Problem::too_large(&detail, limit, max)
        }
    }
}
