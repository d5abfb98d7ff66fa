//! A service that runs, asked over HTTP.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, Body};
use uuid::Uuid;

use super::desk::{Page, Which};
use crate::outcome::Failure;
use crate::remote;

/// How long one answer may take: up to ten thousand events are put back for it.
const PATIENCE: Duration = Duration::from_secs(300);

/// A service, and the token it wants.
#[derive(Debug)]
pub(super) struct Service {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl Service {
    pub(super) fn new(
        url: &str,
        token_file: Option<&Path>,
        ca: Option<&Path>,
    ) -> Result<Self, Failure> {
        let url = remote::address(url)
            .map_err(|problem| Failure::Usage(format!("--url: {url:?} {problem}")))?;
        let agent = remote::agent(&url, ca, PATIENCE)?;
        let authorization = token_file.map(remote::authorization).transpose()?;
        Ok(Self { agent, url, authorization })
    }

    pub(super) fn count(&self, which: &Which) -> Result<u64, Failure> {
        let mut query = query(which);
        query.push(("count", "true".to_owned()));
        number(&self.get("/dead", &query)?, "count")
    }

    pub(super) fn page(
        &self,
        which: &Which,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page, Failure> {
        let mut query = query(which);
        query.push(("limit", limit.to_string()));
        query.extend(after.map(|after| ("after", after.to_string())));
        let mut answer = self.get("/dead", &query)?;
        let next = answer["next"].as_str().and_then(|next| next.parse().ok());
        match answer["dead"].take() {
            Value::Array(dead) => Ok(Page { dead, next }),
            _ => Err(not_ours(&answer)),
        }
    }

    pub(super) fn requeue(&self, which: &Which, limit: u64) -> Result<u64, Failure> {
        let mut query = query(which);
        query.push(("limit", limit.to_string()));
        number(&self.post("/dead/requeue", &query)?, "requeued")
    }

    pub(super) fn purge(&self, which: &Which, limit: u64) -> Result<u64, Failure> {
        let mut query = query(which);
        query.push(("limit", limit.to_string()));
        query.push(("all", "true".to_owned()));
        number(&self.post("/dead/purge", &query)?, "purged")
    }

    fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        self.answer(request.call())
    }

    fn post(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        self.answer(request.send_empty())
    }

    fn answer(
        &self,
        answered: Result<ureq::http::Response<Body>, ureq::Error>,
    ) -> Result<Value, Failure> {
        let url = &self.url;
        let failed = |error: ureq::Error| {
            let why = remote::told(&error);
            Failure::Failed(format!("{url} does not answer: {why}; does forebay serve there?"))
        };
        let mut response = answered.map_err(failed)?;
        let status = response.status();
        let text = response.body_mut().read_to_string().map_err(failed)?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(json);
        }
        let detail = json["detail"].as_str().unwrap_or("it does not say why");
        let hint = match status.as_u16() {
            401 => "; give --token-file FILE",
            _ => "",
        };
        Err(Failure::Failed(format!("{url} answers {}: {detail}{hint}", status.as_u16())))
    }
}

fn number(answer: &Value, name: &str) -> Result<u64, Failure> {
    answer[name].as_u64().ok_or_else(|| not_ours(answer))
}

fn not_ours(answer: &Value) -> Failure {
    Failure::Failed(format!("this is no answer of forebay: {answer}"))
}

fn query(which: &Which) -> Vec<(&'static str, String)> {
    let time = |time: Duration| humantime::format_duration(time).to_string();
    let mut query: Vec<_> = which.ids.iter().map(|id| ("id", id.to_string())).collect();
    query.extend(which.route.clone().map(|route| ("route", route)));
    query.extend(which.reason.clone().map(|reason| ("reason", reason)));
    query.extend(which.older_than.map(|age| ("older_than", time(age))));
    query.extend(which.newer_than.map(|age| ("newer_than", time(age))));
    query
}
