//! `POST /events`: from a body to events in the backlog.
//!
//! All or nothing: the answer is a good one and every event of the body is where the answer says,
//! or it is a problem and none is.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use forebay_backlog::{Answer, AppendError, Appended, Event, Group, Mark, Receipt};
use http_body_util::Full;
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Front;
use super::accepted::{Accepted, Held};
use super::body::{self, BodyError, Expects};
use super::connection::Visit;
use super::keys;
use super::parse::{self, Malformed, Values};
use super::patience::Phase;
use super::problem::Problem;
use super::rate::Meter;
use super::routes::Route;
use super::shape::{Form, Shape};
use super::signature::{Signed, Webhook};
use super::terms::Terms;
use super::trace::Trace;
use crate::arrivals::Waiting;
use crate::clock;
use crate::config::{Ack, HttpLimits};

/// A request that brings events.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) visit: &'a Visit,
    pub(super) terms: &'a Terms,
    pub(super) route: &'a Route,
    pub(super) form: Form,
    /// Of who sends, where there is a limit.
    pub(super) meter: Option<&'a Meter>,
    pub(super) headers: &'a HeaderMap,
}

impl Asked<'_> {
    /// Takes the events.
    ///
    /// # Cancel safety
    /// The events may or may not have been taken; all of them or none.
    pub(super) async fn take(&self, body: &mut Incoming) -> Result<Response<Full<Bytes>>, Problem> {
        let Self { visit, route, form, .. } = *self;
        let limits = &self.terms.limits;
        let key = match self.webhook() {
            Some(_) => None, // It has an id, which is signed.
            None => keys::of_request(self.headers)?,
        };
        let (expects, bytes_max) = (Expects::of(self.headers), limits.body_bytes_max);
        let mut hold = visit.front.budget.hold(limits.in_flight_bytes_max);
        let body = body::read(body, form.coding, expects, bytes_max, &visit.progress, &mut hold)
            .await
            .map_err(|error| no_body(error, limits))?;
        visit.progress.enter(Phase::Answer);
        let Some((group, answer)) = self.group(body, key)? else {
            return Ok(Accepted::nothing(Held::of(&*route.backlog)).into_response());
        };
        let noted = visit.front.live.note(&route.name, &group.events);
        let count = group.events.len();
        let taken = route.traces.append(count, append(route, group, answer)).await?;
        visit.front.live.accepted(noted);
        Ok(taken.wait(limits.sink_ack_ms_max).await.into_response())
    }

    fn webhook(&self) -> Option<&Webhook> {
        self.terms.webhooks.get(&*self.route.name)
    }

    /// The events of the body, and what is answered once they are taken. Nothing where it has none.
    fn group(&self, body: Bytes, key: Option<Vec<u8>>) -> Result<Option<(Group, Answer)>, Problem> {
        let Self { visit, terms, route, form: Form { shape, .. }, meter, headers } = *self;
        let front = &*visit.front;
        let received_at_ms = clock::unix_ms();
        let signed = signed(self.webhook(), headers, &body, received_at_ms)?;
        let texts = parse::split(&body, shape, headers).map_err(|error| malformed(&error))?;
        if texts.len() == 0 {
            return Ok(None);
        }
        fits(&texts, shape, &terms.limits)?;
        if let Some(meter) = meter {
            pace(meter, terms, front.now_ns(), texts.len() as u64)?;
        }

        let template = Event {
            id: Uuid::nil(),
            received_at_ms,
            attributes: route.attributes(shape).clone(),
            body: Bytes::new(),
            key: None,
        };
        let mut events = build(&texts, &body, &template);
        know(&mut events, &texts, shape, route)?;
        let key = match signed {
            Some(Signed { id, said }) => {
                say(&mut events, &texts, shape, route, &said);
                Some(id)
            }
            None => key,
        };
        map(&events, &texts, shape, route)?;
        let answer = identify(&mut events, front, received_at_ms);
        let mark = key.map(|key| Mark {
            key: keys::digest([route.name.as_bytes(), &key]),
            fingerprint: keys::digest([said(&events, shape).as_bytes(), &body]),
            answer,
        });
        // After the mark: who tries again does so in another part of the trace.
        let parent = route.traces.parent();
        if let Some(trace) = Trace::continued(Trace::of(headers), parent.as_deref()) {
            trace.keep(&mut events);
        }
        route.came(body.len());
        Ok(Some((Group { events, mark }, answer)))
    }
}

/// Counts events of whoever has this meter, or refuses all of them.
fn pace(meter: &Meter, terms: &Terms, now_ns: u64, count: u64) -> Result<(), Problem> {
    let taken = meter.events(terms.rate.events, now_ns, count);
    taken.map_err(|wait| Problem::rate("rate.events_per_s", wait))
}

