//! Where the log goes: standard error, one line an entry, in color only for a person.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, reload};

use crate::output;
use crate::settings::LogFormat;

/// What is let through, and can be changed.
#[derive(Debug)]
pub(super) struct Log {
    filter: reload::Handle<Targets, Registry>,
    format: LogFormat,
}

impl Log {
    /// Starts logging what `filter` lets through.
    pub(super) fn install(filter: Targets, format: LogFormat) -> Self {
        let (filter, handle) = reload::Layer::new(filter);
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            // Should standard error be gone, the log is, too; that must not stop the server.
            .log_internal_errors(false);
        let lines = match format {
            LogFormat::Text => lines.compact().with_ansi(is_colored()).boxed(),
            LogFormat::Json => lines.json().flatten_event(true).with_ansi(false).boxed(),
        };
        tracing_subscriber::registry().with(filter).with(lines).init();
        Self { filter: handle, format }
    }

    /// Tells the person at the terminal; or whoever reads the log, where each line is an object.
    pub(super) fn tell(&self, text: &str) {
        match self.format {
            LogFormat::Text => output::tell(text),
            LogFormat::Json => tracing::info!("{text}"),
        }
    }

    /// Lets this through from now on.
    pub(super) fn change(&self, filter: Targets) {
        // It fails only once nobody logs any more.
        let _ = self.filter.reload(filter);
    }
}

/// As <https://no-color.org> has it: the variable counts when it is there and not empty.
fn is_colored() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !no_color
}
