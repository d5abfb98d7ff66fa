//! Errors as `application/problem+json` (RFC 9457).
//!
//! Each kind of problem has a stable `type`, so that a program need not read the prose. `detail`
//! is for a person and says what to do; what it counts or locates is also a field of its own.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use serde_json::{Map, Value};

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// One refusal, on its way to becoming an answer.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    fields: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    #[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "only a span is told"))]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("detail".to_owned(), detail.into());
        Self { status, kind, title, fields, headers: Vec::new() }
    }

    /// 400: the body is not what its content type says.
    pub(crate) fn malformed(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The body cannot be read", detail)
    }

    /// 400: the body did not arrive whole.
    pub(crate) fn broken_body(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "broken-body", "The body did not arrive", detail)
            .closing()
    }

    /// 400: the body is not packed as its content encoding says.
    pub(crate) fn damaged(coding: &str, why: &str) -> Self {
        let detail = format!("the body cannot be unpacked from {coding}: {why}");
        Self::new(StatusCode::BAD_REQUEST, "damaged", "The body cannot be unpacked", &detail)
            .field("content_encoding", coding)
    }

    /// 401: no token, or one that is not on the list.
    pub(crate) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A token is needed", detail)
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"forebay\""))
    }

    /// 403: a token that is on the list and not for this.
    pub(crate) fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not with this token", detail)
    }

    /// 401: nobody who has the route's secret sent this.
    pub(crate) fn unsigned(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unsigned", "A signature is needed", detail)
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Webhook realm=\"forebay\""))
    }

    /// 403: what nobody may do here, as it is set up.
    pub(crate) fn no_care() -> Self {
        let detail = "everybody may send events to this service, so nobody may read or change them \
                      over HTTP; start it with --token-file, or use forebay backlog dead on its \
                      machine";
        Self::new(StatusCode::FORBIDDEN, "no-care", "Not without tokens", detail)
    }

    /// 400: a parameter that is not one, or whose value cannot be.
    pub(crate) fn parameter(name: &str, detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "parameter", "A parameter is wrong", detail)
            .field("parameter", name)
    }

    /// 400: an `Idempotency-Key` that is none.
    pub(crate) fn idempotency_key(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "idempotency-key", "The key cannot be read", detail)
    }

    /// 422: an event without what its route knows it by.
    pub(crate) fn no_event_id(detail: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no-event-id", "An event has no id", detail)
    }

    /// 422: an event that is no row of its route's columns.
    pub(crate) fn misfit(detail: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "misfit", "An event does not fit", detail)
    }

    /// 503: the sink cannot be asked.
    pub(crate) fn sink(detail: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "sink", "The sink cannot be asked", detail)
            .retry_after(10)
    }

    /// 403: a page of somebody else asks for it.
    pub(crate) fn foreign(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "foreign", "Not from there", detail)
    }

    /// 404: nothing has this path.
    pub(crate) fn not_found(path: &str) -> Self {
        let detail = format!(
            "nothing is at {path}; open / in a browser, or see /status, /metrics, POST /events"
        );
        Self::new(StatusCode::NOT_FOUND, "not-found", "No such path", &detail)
    }

    /// 404: the path is one for events, but no route has this name.
    pub(crate) fn no_route(name: &str, known: &str) -> Self {
        let detail = format!("there is no route named {name:?}; there is: {known}");
        Self::new(StatusCode::NOT_FOUND, "no-route", "No such route", &detail).field("route", name)
    }

    /// 405: the path is there, but not for this method.
    pub(crate) fn method(allowed: &'static str) -> Self {
        let detail = format!("this path takes {allowed}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Wrong method", &detail)
            .header(ALLOW, HeaderValue::from_static(allowed))
    }

    /// 408: the body took too long.
    pub(crate) fn slow_body(ms_max: u64) -> Self {
        let detail = format!("the body did not arrive within {ms_max} ms; nothing was stored");
        Self::new(StatusCode::REQUEST_TIMEOUT, "slow-body", "The body took too long", &detail)
            .field("body_read_ms_max", ms_max)
            .closing()
    }

    /// 413: more than a limit allows; `field` names the limit.
    pub(crate) fn too_large(detail: &str, field: &'static str, limit: u64) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
            .field(field, limit)
    }

    /// 415: a content type that is not taken.
    pub(crate) fn content_type(accepted: &'static str) -> Self {
        let detail = format!("send one of these content types: {accepted}");
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-type",
            "Content type not taken",
            &detail,
        )
        .header(ACCEPT_POST, HeaderValue::from_static(accepted))
    }

    /// 415: a content encoding that is not taken.
    pub(crate) fn content_encoding(accepted: &'static str) -> Self {
        let detail = format!("send the body in one of these content encodings: {accepted}");
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-encoding",
            "Content encoding not taken",
            &detail,
        )
        .header(ACCEPT_ENCODING, HeaderValue::from_static(accepted))
    }

    /// 422: the key of the request was used before, with another content.
    pub(crate) fn key_reused() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "key-reused",
            "The key was used before",
            "a request with this Idempotency-Key and another content is remembered; nothing was \
             stored, give this one a key of its own",
        )
    }

    /// 429: more than this client may send; `limit` names which limit is reached.
    pub(crate) fn rate(limit: &'static str, wait: Duration) -> Self {
        let seconds = u16::try_from(wait.as_secs()).unwrap_or(u16::MAX).saturating_add(1);
        let detail = format!("faster than {limit} allows; nothing was stored, try again later");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate", "Too fast", &detail)
            .field("limit", limit)
            .retry_after(seconds)
    }

    /// 503: too many bytes of bodies are in memory already.
    pub(crate) fn busy(bytes_max: u64) -> Self {
        let detail = format!(
            "{bytes_max} bytes of requests are in memory already; nothing was stored, try again"
        );
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too much at once", &detail)
            .field("limit", "in_flight_bytes_max")
            .retry_after(1)
            .closing()
    }

    /// 503: the backlog has no room; `limit` names which limit is reached.
    pub(crate) fn full(limit: &'static str) -> Self {
        let detail = format!("the backlog has reached its {limit}; nothing was stored, try again");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "full", "The backlog is full", &detail)
            .field("limit", limit)
            .retry_after(1)
    }

    /// 503: the disk of the backlog is full.
    pub(crate) fn no_space() -> Self {
        let detail = "the disk of the backlog is full; nothing was stored, try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no-space", "The disk is full", detail)
            .retry_after(1)
    }

    /// 503: the disk of the backlog has failed.
    pub(crate) fn broken_backlog(why: &str) -> Self {
        let detail = format!("the backlog takes nothing in until forebay is started again: {why}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "broken", "The backlog has failed", &detail)
            .retry_after(10)
    }

    /// 503: the server that keeps the backlog does not answer.
    pub(crate) fn away(why: &str) -> Self {
        let detail = format!(
            "the server that keeps the backlog does not answer ({why}); whether the events are there is not \
             known, so send them again with the same Idempotency-Key"
        );
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "away", "The backlog is away", &detail)
            .retry_after(1)
    }

    /// 503: this process takes nothing in, whatever is sent.
    pub(crate) fn consumes_only() -> Self {
        let detail = "this process has role consume and takes no events in; send them to one of role \
                      ingest or both";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "role", "Nothing is taken in here", detail)
            .retry_after(10)
    }

    /// 503: a person has closed the way in.
    pub(crate) fn held(route: &str) -> Self {
        let detail = format!(
            "route {route} is being drained and takes nothing until it is resumed; nothing was \
             stored, try again"
        );
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "held", "The route is drained", &detail)
            .retry_after(10)
    }

    /// 503: everybody who views is sent the same, but each takes a connection.
    pub(crate) fn too_many_viewers() -> Self {
        let detail = "too many look at the live page already; close one, or try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "viewers", "Too many viewers", detail)
            .retry_after(10)
    }

    /// 503: the service is stopping.
    pub(crate) fn draining() -> Self {
        let detail = "the service is stopping; nothing was stored, try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "draining", "Stopping", detail)
            .retry_after(1)
            .closing()
    }

    /// Adds a field of its own.
    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Tells the client that the connection ends with this answer.
    pub(crate) fn closing(self) -> Self {
        self.header(CONNECTION, HeaderValue::from_static("close"))
    }

    fn retry_after(self, seconds: u16) -> Self {
        self.header(RETRY_AFTER, seconds.into())
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let mut body = Map::new();
        body.insert("type".to_owned(), format!("urn:forebay:problem:{}", self.kind).into());
        body.insert("title".to_owned(), self.title.into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.extend(self.fields);
        let mut text = Value::Object(body).to_string();
        text.push('\n');

        let mut response = Response::new(Full::from(text));
        *response.status_mut() = self.status;
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response.headers_mut().extend(self.headers);
        response
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_stopping_service_says_when_to_come_again_and_that_this_is_the_end() {
        let response = Problem::draining().into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        assert_eq!(response.headers()[CONNECTION], "close");
        let body = response.into_body().collect().await.expect("a body in memory").to_bytes();
        let json: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(json["type"], "urn:forebay:problem:draining");
        assert_eq!(json["status"], 503);
    }
}
