//! What every rival says: how it reads a body as events, its 202 and its 500.

use std::fmt::Display;

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// What a handler returns.
pub(super) type Answer = Result<(StatusCode, Json<Value>), (StatusCode, String)>;

/// An array is many events; anything else is one.
pub(super) fn events(body: Value) -> Vec<Value> {
    match body {
        Value::Array(events) => events,
        one => vec![one],
    }
}

/// The answer when `count` events are where the handler puts them.
pub(super) fn accepted(count: usize) -> Answer {
    Ok((StatusCode::ACCEPTED, Json(json!({ "accepted": count }))))
}

/// The answer when the database did not take them.
pub(super) fn failed(error: impl Display) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
