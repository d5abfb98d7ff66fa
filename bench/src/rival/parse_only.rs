//! The ceiling: parse the JSON, answer 202, keep nothing.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

use super::answer::{Answer, accepted, events};

pub(super) fn router() -> Router {
    Router::new().route("/events", post(parse))
}

async fn parse(Json(body): Json<Value>) -> Answer {
    accepted(events(body).len())
}
