//! `forebay top URL`: a service that runs somewhere, seen.
//!
//! It asks `/status` twice a second. What does not answer is said and asked again; what was known
//! before stays in the picture.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::Notify;

use crate::outcome::Failure;
use crate::signals::StopSignals;
use crate::terminal::{self, Looks, View, When};
use crate::{clock, remote, runtime};

// From an answer to what is shown.
mod ask;
use ask::{ANSWER_WITHIN, Service};
mod status;
mod watch;
use watch::Watch;
mod picture;
mod routes;

/// What to do without a terminal.
const PLAINLY: &str = "`curl URL/status` gives the same figures as JSON";
/// Between two questions.
const ASK_MS: u64 = 500;

/// What `forebay top` was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) token_file: Option<PathBuf>,
    /// The certificates by which the service is known.
    pub(crate) ca: Option<PathBuf>,
    pub(crate) color: When,
}

/// Shows the service until the person has seen enough.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let url = &options.url;
    let url = remote::address(url).map_err(|why| Failure::Usage(format!("{url:?} {why}")))?;
    let authorization = options.token_file.as_deref().map(remote::authorization).transpose()?;
    let agent = remote::agent(&url, options.ca.as_deref(), ANSWER_WITHIN)?;
    terminal::check(PLAINLY)?;
    let shown = Shown::new(Watch::new(clock::now(), &url));
    let service = Service::new(agent, &url, authorization);
    let end = until_told(shown.clone(), service);
    let runtime = runtime::of_one_thread()?;
    let outcome = runtime.block_on(terminal::show(shown, options.color, end));
    // A question that nobody answers must not hold up the end.
    runtime.shutdown_background();
    outcome
}

/// Asks and asks, until a signal comes.
async fn until_told(shown: Shown, service: Service) -> Result<(), Failure> {
    let mut signals = StopSignals::install()
        .map_err(|error| Failure::Failed(format!("cannot watch for signals: {error}")))?;
    let asked = async {
        let service = Arc::new(service);
        loop {
            let next = clock::now() + Duration::from_millis(ASK_MS);
            let answer = Service::ask(&service).await;
            shown.watch().hear(answer, clock::now());
            shown.shared.more.notify_one();
            clock::sleep_until(next).await;
        }
    };
    tokio::select! {
        _ = signals.next() => Ok(()),
        () = asked => Ok(()),
    }
}

/// What is known of the service, by whoever asks it and whoever draws.
#[derive(Clone, Debug)]
struct Shown {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    watch: Mutex<Watch>,
    more: Notify,
}

impl Shown {
    fn new(watch: Watch) -> Self {
        Self { shared: Arc::new(Shared { watch: Mutex::new(watch), more: Notify::new() }) }
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.shared.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View for Shown {
    type Picture = Watch;

    fn look(&mut self) -> Watch {
        self.watch().clone()
    }

    fn draw(watch: &Watch, looks: &Looks, area: Rect, buffer: &mut Buffer) {
        picture::draw(watch, looks, area, buffer);
    }

    async fn changed(&mut self) {
        self.shared.more.notified().await;
    }
}
