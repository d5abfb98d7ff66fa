//! Under a supervisor: the socket that it keeps, and what it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use forebay_testkit::program::{Program, Signal};
use rusqlite::Connection;

use crate::start::{PATIENCE, forebay, serve};

const RESTARTS: usize = 20;
const CLIENTS: u64 = 4;

/// What systemd does with a socket of its own: it becomes descriptor 3 of the process.
const PASS_ON: &str = "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"";

/// `forebay serve` in this folder, on this socket.
fn on_socket(socket: &TcpListener, folder: &Path) -> Child {
    let socket = OwnedFd::from(socket.try_clone().expect("it is open"));
    Command::new("sh")
        .args(["-c", PASS_ON, "sh", env!("CARGO_BIN_EXE_forebay"), "serve"])
        .current_dir(folder)
        .stdin(Stdio::from(socket))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("there is a shell")
}

/// One request on a connection of its own; no second try.
fn post(address: SocketAddr, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    write!(
        stream,
        "POST /events HTTP/1.1\r\nhost: forebay\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn stop(mut server: Child) {
    let pid = rustix::process::Pid::from_child(&server);
    rustix::process::kill_process(pid, Signal::TERM).expect("it runs");
    assert!(server.wait().expect("it was started").success());
}

#[test]
fn twenty_restarts_under_load_refuse_nobody_and_lose_nothing() {
    let socket = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = socket.local_addr().expect("it is bound");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (is_over, accepted) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (is_over, accepted) = (&is_over, &accepted);
            scope.spawn(move || {
                for number in 0_u64.. {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let answer =
                        post(address, &format!("{{\"client\":{client},\"number\":{number}}}"));
                    let answer = answer.unwrap_or_else(|error| format!("no answer: {error}"));
                    // Whoever fails tells the others by what is missing.
                    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
                    accepted.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..RESTARTS {
            let server = on_socket(&socket, folder.path());
            let before = accepted.load(Ordering::Relaxed);
            // Each of them serves for a while.
            while accepted.load(Ordering::Relaxed) < before + 20 * CLIENTS {
                post(address, "0").expect("it is served");
                accepted.fetch_add(1, Ordering::Relaxed);
            }
            stop(server);
        }
        is_over.store(true, Ordering::Relaxed);
        // The last requests wait in the socket for the last one.
        let server = on_socket(&socket, folder.path());
        post(address, "0").expect("it is served");
        accepted.fetch_add(1, Ordering::Relaxed);
        stop(server);
    });
    let database = Connection::open(folder.path().join("forebay.db")).expect("it is there");
    let rows: i64 = database
        .query_row("select count(*) from events", [], |row| row.get(0))
        .expect("the table is there");
    assert_eq!(u64::try_from(rows), Ok(accepted.load(Ordering::Relaxed)));
}

/// A supervisor that listens to what it is told.
struct Supervisor {
    socket: UnixDatagram,
    _folder: tempfile::TempDir,
}

impl Supervisor {
    /// Starts `forebay serve`, to be reassured within this time.
    fn start(watchdog_us: &str) -> (Self, Program) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("the folder is ours");
        socket.set_read_timeout(Some(PATIENCE)).expect("patience is not zero");
        let path = path.to_str().expect("it has a plain name").to_owned();
        let start = serve(&["--backlog", "memory:"]).env("NOTIFY_SOCKET", &path);
        let program = start.env("WATCHDOG_USEC", watchdog_us).start();
        (Self { socket, _folder: folder }, program)
    }

    fn hears(&self, line: &str) -> String {
        let mut message = [0; 1024];
        loop {
            let read = self.socket.recv(&mut message);
            let length = read.unwrap_or_else(|error| panic!("nobody says {line}: {error}"));
            let message = String::from_utf8_lossy(&message[..length]).into_owned();
            if message.lines().any(|said| said == line) {
                return message;
            }
        }
    }
}

#[test]
fn a_supervisor_is_told_of_the_start_of_health_and_of_the_end() {
    let (supervisor, program) = Supervisor::start("60000");
    let ready = supervisor.hears("READY=1");
    assert!(ready.contains(&format!("STATUS=listening on {}", program.address())), "{ready}");
    for _ in 0..3 {
        assert!(supervisor.hears("WATCHDOG=1").contains("STATUS=0 events wait"));
    }
    program.signal(Signal::HUP);
    assert!(supervisor.hears("RELOADING=1").contains("MONOTONIC_USEC="));
    supervisor.hears("READY=1");
    program.signal(Signal::TERM);
    supervisor.hears("STOPPING=1");
    assert_eq!(program.wait(PATIENCE).code, Some(0));
}

#[test]
fn a_process_that_stands_still_does_not_say_that_it_is_well() {
    let (supervisor, program) = Supervisor::start("60000");
    supervisor.hears("WATCHDOG=1");
    program.signal(Signal::STOP);
    supervisor.socket.set_nonblocking(true).expect("it is a socket");
    let mut message = [0; 1024];
    while supervisor.socket.recv(&mut message).is_ok() {}
    assert!(program.runs_for(std::time::Duration::from_millis(300)));
    assert!(supervisor.socket.recv(&mut message).is_err(), "it says something while it stands");
    program.signal(Signal::CONT);
    supervisor.socket.set_nonblocking(false).expect("it is a socket");
    supervisor.hears("WATCHDOG=1");
}

#[test]
fn what_is_passed_on_and_is_no_socket_is_refused() {
    let ended = forebay(&["serve"]).env("LISTEN_FDS", "2").start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("2 sockets were passed on"), "{}", ended.stderr);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let said = Command::new("sh")
        .args(["-c", PASS_ON, "sh", env!("CARGO_BIN_EXE_forebay"), "serve"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    assert_eq!(said.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&said.stderr).contains("LISTEN_FDS"));
}
