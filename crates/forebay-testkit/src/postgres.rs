//! A real PostgreSQL server: started, killed and started again by a test.
//!
//! Each [`Cluster`] has its own folder, port and processes, and everything is gone when it is
//! dropped, or when the test's process ends in whatever way. Starting takes about a second, so
//! most tests share one and create a database each.

mod install;
mod processes;
mod watchdog;

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use install::Install;
use watchdog::Watchdog;

/// A role that needs a password; everybody else is let in without.
pub const LOCKED_ROLE: &str = "locked";
/// The password of [`LOCKED_ROLE`].
pub const LOCKED_PASSWORD: &str = "correct horse";

/// Whether what is committed survives a power cut. It survives `kill -9` in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// As in production; for measuring.
    Disk,
    /// Faster; for tests.
    None,
}

/// A PostgreSQL server with its own data.
#[derive(Debug)]
pub struct Cluster {
    install: Install,
    sync: Sync,
    port: u16,
    databases: AtomicU32,
    /// `None` while it is stopped.
    postmaster: Mutex<Option<Child>>,
    // Dropped in this order: first whoever stops the server when nobody else does.
    _watchdog: Watchdog,
    folder: TempDir,
}

impl Cluster {
    /// Makes a cluster and starts it.
    ///
    /// # Panics
    /// PostgreSQL is not installed, or does not start; the message says what to do.
    #[must_use]
    pub fn start_new(sync: Sync) -> Self {
        let install = Install::find();
        let folder = tempfile::Builder::new().prefix("forebay-postgres-").tempdir();
        let folder = folder.expect("a temporary folder can be made");
        install.own(folder.path());
        initialize(&install, folder.path());
        let cluster = Self {
            _watchdog: Watchdog::over(folder.path()),
            port: free_port(),
            install,
            sync,
            databases: AtomicU32::new(0),
            postmaster: Mutex::new(None),
            folder,
        };
        cluster.start();
        cluster
    }

    /// The cluster that the tests of this process share. It is not for killing.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::start_new(Sync::None))
    }

    /// Starts it, on the port it has always had, and waits until it takes connections.
    pub fn start(&self) {
        let mut postmaster = self.postmaster();
        assert!(postmaster.is_none(), "the cluster runs already");
        *postmaster = Some(processes::spawn_and_wait(self.command()));
    }

    /// Stops it in order: connections are cut, everything is written.
    pub fn stop(&self) {
        if let Some(child) = self.postmaster().take() {
            processes::end(child, Signal::INT);
        }
    }

    /// Kills all of its processes with `kill -9`.
    pub fn kill(&self) {
        if let Some(child) = self.postmaster().take() {
            processes::kill_with_children(child);
        }
    }

    /// The URL of a database, as a role that may do everything.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database, as another role.
    #[must_use]
    pub fn url_as(&self, role: &str, password: &str, database: &str) -> String {
        let password = password.replace(' ', "%20");
        format!("postgres://{role}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database over the socket in the cluster's folder.
    #[must_use]
    pub fn socket_url(&self, database: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}:{}/{database}", self.port)
    }

    /// Creates an empty database and returns its name.
    pub async fn create_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let client = self.connect("postgres").await;
        let create = format!("CREATE DATABASE {name}");
        client.batch_execute(&create).await.expect("a database can be created");
        name
    }

    /// Connects to a database, as a role that may do everything.
    pub async fn connect(&self, database: &str) -> Client {
        let connected = tokio_postgres::connect(&self.url(database), NoTls).await;
        let (client, connection) = connected.expect("the cluster runs and the database is there");
        // Ends with the client, or with the server.
        tokio::spawn(connection);
        client
    }

    /// A program that comes with the server, such as pgbench, told where the server is and to be
    /// somebody who may do everything.
    #[must_use]
    pub fn client(&self, program: &str) -> Command {
        let mut command = self.install.command(program);
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string());
        command.env("PGUSER", "postgres");
        command
    }

    fn command(&self) -> Command {
        let mut command = self.install.command("postgres");
        command.arg("-D").arg(self.folder.path().join("data"));
        command.arg("-k").arg(self.folder.path());
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if self.sync == Sync::None {
            command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        command
    }

    fn postmaster(&self) -> MutexGuard<'_, Option<Child>> {
        self.postmaster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(child) = self.postmaster().take() {
            processes::end(child, Signal::QUIT);
        }
    }
}

fn initialize(install: &Install, folder: &Path) {
    let data = folder.join("data");
    let mut initdb = install.command("initdb");
    initdb.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
    initdb.args(["--locale=C", "--pgdata"]).arg(&data);
    let output = initdb.output().expect("initdb runs");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    let access = data.join("pg_hba.conf");
    let rules = std::fs::read_to_string(&access).expect("initdb wrote it");
    let locked = format!("host all {LOCKED_ROLE} 127.0.0.1/32 scram-sha-256\n");
    std::fs::write(&access, locked + &rules).expect("the folder is ours");
    create_locked_role(install, &data);
}

/// Without a server: single-user mode reads SQL from standard input.
fn create_locked_role(install: &Install, data: &Path) {
    let mut single = install.command("postgres");
    single.arg("--single").arg("-D").arg(data).arg("postgres");
    single.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = single.spawn().expect("postgres runs");
    let mut input = child.stdin.take().expect("it is piped");
    writeln!(input, "CREATE ROLE {LOCKED_ROLE} LOGIN PASSWORD '{LOCKED_PASSWORD}'")
        .expect("it reads its input");
    drop(input);
    assert!(child.wait().expect("it is our child").success(), "the role is created");
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
    listener.local_addr().expect("it is bound").port()
}

/// Keeps a signal for the test's process group, such as Ctrl-C, away from a child.
fn apart(command: &mut Command) -> &mut Command {
    command.process_group(0)
}
