//! `GET /live`: how things stand, as server-sent events, for as long as somebody looks.

use std::sync::Arc;

use futures_util::StreamExt as _;
use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;

use super::Front;
use super::connection::Visit;
use super::patience::Phase;
use super::problem::Problem;
use super::reply::Reply;

/// Reads the head of a request: which route's past is asked for, `?route=NAME` or the default one.
pub(super) fn asked<'a>(front: &'a Front, head: &Parts) -> Result<&'a str, Problem> {
    let query = head.uri.query().unwrap_or_default();
    let name = query.split('&').find_map(|part| part.strip_prefix("route="));
    let Some(name) = name else { return Ok(&front.routes.default().1.name) };
    match front.routes.find(name) {
        Some((_, route)) => Ok(&route.name),
        None => Err(Problem::no_route(name, &front.routes.names())),
    }
}

/// Begins to tell.
pub(super) fn answer(visit: &Arc<Visit>, route: &str) -> Result<Response<Reply>, Problem> {
    let frames = visit.front.live.view(route).ok_or_else(Problem::too_many_viewers)?;
    let visit = Arc::clone(visit);
    visit.progress.lasts();
    // A frame that the client takes is as good as a request: only one who stops reading is idle.
    let watched = frames.inspect(move |_| visit.progress.enter(Phase::Idle));
    let mut response = Response::new(Reply::Lasting(Box::pin(watched)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
