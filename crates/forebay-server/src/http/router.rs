//! From a request's head to who answers it.
//!
//! [`decide`] needs only the head. What it refuses is answered after the body has been read and
//! thrown away, so that the connection can be used again.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use forebay_backlog::Backlog;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use tokio::time::Instant;

use super::auth::Errand;
use super::body::{self, Expects};
use super::connection::Visit;
use super::counts::Place;
use super::patience::Phase;
use super::problem::Problem;
use super::rate::Meter;
use super::reply::Reply;
use super::resource::Resource;
use super::routes::Route;
use super::shape::Form;
use super::terms::Terms;
use super::trace::Trace;
use super::{Front, admin, dead, events, live, openapi, origin, page};
use crate::config::Role;
use crate::tallies::Histogram;
use crate::valve::Flow;
use crate::{DEFAULT_ROUTE, clock, metrics};

/// Answers one request.
///
/// # Cancel safety
/// The request may or may not have been taken.
pub(super) async fn answer(
    visit: Arc<Visit>,
    request: Request<Incoming>,
) -> Result<Response<Reply>, Infallible> {
    let front = &*visit.front;
    let began = clock::now();
    let (mut head, mut body) = request.into_parts();
    let terms = front.terms.load_full();
    let bytes_max = terms.limits.body_bytes_max;
    let (place, target) = decide(&Caller { visit: &visit, terms: &terms, head: &head });
    let headers = body::leave_buffer(std::mem::take(&mut head.headers));
    drop(head);
    let answered = match target {
        Ok(Target::Events(route, form, meter)) => {
            let _timed = Timed { began, spent: &route.tallies.request };
            let (visit, terms, meter, headers) = (&*visit, &*terms, meter.as_deref(), &headers);
            let asked = events::Asked { visit, terms, route, form, meter, headers };
            let taking = asked.take(&mut body);
            route.traces.accept(Trace::of(headers), taking).await.map(whole)
        }
        // What comes seldom is boxed: it takes no room while events come.
        Ok(Target::Page(page)) => Box::pin(show(front, &terms, page)).await.map(whole),
        Ok(Target::File(file)) => Ok(whole(page::answer(file))),
        Ok(Target::Live(route)) => live::answer(&visit, route),
        Ok(Target::Admin(asked)) => {
            // A body says nothing here; it is read so that the connection can be used again.
            match Box::pin(body::discard(&mut body, bytes_max, &visit.progress)).await {
                Ok(()) => Ok(whole(admin::answer(front, &asked))),
                Err(_) => Err(Problem::broken_body("send no body").closing()),
            }
        }
        Ok(Target::Dead(asked)) => {
            // A body says nothing here; it is read so that the connection can be used again.
            match Box::pin(body::discard(&mut body, bytes_max, &visit.progress)).await {
                Ok(()) => {
                    visit.progress.enter(Phase::Answer);
                    Box::pin(dead::answer(front, asked)).await.map(whole)
                }
                Err(_) => Err(Problem::broken_body("send no body").closing()),
            }
        }
        Err(problem) => {
            let expects = Expects::of(&headers);
            Err(Box::pin(refuse(&visit, bytes_max, expects, &mut body, problem)).await)
        }
    };
    visit.progress.enter(Phase::Idle);
    let response = answered.unwrap_or_else(|problem| whole(problem.into_response()));
    front.counts.add(place, response.status());
    Ok(response)
}

/// Says how long a request took, however it ended.
struct Timed<'a> {
    began: Instant,
    spent: &'a Histogram,
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        self.spent.record(clock::now().saturating_duration_since(self.began));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Livez,
    Readyz,
    Status,
    Metrics,
    OpenApi,
}

