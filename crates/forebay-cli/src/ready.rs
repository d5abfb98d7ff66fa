//! `forebay ready URL`: does a service take events? For health checks where there is no curl.

use std::time::Duration;

use ureq::Agent;

use crate::outcome::Failure;
use crate::{output, remote};

/// How long the answer may take.
const ANSWER_MS_MAX: u64 = 3000;

/// Asks, and says what the service said.
pub(crate) fn run(url: &str) -> Result<(), Failure> {
    let url = remote::address(url).map_err(|why| Failure::Usage(format!("{url:?} {why}")))?;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_millis(ANSWER_MS_MAX)))
        .build();
    let failed = |error: ureq::Error| Failure::Failed(format!("{url} does not answer: {error}"));
    let asked = Agent::from(config).get(format!("{url}/readyz")).call();
    let mut response = asked.map_err(failed)?;
    let text = response.body_mut().read_to_string().map_err(failed)?;
    match response.status().as_u16() {
        200 => output::line(&mut std::io::stdout(), text.trim_end())
            .map_err(|error| Failure::of_output(&error)),
        status => Err(Failure::Failed(format!("{url} answers {status}: {}", text.trim_end()))),
    }
}