/// Gives each event its id; the answer to all of them.
fn identify(events: &mut [Event], front: &Front, received_at_ms: i64) -> Answer {
    let mut slots = events.iter_mut();
    front.ids.take(slots.len(), received_at_ms, |id| {
        if let Some(event) = slots.next() {
            event.id = id;
        }
    });
    Answer { accepted: events.len() as u64, first: events[0].id, last: events[events.len() - 1].id }
}

/// What a request says beside its body.
fn said(events: &[Event], shape: Shape) -> &str {
    match (shape, events) {
        (Shape::Data, [event]) => &event.attributes,
        _ => shape.content_type(),
    }
}

/// Gives each event what it is known by, and says of itself, where there is such a thing.
fn know(
    events: &mut [Event],
    texts: &Values<'_>,
    shape: Shape,
    route: &Route,
) -> Result<(), Problem> {
    if let Values::Made(_) = texts {
        for (index, event) in events.iter_mut().enumerate() {
            let Some(said) = texts.said(index) else { continue };
            event.attributes = route.attributes_with(shape, Some(said), Map::new());
            let [source, id] = said.source_and_id().map(str::as_bytes);
            event.key = Some(keys::digest([b"ce", route.name.as_bytes(), source, id]));
        }
    }
    if let Some(pointer) = &route.event_id {
        for (index, event) in events.iter_mut().enumerate() {
            let id = pointer.id_in(event.body_str());
            let id = id.ok_or_else(|| no_id(pointer, texts, shape, index))?;
            let parts = [b"id".as_slice(), route.name.as_bytes(), id.as_bytes()];
            event.key = Some(keys::digest(parts));
        }
    }
    Ok(())
}

/// Whoever has to sign what comes to the route has done so.
fn signed(
    webhook: Option<&Webhook>,
    headers: &HeaderMap,
    body: &[u8],
    now_ms: i64,
) -> Result<Option<Signed>, Problem> {
    let Some(webhook) = webhook else { return Ok(None) };
    let signed = webhook.check(headers, body, now_ms);
    signed.map(Some).map_err(|error| Problem::unsigned(&error.to_string()))
}

/// Adds what the headers of a webhook say to what its events do.
fn say(
    events: &mut [Event],
    texts: &Values<'_>,
    shape: Shape,
    route: &Route,
    said: &Map<String, Value>,
) {
    for (index, event) in events.iter_mut().enumerate() {
        event.attributes = route.attributes_with(shape, texts.said(index), said.clone());
    }
}

/// Refuses an event that is no row of the route's columns; the whole body is refused with it.
fn map(events: &[Event], texts: &Values<'_>, shape: Shape, route: &Route) -> Result<(), Problem> {
    let Some(mapping) = &route.mapping else { return Ok(()) };
    for (index, event) in events.iter().enumerate() {
        let Err(misfit) = mapping.row(event.body_str()) else { continue };
        let (which, field) = named(texts, shape, index);
        let problem = Problem::misfit(&format!("{which}: {misfit}"))
            .field("column", misfit.column)
            .field("pointer", misfit.pointer);
        return Err(problem.field(field, texts.number(index).unwrap_or(1)));
    }
    Ok(())
}

/// What an event is called, and the field for its number.
fn named(texts: &Values<'_>, shape: Shape, index: usize) -> (String, &'static str) {
    let alone = || ("the event".to_owned(), "element");
    texts.number(index).map_or_else(alone, |number| shape.place(number))
}

fn no_id(
    pointer: &crate::config::Pointer,
    texts: &Values<'_>,
    shape: Shape,
    index: usize,
) -> Problem {
    let (place, field) = named(texts, shape, index);
    let detail = format!(
        "{place} has no string or number at {pointer}, by which this route knows its events again"
    );
    Problem::no_event_id(&detail).field(field, texts.number(index).unwrap_or(1))
}

/// A group that was taken in.
struct Taken {
    accepted: Accepted,
    /// For the sink, where the answer is to come no sooner.
    waiting: Option<Waiting>,
}

/// Appends the group, and returns once it is where the route promises, but for the sink.
async fn append(route: &Route, group: Group, answer: Answer) -> Result<Taken, Problem> {
    let ids = match route.ack == Ack::Sink || group.events.iter().any(|event| event.key.is_some()) {
        true => group.events.iter().map(|event| event.id).collect(),
        // Nothing of it can have come before.
        false => Vec::new(),
    };
    // Before they are appended: from then on they may arrive at any time.
    let waiting = (route.ack == Ack::Sink).then(|| Arc::clone(&route.arrivals).expect(ids.clone()));
    let can_wait = group.mark.is_some() || route.ack != Ack::Memory;
    let began = clock::now();
    let receipt = route.backlog.append(group);
    let appended = if can_wait { receipt.await } else { at_once(receipt) };
    route.room.note(&route.name, &appended, clock::now());
    let appended = appended.map_err(not_taken)?;
    route.committed(began.elapsed());
    route.watch.look();
    let held = if can_wait { Held::of(&*route.backlog) } else { Held::Memory };
    Ok(match appended {
        Appended::Taken { repeats } if repeats.is_empty() => {
            Taken { accepted: Accepted::new(answer, held), waiting }
        }
        // What came before does not arrive under the ids that it has this time.
        Appended::Taken { repeats } => Taken {
            accepted: Accepted::but_for(answer, &ids, &repeats, held),
            waiting: waiting.and_then(|waiting| waiting.but_for(&repeats)),
        },
        Appended::Repeated(answer) => {
            Taken { accepted: Accepted::again(answer, held), waiting: None }
        }
    })
}

