//! `GET /openapi.json`: what the service can be asked, for programs (OpenAPI 3.1).
//!
//! Made from [`Resource`], by which requests are routed, and from the content types by which bodies
//! are read. It says what the program can do, and of this service only whether it wants a token.

use std::sync::LazyLock;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use serde_json::{Map, Value, json};

use super::auth::Gate;
use super::resource::Resource;
use super::router::text;
use super::shape::Shape;

/// Made once, for services that want a token and for those that do not.
static GUARDED: LazyLock<String> =
    LazyLock::new(|| document(&json!([{ "token": [] }])).to_string() + "\n");
static OPEN: LazyLock<String> = LazyLock::new(|| document(&json!([])).to_string() + "\n");

pub(super) fn answer(gate: &Gate) -> Response<Full<Bytes>> {
    let document = if matches!(gate, Gate::Tokens(_)) { &GUARDED } else { &OPEN };
    text("application/json", document.as_str())
}

/// All of it; `security` says what most requests have to show.
fn document(security: &Value) -> Value {
    let mut paths = Map::new();
    for resource in Resource::ALL {
        let mut item = Map::new();
        for method in resource.allowed().split(", ") {
            let mut operation = describe(resource);
            operation["operationId"] = format!("{}_{resource:?}", method.to_lowercase()).into();
            if method == "HEAD" {
                without_content(&mut operation);
            }
            item.insert(method.to_lowercase(), operation);
        }
        paths.insert(resource.path().to_owned(), item.into());
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "forebay",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Takes events over HTTP, queues them, writes them to a database",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "security": security,
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Problem": problem(), "Accepted": accepted(), "Flow": flow() },
        },
    })
}

/// An answer to HEAD has the headers of the answer to GET, and nothing behind them.
fn without_content(operation: &mut Value) {
    for response in operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(response) = response.as_object_mut() {
            response.remove("content");
        }
    }
}

fn describe(resource: Resource) -> Value {
    match resource {
        Resource::Events => sending("Send events to the default route", json!([])),
        Resource::Route => {
            let route = json!({
                "name": "route", "in": "path", "required": true,
                "schema": { "type": "string", "pattern": "^[a-z][a-z0-9_-]{0,62}$" },
            });
            sending("Send events to a route", json!([route]))
        }
        Resource::Livez => open("Whether the process runs", plain(), &[]),
        Resource::Readyz => open("Whether events are taken", plain(), &[503]),
        Resource::OpenApi => open("This description", object(), &[]),
        Resource::Status => guarded("How everything stands", json!([]), object(), &[]),
        Resource::Metrics => guarded("The same for Prometheus", json!([]), plain(), &[]),
        Resource::Live => guarded(
            "The same, again and again for as long as somebody reads: server-sent events",
            json!([of_query("route", any_text(), "Whose past comes first")]),
            json!({ "text/event-stream": { "schema": { "type": "string" } } }),
            &[404, 503],
        ),
        Resource::Dead => guarded("What the database refused", listed(), object(), &[400, 503]),
        Resource::Requeue => {
            guarded("Put refused events back", filter(), object(), &[400, 413, 408, 503])
        }
        Resource::Purge => guarded("Delete refused events", all(), object(), &[400, 413, 408, 503]),
        Resource::Pause => flowing("Write no events until resumed"),
        Resource::Drain => flowing("Take no events until resumed, and write what waits"),
        Resource::Resume => flowing("Take and write events again"),
    }
}

/// `POST /events` and the like.
fn sending(summary: &str, mut parameters: Value) -> Value {
    let header = |name: &str, description: &str| {
        let schema = any_text();
        json!({ "name": name, "in": "header", "description": description, "schema": schema })
    };
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.extend([
            json!({
                "name": "Idempotency-Key", "in": "header",
                "description": "Names this request, so that it can be sent again",
                "schema": { "type": "string", "pattern": "^[!#-~]{1,255}$" },
            }),
            header("traceparent", "The trace it belongs to (W3C Trace Context)"),
            header("tracestate", "What else is known of that trace"),
        ]);
    }
    let accepted = json!({
        "description": "All of them are where `durability` says",
        "content": { "application/json": { "schema": of_components("Accepted") } },
    });
    let problems = [400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 503];
    let mut responses = responses(&problems);
    responses.insert("200".to_owned(), accepted.clone());
    responses.insert("202".to_owned(), accepted);
    json!({
        "summary": summary,
        "parameters": parameters,
        "requestBody": { "required": true, "description": TAKEN, "content": bodies() },
        "responses": responses,
    })
}

/// What no schema can describe.
const TAKEN: &str = "Taken as well: application/x-ndjson, an event a line; text/csv with a header; \
    the data of a CloudEvent whose attributes are headers (ce-…), whatever its content type. Each \
    packed with gzip or zstd, too.";

/// A body for each content type that a schema can describe.
fn bodies() -> Map<String, Value> {
    let schema = |shape| match shape {
        Shape::CloudEvent => Some(event()),
        Shape::CloudEvents => Some(json!({ "type": "array", "items": event() })),
        Shape::Form => Some(
            json!({ "type": "object", "minProperties": 1, "additionalProperties": any_text() }),
        ),
        Shape::Lines | Shape::Records => None,
        Shape::Json | Shape::Data => {
            Some(json!({ "description": "An event, or an array", "minItems": 1 }))
        }
    };
    let types = Shape::ACCEPTED.split(", ");
    let body = |name: &str| {
        let shape = Shape::of_content_type(name.as_bytes()).expect("it is one that is taken");
        schema(shape).map(|schema| (name.to_owned(), json!({ "schema": schema })))
    };
    types.filter_map(body).collect()
}