enum Target<'a> {
    Events(&'a Route, Form, Option<Arc<Meter>>),
    Page(Page),
    Dead(dead::Asked),
    /// A file of the live page.
    File(&'static page::File),
    /// What the live page shows, for one route.
    Live(&'a str),
    Admin(admin::Asked<'a>),
}

/// A request that nobody has let in yet. What is found for it keeps nothing of its head.
struct Caller<'a, 'h> {
    visit: &'a Visit,
    terms: &'a Terms,
    head: &'h Parts,
}

fn decide<'a>(caller: &Caller<'a, '_>) -> (Place, Result<Target<'a>, Problem>) {
    let (front, head): (&'a Front, _) = (&caller.visit.front, caller.head);
    let path = head.uri.path();
    let Some((resource, name)) = Resource::of(path) else {
        if let Some(file) = page::file(path) {
            return (Place::Index, read_file(head, file));
        }
        let nothing = caller.admit(Errand::Nothing);
        return (Place::Nowhere, nothing.and(Err(Problem::not_found(path))));
    };
    let shown = |place, page| (place, caller.read_page(resource, page));
    let flowing = |flow| {
        let asked = caller.care(resource).and_then(|()| admin::Asked::read(front, head, flow));
        (Place::Admin, asked.map(Target::Admin))
    };
    match resource {
        Resource::Events => caller.to_route(Some(front.routes.default()), DEFAULT_ROUTE),
        Resource::Route => caller.to_route(front.routes.find(name), name),
        Resource::Livez => shown(Place::Livez, Page::Livez),
        Resource::Readyz => shown(Place::Readyz, Page::Readyz),
        Resource::Status => shown(Place::Status, Page::Status),
        Resource::Metrics => shown(Place::Metrics, Page::Metrics),
        Resource::OpenApi => shown(Place::Index, Page::OpenApi),
        Resource::Live => {
            let may = caller.look(resource).and_then(|()| caller.is_ours());
            (Place::Live, may.and_then(|()| live::asked(front, head)).map(Target::Live))
        }
        Resource::Dead | Resource::Requeue | Resource::Purge => {
            let may = caller.care(resource);
            let asked = may.and_then(|()| dead::Asked::read(head, path, clock::unix_ms()));
            (Place::Dead, asked.map(Target::Dead))
        }
        Resource::Pause => flowing(Flow::Paused),
        Resource::Drain => flowing(Flow::Draining),
        Resource::Resume => flowing(Flow::Open),
    }
}

impl<'a> Caller<'a, '_> {
    /// Lets in who may, and is not too fast. Where there is a limit, the meter comes with it.
    fn admit(&self, errand: Errand<'_>) -> Result<Option<Arc<Meter>>, Problem> {
        let known = self.terms.gate.admit(&self.head.headers, errand)?;
        self.pace(known)
    }

    /// Lets in who is not too fast: whoever has this meter, or the address.
    fn pace(&self, known: Option<&Arc<Meter>>) -> Result<Option<Arc<Meter>>, Problem> {
        let (terms, visit) = (self.terms, self.visit);
        if !terms.rate.is_on() {
            return Ok(None);
        }
        let now_ns = visit.front.now_ns();
        let meter = known.unwrap_or_else(|| visit.meter(now_ns));
        let taken = meter.request(terms.rate.requests, now_ns);
        taken.map_err(|wait| Problem::rate("rate.requests_per_s", wait))?;
        Ok(Some(Arc::clone(meter)))
    }

    /// Lets in who looks at how things stand.
    fn look(&self, resource: Resource) -> Result<(), Problem> {
        self.admit(Errand::Read)?;
        self.takes(resource)
    }

    /// Lets in who looks after events, or changes how they flow.
    fn care(&self, resource: Resource) -> Result<(), Problem> {
        self.admit(Errand::Care)?;
        dead::may(&self.terms.gate)?;
        self.is_ours()?;
        self.takes(resource)
    }

    fn takes(&self, resource: Resource) -> Result<(), Problem> {
        let takes = resource.takes(&self.head.method);
        if takes { Ok(()) } else { Err(Problem::method(resource.allowed())) }
    }

    fn is_ours(&self) -> Result<(), Problem> {
        origin::check(&self.head.headers, &self.terms.gate).map_err(Problem::foreign)
    }

    fn read_page(&self, resource: Resource, page: Page) -> Result<Target<'a>, Problem> {
        match page {
            // Whoever watches over the process has no token; what can be asked is no secret.
            Page::Livez | Page::Readyz | Page::OpenApi => self.takes(resource)?,
            Page::Status | Page::Metrics => self.look(resource)?,
        }
        Ok(Target::Page(page))
    }

    fn to_route(
        &self,
        found: Option<(usize, &'a Route)>,
        name: &str,
    ) -> (Place, Result<Target<'a>, Problem>) {
        let place = found.map_or(Place::Nowhere, |(index, _)| Place::Route(index));
        // Whoever signs has no token; the signature is looked at when the body is there.
        let may = match found {
            Some(_) if self.terms.webhooks.contains_key(name) => self.pace(None),
            _ => self.admit(Errand::Send(name)),
        };
        let target = may.and_then(|meter| {
            let known = || self.visit.front.routes.names();
            let (_, route) = found.ok_or_else(|| Problem::no_route(name, &known()))?;
            self.takes(Resource::Route)?;
            if route.role == Role::Consume {
                return Err(Problem::consumes_only());
            }
            if route.valve.flow() == Flow::Draining {
                return Err(Problem::held(&route.name));
            }
            Ok(Target::Events(route, Form::of(&self.head.headers)?, meter))
        });
        (place, target)
    }
}

/// A file says nothing about this service, and whoever is to type a token in needs it first.
fn read_file<'a>(head: &Parts, file: &'static page::File) -> Result<Target<'a>, Problem> {
    match head.method {
        Method::GET | Method::HEAD => Ok(Target::File(file)),
        _ => Err(Problem::method("GET, HEAD")),
    }
}