impl Taken {
    /// Waits for the sink where it has to, but not for ever: then the answer is what holds by then.
    async fn wait(self, ms_max: u64) -> Accepted {
        let Self { accepted, waiting } = self;
        match waiting {
            None => accepted,
            // Boxed: most wait for nothing.
            Some(waiting) => Box::pin(arrived(accepted, waiting, ms_max)).await,
        }
    }
}

/// The answer once the events are in the sink, or enough of the time is over.
async fn arrived(accepted: Accepted, mut waiting: Waiting, ms_max: u64) -> Accepted {
    let limit = std::time::Duration::from_millis(ms_max);
    match tokio::time::timeout(limit, waiting.ends()).await {
        Ok(ends) if ends.either == 0 => accepted.in_sink(ends.dead),
        _ => accepted,
    }
}

/// What is decided already. What is still on its way to disk is taken in, as far as a process
/// that lives can say.
fn at_once(receipt: Receipt) -> Result<Appended, AppendError> {
    let mut receipt = std::pin::pin!(receipt);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match receipt.as_mut().poll(&mut context) {
        std::task::Poll::Ready(outcome) => outcome,
        std::task::Poll::Pending => Ok(Appended::WHOLE),
    }
}

/// Refuses an event that is too long; the whole body is refused with it.
fn fits(texts: &Values<'_>, shape: Shape, limits: &HttpLimits) -> Result<(), Problem> {
    let limit = limits.event_bytes_max;
    let Some(long) = (0..texts.len()).find(|&index| texts.bytes(index) as u64 > limit) else {
        return Ok(());
    };
    let number = texts.number(long).map(|number| (number, shape.place(number)));
    let which = number.as_ref().map_or("the event", |(_, (which, _))| which);
    let detail = format!("{which} has {} bytes; {limit} are allowed", texts.bytes(long));
    let problem = Problem::too_large(&detail, "event_bytes_max", limit);
    Err(match number {
        Some((number, (_, field))) => problem.field(field, number),
        None => problem,
    })
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
        Values::Made(made) => {
            let borrowed = made.iter().filter(|one| matches!(one.text, Cow::Borrowed(_)));
            let kept = borrowed.map(|one| one.text.len()).sum();
            made.iter().map(|one| event(taken(&one.text, body, kept))).collect()
        }
    }
}

/// The text of an event that may have been made here, and then is not in `body`.
fn taken(text: &str, body: &Bytes, kept: usize) -> Bytes {
    if body.as_ptr_range().contains(&text.as_ptr()) {
        cut(text, body, kept)
    } else {
        Bytes::copy_from_slice(text.as_bytes())
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

fn no_body(error: BodyError, limits: &HttpLimits) -> Problem {
    let limit = limits.body_bytes_max;
    let too_large = || {
        let detail = format!("the body has more than the {limit} bytes that are allowed");
        Problem::too_large(&detail, "body_bytes_max", limit)
    };
    match error {
        BodyError::TooLarge => too_large(),
        BodyError::FarTooLarge => too_large().closing(),
        BodyError::NoRoom => Problem::busy(limits.in_flight_bytes_max),
        BodyError::Late => Problem::slow_body(limits.body_read_ms_max),
        BodyError::Broken => Problem::broken_body("the body ended early or is framed wrongly"),
        BodyError::Damaged { coding, why } => Problem::damaged(coding.word(), &why),
    }
}

fn malformed(error: &Malformed) -> Problem {
    let problem = Problem::malformed(&error.to_string());
    error.place().into_iter().fold(problem, |problem, (field, at)| problem.field(field, at))
}

fn not_taken(error: AppendError) -> Problem {
    match error {
        AppendError::Closed => Problem::draining(),
        AppendError::Full { limit } => Problem::full(limit),
        AppendError::KeyReused => Problem::key_reused(),
        AppendError::NoSpace => Problem::no_space(),
        AppendError::Broken { why } => Problem::broken_backlog(&why),
        AppendError::Away { why } => Problem::away(&why),
        AppendError::NeverFits { limit, size, max } => {
            let unit = limit.trim_end_matches("_max");
            let detail = format!("{size} {unit} in one request; the backlog takes {max}");
            Problem::too_large(&detail, limit, max)
        }
    }
}