/// No control character, and nothing that Unicode says will never be one.
const SOUND: &str = r"^[^\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]*$";

/// The same, and there is something.
const SAID: &str = r"^[^\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]+$";

/// What a URI may be written with.
const URI: &str = r#"^[^\s<>"{}|\\^`\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]+$"#;

/// A CloudEvent in the JSON format.
fn event() -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    json!({
        "type": "object",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": text(SAID),
            "source": text(URI),
            "type": text(SAID),
            "data": {},
        },
        "propertyNames": { "pattern": "^[a-z0-9]+$" },
        "additionalProperties": {
            "type": ["string", "boolean", "integer", "null"],
            "pattern": SOUND,
            "minimum": i32::MIN,
            "maximum": i32::MAX,
        },
    })
}

/// What needs a token with `read` or `admin`, where tokens are needed.
fn guarded(summary: &str, parameters: Value, content: Value, more: &[u16]) -> Value {
    let mut responses = responses(&[&[401, 403, 405, 429], more].concat());
    responses.insert("200".to_owned(), json!({ "description": summary, "content": content }));
    json!({
        "summary": summary,
        "parameters": parameters,
        "responses": responses,
    })
}

/// What everybody may ask.
fn open(summary: &str, content: Value, more: &[u16]) -> Value {
    let mut responses = responses(&[&[405], more].concat());
    responses.insert("200".to_owned(), json!({ "description": summary, "content": content }));
    json!({ "summary": summary, "security": [], "responses": responses })
}

fn flowing(summary: &str) -> Value {
    let route = of_query("route", any_text(), "Which route; left out, all of them");
    let content = json!({ "application/json": { "schema": of_components("Flow") } });
    guarded(summary, json!([route]), content, &[400, 404, 408, 413])
}

/// The problems with these codes.
fn responses(codes: &[u16]) -> Map<String, Value> {
    let said = |schema: Value| json!({ "required": true, "schema": schema });
    let problem = |code: &u16| {
        let headers = match code {
            401 => json!({ "WWW-Authenticate": said(any_text()) }),
            405 => json!({ "Allow": said(any_text()) }),
            429 | 503 => json!({ "Retry-After": said(json!({ "type": "integer" })) }),
            _ => json!({}),
        };
        let response = json!({
            "description": "See `title` and `detail`",
            "headers": headers,
            "content": { "application/problem+json": { "schema": of_components("Problem") } },
        });
        (code.to_string(), response)
    };
    codes.iter().map(problem).collect()
}

/// Which dead letters.
fn filter() -> Value {
    let age = || json!({ "type": "string", "pattern": "^(0|[1-9][0-9]{0,3}(ms|s|m|h|d))$" });
    let id = || json!({ "type": "string", "format": "uuid" });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": u64::MAX });
    json!([
        of_query("id", id(), "The event with this id"),
        of_query("route", any_text(), "Events of this route"),
        of_query("reason", any_text(), "Events whose reason has this in it"),
        of_query("older_than", age(), "Refused so long ago or longer"),
        of_query("newer_than", age(), "Refused no longer ago than this"),
        of_query("limit", limit, "No more than these"),
    ])
}

/// The same, or all of them.
fn all() -> Value {
    with(filter(), of_query("all", yes_or_no(), "Said where no other is"))
}

/// The same, a page at a time.
fn listed() -> Value {
    let after = json!({ "type": "string", "format": "uuid" });
    let paged = with(filter(), of_query("after", after, "Those behind this one: `next`"));
    with(paged, of_query("count", yes_or_no(), "How many there are, and none of them"))
}

fn with(mut parameters: Value, one: Value) -> Value {
    parameters.as_array_mut().into_iter().for_each(|all| all.push(one.clone()));
    parameters
}

fn of_query(name: &str, schema: Value, description: &str) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

fn of_components(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn any_text() -> Value {
    json!({ "type": "string" })
}

fn yes_or_no() -> Value {
    json!({ "type": "boolean" })
}

fn plain() -> Value {
    json!({ "text/plain": { "schema": { "type": "string" } } })
}

fn object() -> Value {
    json!({ "application/json": { "schema": { "type": "object" } } })
}

fn problem() -> Value {
    json!({
        "description": "RFC 9457",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string", "pattern": "^urn:forebay:problem:[a-z-]+$" },
            "title": any_text(),
            "status": { "type": "integer" },
            "detail": any_text(),
        },
    })
}

fn accepted() -> Value {
    let id = || json!({ "type": ["string", "null"], "format": "uuid" });
    let count = || json!({ "type": "integer", "minimum": 0 });
    json!({
        "type": "object",
        "required": ["accepted", "first", "last", "durability"],
        "properties": {
            "accepted": count(),
            "repeated": count(),
            "dead": count(),
            "first": id(),
            "last": id(),
            "durability": { "enum": ["memory", "disk", "jetstream", "sink"] },
        },
    })
}

fn flow() -> Value {
    let flows = json!({ "enum": ["open", "paused", "draining"] });
    json!({
        "type": "object",
        "required": ["flow"],
        "properties": { "flow": { "type": "object", "additionalProperties": flows } },
    })
}
