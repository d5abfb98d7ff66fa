//! Who is measured: the rivals and forebay, each with its sink, each as a process.

use clap::ValueEnum;
use tokio::process::Command;

use crate::failure::Failure;
use crate::rival::Rival;
use crate::setup::Setup;
use crate::sink::{Sink, SinkKind};

/// One line of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) sink: Option<SinkKind>,
}

/// What runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Forebay,
    Rival(Rival),
}

impl Contender {
    pub(crate) const PARSE_ONLY: Self = Self::rival("parse-only", Rival::ParseOnly, None);
    pub(crate) const FOREBAY_SQLITE: Self = Self::forebay("forebay, SQLite", SinkKind::Sqlite);
    pub(crate) const FOREBAY_POSTGRES: Self =
        Self::forebay("forebay, PostgreSQL", SinkKind::Postgres);
    pub(crate) const FOREBAY_SINK_DOWN: Self =
        Self::forebay("forebay, sink down", SinkKind::PostgresDown);
    pub(crate) const DIRECT_SQLITE: Self =
        Self::rival("direct, SQLite, commit per row", Rival::DirectSqlite, Some(SinkKind::Sqlite));
    pub(crate) const DIRECT_SQLITE_TX: Self = Self::rival(
        "direct, SQLite, commit per request",
        Rival::DirectSqliteTx,
        Some(SinkKind::Sqlite),
    );
    pub(crate) const DIRECT_POSTGRES: Self = Self::rival(
        "direct, PostgreSQL, commit per row",
        Rival::DirectPostgres,
        Some(SinkKind::Postgres),
    );
    pub(crate) const DIRECT_POSTGRES_TX: Self = Self::rival(
        "direct, PostgreSQL, commit per request",
        Rival::DirectPostgresTx,
        Some(SinkKind::Postgres),
    );

    const fn rival(name: &'static str, rival: Rival, sink: Option<SinkKind>) -> Self {
        Self { name, program: Program::Rival(rival), sink }
    }

    const fn forebay(name: &'static str, sink: SinkKind) -> Self {
        Self { name, program: Program::Forebay, sink: Some(sink) }
    }

    /// How its process is started, up to `--listen`.
    pub(crate) fn command(
        &self,
        setup: &Setup,
        sink: Option<&Sink<'_>>,
    ) -> Result<Command, Failure> {
        match self.program {
            Program::Forebay => forebay(setup, sink),
            Program::Rival(rival) => command_of(rival, sink),
        }
    }
}

/// Room for everything a run can send, so that a rate is never that of refusals.
const BACKLOG_EVENTS_MAX: &str = "3000000";
const BACKLOG_BYTES_MAX: &str = "4294967296";

/// Where it keeps its events, below the folder of the setup.
pub(crate) const BACKLOG: &str = "forebay-data";

/// With a new backlog on disk: what the run before has left there is nobody's any more.
fn forebay(setup: &Setup, sink: Option<&Sink<'_>>) -> Result<Command, Failure> {
    match std::fs::remove_dir_all(setup.folder().join(BACKLOG)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Failure::because("removing the backlog of the run before", error));
        }
        _ => {}
    }
    let mut command = Command::new(&setup.forebay);
    command.arg("serve").current_dir(setup.folder());
    // Whoever measures may have settings of their own.
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.as_encoded_bytes().starts_with(b"FOREBAY__")) {
        command.env_remove(name);
    }
    command
        .arg(format!("--backlog=disk:{BACKLOG}"))
        .env("FOREBAY__BACKLOG__EVENTS_MAX", BACKLOG_EVENTS_MAX)
        .env("FOREBAY__BACKLOG__BYTES_MAX", BACKLOG_BYTES_MAX);
    if let Some(sink) = sink {
        command.arg("--sink").arg(sink.url());
    }
    Ok(command)
}

fn command_of(rival: Rival, sink: Option<&Sink<'_>>) -> Result<Command, Failure> {
    let own =
        std::env::current_exe().map_err(|error| Failure::because("finding the bench", error))?;
    let value = rival.to_possible_value();
    let name = value.as_ref().map(|value| value.get_name()).unwrap_or_default();
    let mut command = Command::new(own);
    command.arg("rival").arg(name);
    if let Some(sink) = sink {
        command.arg("--database").arg(sink.database());
    }
    Ok(command)
}
