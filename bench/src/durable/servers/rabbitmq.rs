//! A RabbitMQ of its own: its data, its ports, and the daemon by which Erlang's processes find each other.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::server::{Server, free_address};

/// Debian's program in the path wants to be a service; this is what it starts.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// It takes some seconds, and more on a machine that does something else.
const STARTS_WITHIN: Duration = Duration::from_secs(90);

/// A running broker; dropping it kills all of its processes.
#[derive(Debug)]
pub(super) struct Rabbitmq {
    server: Server,
    _port_mapper: Child,
}

impl Rabbitmq {
    /// Starts it in `folder` and does not wait for it.
    pub(super) fn start(folder: &Path) -> Result<Self, Failure> {
        let starting = |error: std::io::Error| Failure::because("starting RabbitMQ", error);
        let folder: PathBuf = folder.join("rabbitmq");
        std::fs::create_dir_all(&folder).map_err(starting)?;
        let (address, nodes, ports) = (free_address()?, free_address()?, free_address()?);
        let mut mapper = Command::new("epmd");
        mapper.args(["-address", "127.0.0.1", "-port", &ports.port().to_string()]);
        mapper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mapper = mapper.kill_on_drop(true).spawn().map_err(starting)?;
        let mut command = Command::new(PROGRAM);
        command
            .process_group(0)
            .current_dir(&folder)
            .env("HOME", &folder)
            .env("RABBITMQ_NODENAME", "forebay-bench@localhost")
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", address.port().to_string())
            .env("RABBITMQ_DIST_PORT", nodes.port().to_string())
            .env("ERL_EPMD_PORT", ports.port().to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1}",
            )
            .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_CONFIG_FILE", folder.join("none"))
            .env("RABBITMQ_CONF_ENV_FILE", folder.join("none"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("none"));
        let server = Server::spawn(command, address, folder.join("server.log"))?;
        Ok(Rabbitmq { server, _port_mapper: mapper })
    }

    /// Waits until it takes connections and says where.
    pub(super) async fn address(&mut self) -> Result<String, Failure> {
        self.server.is_ready(STARTS_WITHIN).await?;
        Ok(self.server.address.to_string())
    }
}

impl Drop for Rabbitmq {
    fn drop(&mut self) {
        let group = i32::try_from(self.server.process).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
