//! Where the log goes: standard error, one line an entry, in color only for a person.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging what `filter` lets through.
pub(super) fn install(filter: Targets) {
    let lines = tracing_subscriber::fmt::layer()
        .compact()
        .with_writer(io::stderr)
        .with_ansi(is_colored())
        // Should standard error be gone, the log is, too; that must not stop the server.
        .log_internal_errors(false);
    tracing_subscriber::registry().with(lines).with(filter).init();
}

/// As <https://no-color.org> has it: the variable counts when it is there and not empty.
fn is_colored() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !no_color
}
