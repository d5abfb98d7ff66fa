//! From a request's head to who answers it.
//!
//! [`decide`] needs only the head. What it refuses is answered after the body has been read and
//! thrown away, so that the connection can be used again.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};

use super::body::{self, Expects};
use super::connection::Visit;
use super::counts::Place;
use super::patience::Phase;
use super::problem::Problem;
use super::routes::Route;
use super::shape::Shape;
use super::{Front, dead, events};
use crate::{clock, metrics};

/// What is at `/`.
const INDEX: &str = concat!(
    "forebay ",
    env!("CARGO_PKG_VERSION"),
    "\n",
    "Takes events over HTTP, queues them, and writes them to a database.\n\n",
    "  POST /events           one JSON value, a JSON array of them, or NDJSON\n",
    "  POST /events/{route}   the same, for a named route\n",
    "  GET  /livez            200 while the process runs\n",
    "  GET  /readyz           200 while it takes events\n",
    "  GET  /status           how things stand, as JSON\n",
    "  GET  /metrics          the same for Prometheus\n",
    "  GET  /dead             what the database refused, with the reason\n",
    "  POST /dead/requeue     put it back into the backlog\n",
    "  POST /dead/purge       delete it\n",
);

/// Answers one request.
///
/// # Cancel safety
/// The request may or may not have been taken.
pub(super) async fn answer(visit: &Visit, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let front = &*visit.front;
    let (head, body) = request.into_parts();
    let (place, target) = decide(front, &head);
    let answered = match target {
        Ok(Target::Events(route, shape)) => {
            let expects = expects(&head.headers);
            events::take(visit, route, shape, expects, body).await
        }
        Ok(Target::Page(page)) => show(front, page),
        Ok(Target::Dead(asked)) => {
            // A body says nothing here; it is read so that the connection can be used again.
            match body::discard(body, front.limits.body_bytes_max, &visit.progress).await {
                Ok(()) => dead::answer(front, asked).await,
                Err(_) => Err(Problem::broken_body("send no body").closing()),
            }
        }
        Err(problem) => Err(refuse(visit, expects(&head.headers), body, problem).await),
    };
    visit.progress.enter(Phase::Idle);
    let response = answered.unwrap_or_else(Problem::into_response);
    front.counts.add(place, response.status());
    response
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Index,
    Livez,
    Readyz,
    Status,
    Metrics,
}

enum Target<'a> {
    Events(&'a Route, Shape),
    Page(Page),
    Dead(dead::Asked),
}

fn decide<'a>(front: &'a Front, head: &Parts) -> (Place, Result<Target<'a>, Problem>) {
    let path = head.uri.path();
    let page = |place, page| (place, read_page(front, head, page));
    match path {
        "/events" => to_route(front, head, Some(front.routes.default()), "default"),
        "/" => page(Place::Index, Page::Index),
        "/livez" => page(Place::Livez, Page::Livez),
        "/readyz" => page(Place::Readyz, Page::Readyz),
        "/status" => page(Place::Status, Page::Status),
        "/metrics" => page(Place::Metrics, Page::Metrics),
        "/dead" | "/dead/requeue" | "/dead/purge" => {
            let may = admit(front, head).and_then(|()| dead::may(&front.gate));
            let asked = may.and_then(|()| dead::Asked::read(head, path, clock::unix_ms()));
            (Place::Dead, asked.map(Target::Dead))
        }
        _ => match path.strip_prefix("/events/") {
            Some(name) => to_route(front, head, front.routes.find(name), name),
            None => {
                let nothing = admit(front, head).and(Err(Problem::not_found(path)));
                (Place::Nowhere, nothing)
            }
        },
    }
}

fn read_page<'a>(front: &Front, head: &Parts, page: Page) -> Result<Target<'a>, Problem> {
    // Whoever watches over the process has no token.
    if !matches!(page, Page::Livez | Page::Readyz) {
        admit(front, head)?;
    }
    match head.method {
        Method::GET | Method::HEAD => Ok(Target::Page(page)),
        _ => Err(Problem::method("GET, HEAD")),
    }
}

fn to_route<'a>(
    front: &Front,
    head: &Parts,
    found: Option<(usize, &'a Route)>,
    name: &str,
) -> (Place, Result<Target<'a>, Problem>) {
    let place = found.map_or(Place::Nowhere, |(index, _)| Place::Route(index));
    let target = admit(front, head).and_then(|()| {
        let (_, route) = found.ok_or_else(|| Problem::no_route(name, &front.routes.names()))?;
        if head.method != Method::POST {
            return Err(Problem::method("POST"));
        }
        if front.is_draining() {
            return Err(Problem::draining());
        }
        Ok(Target::Events(route, shape(&head.headers)?))
    });
    (place, target)
}

fn admit(front: &Front, head: &Parts) -> Result<(), Problem> {
    front.gate.admit(&head.headers).map_err(Problem::unauthorized)
}

/// What the body is, by its headers.
fn shape(headers: &HeaderMap) -> Result<Shape, Problem> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(Problem::content_encoding());
    }
    let declared = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let shape = declared.and_then(Shape::of_content_type);
    shape.ok_or_else(|| Problem::content_type(Shape::ACCEPTED))
}

fn expects(headers: &HeaderMap) -> Expects {
    if headers.contains_key(EXPECT) { Expects::Continue } else { Expects::Nothing }
}

/// Reads the body of a refused request, so that its connection can be used again.
async fn refuse(visit: &Visit, expects: Expects, body: Incoming, problem: Problem) -> Problem {
    if body.is_end_stream() {
        return problem;
    }
    if expects == Expects::Continue {
        return problem.closing();
    }
    let bytes_max = visit.front.limits.body_bytes_max;
    match body::discard(body, bytes_max, &visit.progress).await {
        Ok(()) => problem,
        Err(_) => problem.closing(),
    }
}

fn show(front: &Front, page: Page) -> Result<Response<Full<Bytes>>, Problem> {
    match page {
        Page::Index => Ok(text("text/plain; charset=utf-8", INDEX)),
        Page::Livez => Ok(text("text/plain; charset=utf-8", "alive\n")),
        Page::Readyz => ready(front),
        Page::Status => {
            let status = front.report.at(clock::now(), clock::unix_ms());
            let mut json = serde_json::to_string(&status).expect("plain data becomes JSON");
            json.push('\n');
            Ok(text("application/json", json))
        }
        Page::Metrics => {
            let status = front.report.at(clock::now(), clock::unix_ms());
            let figures = metrics::exposition(&status, front.counts.answered());
            Ok(text("text/plain; version=0.0.4; charset=utf-8", figures))
        }
    }
}

fn ready(front: &Front) -> Result<Response<Full<Bytes>>, Problem> {
    if front.is_draining() {
        return Err(Problem::draining());
    }
    if let Some(why) = front.report.backlog.fault() {
        return Err(Problem::broken_backlog(&why));
    }
    match front.report.full() {
        Some(limit) => Err(Problem::full(limit)),
        None => Ok(text("text/plain; charset=utf-8", "ready\n")),
    }
}

pub(super) fn text(content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
