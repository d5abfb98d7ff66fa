//! A running service, in this process, on a port and in a folder of its own.

use std::time::Duration;

use forebay_server::{BacklogUrl, Config, Left, Service};
use serde_json::Value;
use tempfile::TempDir;

use crate::wire::Wire;

/// A service that is running.
pub(crate) struct Server {
    pub(crate) service: Service,
    pub(crate) folder: TempDir,
}

impl Server {
    /// Starts one with an SQLite sink.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one with a configuration that `change` has changed.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut config = Config {
            listen: "127.0.0.1:0".parse().expect("an address"),
            sink: format!("sqlite:{}", folder.path().join("events.db").display())
                .parse()
                .expect("a sink"),
            ..Config::default()
        };
        config.backlog.url = BacklogUrl::Disk(folder.path().join("data"));
        change(&mut config);
        let service = Service::start(config).await.expect("it starts");
        Self { service, folder }
    }

    /// Starts one whose sink is not there, so that nothing leaves the backlog.
    pub(crate) async fn start_stuck_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(|config| {
            // Nothing listens on port 1.
            config.sink = "postgres://nobody@127.0.0.1:1/none".parse().expect("a sink");
            change(config);
        })
        .await
    }

    pub(crate) async fn connect(&self) -> Wire {
        Wire::to(self.service.local_addr()).await
    }

    pub(crate) async fn status(&self) -> Value {
        self.connect().await.get("/status").await.json()
    }

    /// How many events were accepted, as `/status` says it.
    pub(crate) async fn accepted(&self) -> u64 {
        self.status().await["accepted"].as_u64().expect("a count")
    }

    /// Stops it, giving it time to deliver everything.
    pub(crate) async fn stop(self) -> (Left, TempDir) {
        (self.service.stop(Duration::from_secs(20)).await, self.folder)
    }

    /// Stops it without waiting for its sink.
    pub(crate) async fn abandon(self) -> Left {
        self.service.stop(Duration::from_millis(1)).await
    }
}