/// Reads the body of a refused request, so that its connection can be used again.
async fn refuse(
    visit: &Visit,
    bytes_max: u64,
    expects: Expects,
    body: &mut Incoming,
    problem: Problem,
) -> Problem {
    if body.is_end_stream() {
        return problem;
    }
    if expects == Expects::Continue {
        return problem.closing();
    }
    match body::discard(body, bytes_max, &visit.progress).await {
        Ok(()) => problem,
        Err(_) => problem.closing(),
    }
}

async fn show(front: &Front, terms: &Terms, page: Page) -> Result<Response<Full<Bytes>>, Problem> {
    match page {
        Page::Livez => Ok(text("text/plain; charset=utf-8", "alive\n")),
        Page::Readyz => ready(front).await,
        Page::OpenApi => Ok(openapi::answer(&terms.gate)),
        Page::Status => {
            let status = front.report.at(clock::now(), clock::unix_ms());
            let mut json = serde_json::to_string(&status).expect("plain data becomes JSON");
            json.push('\n');
            Ok(text("application/json", json))
        }
        Page::Metrics => {
            let status = front.report.at(clock::now(), clock::unix_ms());
            let dead = dead::count_soon(front).await;
            let answered = front.counts.answered();
            let figures = metrics::exposition(&status, &front.report, dead, answered);
            Ok(text("text/plain; version=0.0.4; charset=utf-8", figures))
        }
    }
}

async fn ready(front: &Front) -> Result<Response<Full<Bytes>>, Problem> {
    if front.is_draining() {
        return Err(Problem::draining());
    }
    let mut told = "ready\n".to_owned();
    for route in front.routes.iter() {
        if let Some(why) = route.backlog.fault() {
            return Err(Problem::broken_backlog(&why).field("route", &*route.name));
        }
        if let Some(limit) = route.full() {
            return Err(Problem::full(limit).field("route", &*route.name));
        }
        if is_out_of_room(&route.backlog).await {
            return Err(Problem::no_space().field("route", &*route.name));
        }
        if let Some(still) = route.watch.stalled_for(clock::now()) {
            let (name, seconds) = (&route.name, still.as_secs());
            told += &format!("stalled: events of route {name} have not moved for {seconds} s\n");
        }
    }
    Ok(text("text/plain; charset=utf-8", told))
}

/// A disk that was full is looked at once more: nobody sends events to who is not ready, so none of
/// them would find out that there is room again.
async fn is_out_of_room(backlog: &Arc<dyn Backlog>) -> bool {
    let backlog = Arc::clone(backlog);
    // A look does not panic.
    tokio::task::spawn_blocking(move || backlog.is_out_of_room()).await.unwrap_or(false)
}

fn whole(response: Response<Full<Bytes>>) -> Response<Reply> {
    response.map(Reply::from)
}

pub(super) fn text(content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_waits_for_its_body_takes_little_room() {
        fn room<A, B, F>(_: impl Fn(A, B) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = room(answer);
        // Spans hold what they are about a second time.
        let bytes_max = if cfg!(feature = "otel") { 8192 } else { 2048 };
        assert!(bytes <= bytes_max, "{bytes}");
    }
}
