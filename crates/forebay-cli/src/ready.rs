//! `forebay ready URL`: does a service take events? For health checks where there is no curl.

use std::path::PathBuf;
use std::time::Duration;

use crate::outcome::Failure;
use crate::{output, remote};

/// How long the answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// What `forebay ready` was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) ca: Option<PathBuf>,
}

/// Asks, and says what the service said.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let url = &options.url;
    let url = remote::address(url).map_err(|why| Failure::Usage(format!("{url:?} {why}")))?;
    let agent = remote::agent(&url, options.ca.as_deref(), ANSWER_WITHIN)?;
    let failed = |error: ureq::Error| {
        Failure::Failed(format!("{url} does not answer: {}", remote::told(&error)))
    };
    let asked = agent.get(format!("{url}/readyz")).call();
    let mut response = asked.map_err(failed)?;
    let text = response.body_mut().read_to_string().map_err(failed)?;
    match response.status().as_u16() {
        200 => output::line(&mut std::io::stdout(), text.trim_end())
            .map_err(|error| Failure::of_output(&error)),
        status => Err(Failure::Failed(format!("{url} answers {status}: {}", text.trim_end()))),
    }
}
