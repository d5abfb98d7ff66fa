//! `POST /admin/pause`, `/admin/drain`, `/admin/resume`: a person holds up the way out of a route,
//! or the way in, or neither any more.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use serde_json::json;

use super::Front;
use super::problem::Problem;
use crate::valve::Flow;

/// What is asked.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    flow: Flow,
    /// Every route where none is named.
    route: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// Reads the head of a request for this flow.
    pub(super) fn read(front: &'a Front, head: &Parts, flow: Flow) -> Result<Self, Problem> {
        let query = head.uri.query().unwrap_or_default();
        let asked = query.split('&').find_map(|part| part.strip_prefix("route="));
        let Some(name) = asked else { return Ok(Self { flow, route: None }) };
        match front.routes.find(name) {
            Some((_, route)) => Ok(Self { flow, route: Some(&route.name) }),
            None => Err(Problem::no_route(name, &front.routes.names())),
        }
    }
}

/// Does it, and says how every route that was asked for stands.
pub(super) fn answer(front: &Front, asked: &Asked<'_>) -> Response<Full<Bytes>> {
    let meant = |name: &str| asked.route.is_none_or(|asked| asked == name);
    let mut flows = BTreeMap::new();
    for route in front.routes.iter().filter(|route| meant(&route.name)) {
        route.valve.set(asked.flow);
        flows.insert(route.name.to_string(), route.valve.flow());
        tracing::info!(route = &*route.name, flow = ?asked.flow, "the flow was changed by hand");
    }
    front.live.stir();
    let json = json!({ "flow": flows }).to_string() + "\n";
    let mut response = Response::new(Full::from(json));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
