//! A real NATS server with JetStream: started, killed and started again by a test.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::postgres::free_port;

/// How long a server may take to answer a question.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// For the configuration of a server: users who may do everything, not look after streams, or not put in; and one of
/// an account without JetStream.
pub const ACCOUNTS: &str = r#"
accounts {
  shop {
    jetstream: enabled
    users: [
      { user: ann, password: s3cret }
      { user: bob, password: s3cret, permissions: { publish: { deny: ["$JS.API.STREAM.>"] } } }
      { user: eve, password: s3cret, permissions: { publish: { deny: ["events.events"] } } }
    ]
  }
  bare { users: [ { user: cy, password: s3cret } ] }
}
"#;

/// A NATS server with its own data. It is gone when it is dropped.
#[derive(Debug)]
pub struct NatsServer {
    address: IpAddr,
    port: u16,
    more: Vec<String>,
    /// `None` while it is stopped.
    process: Mutex<Option<Child>>,
    folder: TempDir,
}

impl NatsServer {
    /// Starts one with JetStream.
    ///
    /// # Panics
    /// nats-server is not installed (`cargo xtask setup` does it), or does not start.
    #[must_use]
    pub fn start_new() -> Self {
        Self::start_with(&["-js"])
    }

    /// Starts one with these options, beside those of where it listens and keeps its data.
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        let server = Self::prepared(Ipv4Addr::LOCALHOST.into(), options);
        server.start();
        server
    }

    /// Starts one with JetStream that listens at this address alone: of a host of the test's own.
    #[must_use]
    pub fn start_at(address: IpAddr) -> Self {
        let server = Self::prepared(address, &["-js"]);
        server.start();
        server
    }

    /// Three that are one cluster. They agree some moments after they have started; until then they make no stream.
    #[must_use]
    pub fn cluster_of_three() -> [Self; 3] {
        let ports = [(); 3].map(|()| free_port());
        let routes = ports.map(|port| format!("nats-route://127.0.0.1:{port}")).join(",");
        let servers = [0, 1, 2].map(|place| {
            let name = format!("server-{place}");
            let cluster = format!("nats://127.0.0.1:{}", ports[place]);
            let options = ["-js", "-n", &name, "-cluster_name", "forebay", "-cluster", &cluster];
            let options = options.into_iter().chain(["-routes", &routes]);
            Self::prepared(Ipv4Addr::LOCALHOST.into(), &options.collect::<Vec<_>>())
        });
        servers.iter().for_each(Self::start);
        servers
    }

    fn prepared(address: IpAddr, options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("forebay-nats-").tempdir();
        Self {
            address,
            port: free_port(),
            more: options.iter().map(|&option| option.to_owned()).collect(),
            process: Mutex::new(None),
            folder: folder.expect("a temporary folder can be made"),
        }
    }

    /// Starts it again on its data, at the same address.
    pub fn start(&self) {
        let mut command = Command::new("nats-server");
        command.args(["-a", &self.address.to_string(), "-p", &self.port.to_string(), "-sd"]);
        command.arg(self.folder.path()).args(&self.more);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child =
            command.spawn().expect("nats-server starts; `cargo xtask setup` installs it");
        let mut told = BufReader::new(child.stderr.take().expect("it is piped"));
        let (mut line, mut all) = (String::new(), String::new());
        while told.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if line.contains("Server is ready") {
                // Read on, so that it never waits for us.
                std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
                *self.process() = Some(child);
                return;
            }
            all.push_str(&std::mem::take(&mut line));
        }
        let _ = child.wait();
        panic!("nats-server does not start: {all}");
    }

    /// Ends it as a crash would: `kill -9`.
    pub fn kill(&self) {
        if let Some(mut child) = self.process().take() {
            // One that has ended by itself is as dead.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Takes away what it has stored, while it is stopped: as a loss of power does with what it had not synced.
    pub fn wipe(&self) {
        for entry in std::fs::read_dir(self.folder.path()).expect("its folder is there") {
            let path = entry.expect("a name can be read").path();
            std::fs::remove_dir_all(path).expect("it is nobody else's");
        }
    }

    /// The number of its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(Child::id)
    }

    /// The address of a stream on it.
    #[must_use]
    pub fn url(&self, stream: &str) -> String {
        format!("nats://{}:{}/{stream}", self.address, self.port)
    }

    /// The address of a stream on several that are one cluster.
    #[must_use]
    pub fn url_of_all(servers: &[Self], stream: &str) -> String {
        let hosts = servers.iter().map(|server| format!("{}:{}", server.address, server.port));
        format!("nats://{}/{stream}", hosts.collect::<Vec<_>>().join(","))
    }

    /// Asks the server itself, as in `$JS.API.STREAM.INFO.events`, and returns what it answers.
    ///
    /// # Errors
    /// It does not answer, or not with JSON.
    pub fn ask(&self, subject: &str, question: &str) -> io::Result<Value> {
        let mut way = TcpStream::connect((self.address, self.port))?;
        way.set_read_timeout(Some(ANSWERS_WITHIN))?;
        let connect = "CONNECT {\"verbose\":false}\r\nSUB _INBOX.answer 1\r\n";
        let bytes = question.len();
        write!(way, "{connect}PUB {subject} _INBOX.answer {bytes}\r\n{question}\r\n")?;
        let mut told = BufReader::new(way);
        let mut line = String::new();
        while told.read_line(&mut line)? > 0 {
            if line.starts_with("MSG ") {
                let bytes = line.split_whitespace().last().and_then(|bytes| bytes.parse().ok());
                let mut answer = vec![0; bytes.unwrap_or(0)];
                told.read_exact(&mut answer)?;
                return serde_json::from_slice(&answer).map_err(io::Error::from);
            }
            line.clear();
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
