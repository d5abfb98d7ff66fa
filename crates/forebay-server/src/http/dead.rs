//! `/dead`: what the database refused, over HTTP.
//!
//! All of it is said in the query, the same way for all three: `?route=…&reason=…&older_than=1h`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use form_urlencoded::parse;
use http_body_util::Full;
use hyper::Response;
use hyper::http::request::Parts;
use serde_json::json;
use uuid::Uuid;

use super::Front;
use super::auth::Gate;
use super::problem::Problem;
use super::router::text;
use crate::dead::DeadError;
use crate::sink::DeadFilter;

/// How many are listed when nobody says, and at most.
const LISTED: u32 = 100;
const LISTED_MAX: u32 = 1_000;

/// How many are put back or deleted by one request: it should not take for ever.
const DONE_MAX: u64 = 10_000;

const KNOWN: &str = "id, route, reason, older_than, newer_than, limit, after, all, count";

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    what: What,
    filter: DeadFilter,
    limit: Option<u64>,
    after: Option<Uuid>,
    /// Said aloud that no filter is meant.
    is_all: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    List,
    Count,
    Requeue,
    Purge,
}

/// Whether anybody may look after dead letters here.
pub(super) fn may(gate: &Gate) -> Result<(), Problem> {
    if gate.guards_care() { Ok(()) } else { Err(Problem::no_care()) }
}

impl Asked {
    /// Reads the head of a request to `/dead` or below.
    pub(super) fn read(head: &Parts, path: &str, unix_ms: i64) -> Result<Self, Problem> {
        let what = match path {
            "/dead/requeue" => What::Requeue,
            "/dead/purge" => What::Purge,
            _ => What::List,
        };
        let mut asked =
            Self { what, filter: DeadFilter::default(), limit: None, after: None, is_all: false };
        for (name, value) in parse(head.uri.query().unwrap_or_default().as_bytes()) {
            asked.set(&name, value, unix_ms)?;
        }
        if what == What::Purge && asked.filter.is_all() && !asked.is_all {
            let detail = "say which to delete: id, route, reason, older_than or newer_than; or \
                          all=true for all of them";
            return Err(Problem::parameter("all", detail));
        }
        Ok(asked)
    }

    fn set(&mut self, name: &str, value: Cow<'_, str>, unix_ms: i64) -> Result<(), Problem> {
        let filter = &mut self.filter;
        match name {
            "id" => filter.ids.push(id(name, &value)?),
            "route" => filter.route = Some(value.into_owned()),
            "reason" => filter.reason = Some(value.into_owned()),
            "older_than" => filter.failed_before_ms = Some(unix_ms - age_ms(name, &value)?),
            "newer_than" => filter.failed_since_ms = Some(unix_ms - age_ms(name, &value)?),
            "after" => self.after = Some(id(name, &value)?),
            "all" => self.is_all = yes(name, &value)?,
            "count" if matches!(self.what, What::List | What::Count) => {
                self.what = if yes(name, &value)? { What::Count } else { What::List };
            }
            "limit" => match value.parse() {
                Ok(limit @ 1..) => self.limit = Some(limit),
                _ => return Err(Problem::parameter(name, "limit is a whole number from 1 up")),
            },
            _ => {
                let detail = format!("there is no parameter {name:?}; there is: {KNOWN}");
                return Err(Problem::parameter(name, &detail));
            }
        }
        Ok(())
    }
}

fn yes(name: &str, value: &str) -> Result<bool, Problem> {
    value.parse().map_err(|_| Problem::parameter(name, &format!("{name} is true or false")))
}

fn id(name: &str, value: &str) -> Result<Uuid, Problem> {
    let detail = || format!("{name} is {value:?}, which is no id of an event (a UUID)");
    value.parse().map_err(|_| Problem::parameter(name, &detail()))
}

fn age_ms(name: &str, value: &str) -> Result<i64, Problem> {
    let age = humantime::parse_duration(value).ok();
    let ms = age.and_then(|age| i64::try_from(age.as_millis()).ok());
    ms.ok_or_else(|| {
        let detail = format!("{name} is {value:?}; write a time with its unit, such as 30m or 7d");
        Problem::parameter(name, &detail)
    })
}

