//! One question to the service, and its answer or what is wrong.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;

use super::status::Status;
use crate::remote;

/// How long an answer may take.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(3);

const NOT_OURS: &str = "what answers there is no forebay";

/// A service, and the token it wants.
#[derive(Debug)]
pub(super) struct Service {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl Service {
    pub(super) fn new(agent: Agent, url: &str, authorization: Option<String>) -> Self {
        Self { agent, url: format!("{url}/status"), authorization }
    }

    /// Asks how things stand; the error is for people.
    ///
    /// # Cancel safety
    /// The answer to a question that is dropped is not heard.
    pub(super) async fn ask(service: &Arc<Self>) -> Result<Status, String> {
        let service = Arc::clone(service);
        let asked = tokio::task::spawn_blocking(move || service.ask_now());
        asked.await.unwrap_or_else(|_| Err("the question was not asked".to_owned()))
    }

    fn ask_now(&self) -> Result<Status, String> {
        let mut request = self.agent.get(&self.url);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut response = request.call().map_err(|error| told(&error))?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string().map_err(|error| told(&error))?;
        match status {
            200 => match serde_json::from_str(&text) {
                Ok(Status { version, .. }) if version.is_empty() => Err(NOT_OURS.to_owned()),
                Ok(status) => Ok(status),
                Err(_) => Err(NOT_OURS.to_owned()),
            },
            401 if self.authorization.is_none() => {
                Err("it wants a token: give --token-file FILE".to_owned())
            }
            401 => Err("it does not take this token".to_owned()),
            400 if text.contains("urn:forebay:problem:plain") => {
                Err("it speaks TLS; use https:// in the URL".to_owned())
            }
            404 => Err(NOT_OURS.to_owned()),
            other => Err(format!("it answers {other}")),
        }
    }
}

fn told(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => {
            format!("no answer within {} s", ANSWER_WITHIN.as_secs())
        }
        other => remote::told(other),
    }
}
