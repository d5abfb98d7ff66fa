//! The handlers that forebay is measured against, each run as a process of its own.
//!
//! Each is what a good engineer writes with axum in some 40 lines when there is no forebay: idiomatic, with a pool, prepared
//! statements and the default durability of its database. A change here changes every published ratio, so it needs
//! figures.

mod answer;
mod direct_postgres;
mod direct_sqlite;
mod parse_only;

use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt;
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;

use crate::failure::Failure;

/// Which of the handlers a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rival {
    /// Parses the JSON and answers 202; stores nothing.
    ParseOnly,
    /// Inserts into PostgreSQL, each row committed by itself.
    DirectPostgres,
    /// Inserts into PostgreSQL, all rows of a request in one transaction.
    DirectPostgresTx,
    /// Inserts into SQLite, each row committed by itself.
    DirectSqlite,
    /// Inserts into SQLite, all rows of a request in one transaction.
    DirectSqliteTx,
}

/// When the rows of one request are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Commit {
    EachRow,
    EachRequest,
}

/// What `forebay-bench rival` is told.
#[derive(Debug, Args)]
pub(crate) struct RivalArgs {
    /// Which handler to be
    rival: Rival,
    /// The address to listen on
    #[arg(long)]
    listen: SocketAddr,
    /// Where the rows go: a file for SQLite, postgres://… for PostgreSQL
    #[arg(long, default_value = "")]
    database: String,
}

/// Serves one handler until the process is ended.
pub(crate) async fn run(args: RivalArgs) -> Result<(), Failure> {
    let database = args.database.as_str();
    let router = match args.rival {
        Rival::ParseOnly => parse_only::router(),
        Rival::DirectPostgres => direct_postgres::router(database, Commit::EachRow).await?,
        Rival::DirectPostgresTx => direct_postgres::router(database, Commit::EachRequest).await?,
        Rival::DirectSqlite => direct_sqlite::router(database, Commit::EachRow)?,
        Rival::DirectSqliteTx => direct_sqlite::router(database, Commit::EachRequest)?,
    };
    serve(router, args.listen).await
}

async fn serve(router: Router, listen: SocketAddr) -> Result<(), Failure> {
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| Failure::because(format!("listening on {listen}"), error))?
        .tap_io(|stream| {
            // Only latency is lost when this fails, and the figures would show it.
            let _ = stream.set_nodelay(true);
        });
    axum::serve(listener, router).await.map_err(|error| Failure::because("serving", error))
}