/// Does what is asked.
///
/// # Cancel safety
/// What was put back stays put back, what was deleted stays deleted.
pub(super) async fn answer(front: &Front, asked: Asked) -> Result<Response<Full<Bytes>>, Problem> {
    let Asked { what, filter, limit, after, .. } = asked;
    let json = match what {
        What::List => {
            let limit = limit.map_or(LISTED, |limit| u32::try_from(limit).unwrap_or(u32::MAX));
            let page = front.dead.list(&filter, after, limit.min(LISTED_MAX)).await;
            serde_json::to_string(&page.map_err(|error| not_done(&error))?)
                .expect("plain data becomes JSON")
        }
        What::Count => {
            let count = front.dead.count(&filter).await;
            json!({ "count": count.map_err(|error| not_done(&error))? }).to_string()
        }
        What::Requeue => {
            let backlog_of =
                |name: &str| front.routes.find(name).map(|(_, route)| Arc::clone(&route.backlog));
            let limit = limit.unwrap_or(DONE_MAX).min(DONE_MAX);
            let requeued = front.dead.requeue(&filter, limit, &backlog_of).await;
            front.routes.iter().for_each(|route| route.watch.look());
            json!({ "requeued": requeued.map_err(|error| not_done(&error))? }).to_string()
        }
        What::Purge => {
            let purged = front.dead.purge(&filter, limit.unwrap_or(DONE_MAX).min(DONE_MAX)).await;
            json!({ "purged": purged.map_err(|error| not_done(&error))? }).to_string()
        }
    };
    Ok(text("application/json", json + "\n"))
}

/// Counts all of them, if the sink says so soon: who asks for figures does not wait for a sink that is down.
///
/// # Cancel safety
/// Dropping the future changes nothing.
pub(super) async fn count_soon(front: &Front) -> Option<u64> {
    const SOON: Duration = Duration::from_millis(500);
    let filter = DeadFilter::default();
    tokio::time::timeout(SOON, front.dead.count(&filter)).await.ok()?.ok()
}

fn not_done(error: &DeadError) -> Problem {
    let problem = Problem::sink(&error.to_string());
    match error {
        DeadError::Partly { requeued, .. } => problem.field("requeued", *requeued),
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, path_and_query: &str) -> Result<Asked, Problem> {
        let request = hyper::Request::builder().method(method).uri(path_and_query).body(());
        let (head, ()) = request.expect("a request").into_parts();
        let path = head.uri.path().to_owned();
        Asked::read(&head, &path, 1_000_000)
    }

    #[test]
    fn the_query_says_which() {
        let asked = asked("POST", "/dead/requeue?route=a&reason=not%20null&older_than=10s&limit=7")
            .expect("all of it is known");
        assert_eq!(asked.what, What::Requeue);
        assert_eq!(asked.filter.route.as_deref(), Some("a"));
        assert_eq!(asked.filter.reason.as_deref(), Some("not null"));
        assert_eq!(asked.filter.failed_before_ms, Some(990_000));
        assert_eq!(asked.limit, Some(7));
    }

    #[test]
    fn whoever_lets_everybody_send_lets_nobody_read_or_delete() {
        assert!(may(&Gate::Open).is_ok());
        let refused = may(&Gate::Anonymous).expect_err("nobody has shown a token");
        assert_eq!(refused.into_response().status(), 403);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (method, path) in [
            ("GET", "/dead?limit=0"),
            ("GET", "/dead?id=7"),
            ("GET", "/dead?older_than=soon"),
            ("GET", "/dead?reasn=x"),
            ("GET", "/dead?count=many"),
            ("POST", "/dead/purge?all=yes"),
            ("POST", "/dead/purge"),
        ] {
            assert!(asked(method, path).is_err(), "{method} {path}");
        }
        assert!(asked("POST", "/dead/purge?all=true").is_ok());
        assert!(asked("POST", "/dead/purge?reason=x").is_ok());
    }
}
