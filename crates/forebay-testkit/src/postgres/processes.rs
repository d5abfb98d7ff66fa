//! The processes of a server.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

const READY: &str = "database system is ready to accept connections";

/// Starts a postmaster and waits until it takes connections.
pub(super) fn spawn_and_wait(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("postgres runs");
    let log = child.stderr.take().expect("it is piped");
    let (sender, lines) = mpsc::channel();
    // Reads to the end, so that the server never waits for somebody to read its log.
    thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            // Nobody listens any more once it is ready.
            let _ = sender.send(line);
        }
    });
    let mut said = Vec::new();
    for line in &lines {
        if line.contains(READY) {
            return child;
        }
        said.push(line);
    }
    let _ = child.wait();
    panic!("postgres did not start:\n{}", said.join("\n"));
}

/// Asks a postmaster to end and waits until it has.
pub(super) fn end(mut child: Child, signal: Signal) {
    send(child.id(), signal);
    let _ = child.wait();
}

/// Kills a postmaster and all of its children with `kill -9`, and waits until all are dead: as
/// long as one of them lives, a new postmaster refuses to start.
pub(super) fn kill_with_children(mut child: Child) {
    // Stopped first, or it could start another child between the list and the kill.
    send(child.id(), Signal::STOP);
    let children = children_of(child.id());
    let deaths: Vec<OwnedFd> = children.iter().filter_map(|pid| death_of(*pid)).collect();
    send(child.id(), Signal::KILL);
    for pid in children {
        send(pid, Signal::KILL);
    }
    let _ = child.wait();
    for death in deaths {
        let wait = || poll(&mut [PollFd::new(&death, PollFlags::IN)], None);
        retry_on_intr(wait).expect("one descriptor is polled");
    }
}

/// A descriptor that becomes readable when a process ends. `None` if it has ended.
fn death_of(pid: u32) -> Option<OwnedFd> {
    pidfd_open(id(pid), PidfdFlags::empty()).ok()
}

fn id(pid: u32) -> Pid {
    i32::try_from(pid).ok().and_then(Pid::from_raw).expect("the id of a process")
}

fn send(pid: u32, signal: Signal) {
    // It may have ended by itself.
    let _ = kill_process(id(pid), signal);
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // `pid (name) state parent …`; the name may hold anything, brackets too.
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}
