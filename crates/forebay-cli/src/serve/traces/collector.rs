//! The collector, asked by the HTTP client that the program has anyway.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;

/// Longer than a collector that works takes; events never wait for it.
const ANSWER_MAX: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Collector {
    agent: Agent,
    endpoint: String,
    /// Whether the log says that it does not answer.
    is_away: AtomicBool,
}

impl Collector {
    pub(super) fn new(endpoint: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_MAX))
            .build();
        Collector {
            agent: config.new_agent(),
            endpoint: endpoint.to_owned(),
            is_away: AtomicBool::new(false),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let answer = self.agent.run(Request::from_parts(head, body.to_vec()))?;
        let (head, mut body) = answer.into_parts();
        Ok(Response::from_parts(head, body.read_to_vec()?.into()))
    }

    /// Says in the log when it ceases to take spans, and when it does again; not each time.
    fn note(&self, trouble: Option<String>) {
        let endpoint = &*self.endpoint;
        // Ordering: relaxed; one thread sends.
        let was_away = self.is_away.swap(trouble.is_some(), Ordering::Relaxed);
        match trouble {
            Some(reason) if !was_away => tracing::warn!(
                endpoint,
                reason,
                "the collector takes no spans; events go on, their spans are left out"
            ),
            None if was_away => tracing::info!(endpoint, "the collector takes spans again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    /// Blocks: the thread that sends spans does nothing else.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.send(request);
        self.note(match &answer {
            Err(error) => Some(error.to_string()),
            Ok(answer) if !answer.status().is_success() => Some(answer.status().to_string()),
            Ok(_) => None,
        });
        answer
    }
}
