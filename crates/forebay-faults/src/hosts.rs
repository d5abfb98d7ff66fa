//! Hosts of the suite's own, with a wire between two of them: network namespaces, and nothing of the network of the machine.
//!
//! A namespace has no name and lives as long as somebody is in it or has its file open, so however the suite ends,
//! the kernel removes it, and the wires with it.

use std::fs::File;
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd as _;
use std::panic::resume_unwind;
use std::process::Command;
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};

/// A host.
#[derive(Debug)]
pub(crate) struct Host {
    namespace: File,
}

/// What connects two hosts.
#[derive(Debug)]
pub(crate) struct Wire<'h> {
    name: String,
    /// This one has the address whose last number is 1, the other that with 2.
    ends: [&'h Host; 2],
    net: u8,
}

/// Which way of a wire: from an end of it to the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Both,
    FromTheFirst,
    FromTheSecond,
}

impl Host {
    /// A host that is connected with nobody.
    ///
    /// # Errors
    /// This user may not make one.
    pub(crate) fn new() -> Result<Self, String> {
        let made = thread::spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET).map_err(|errno| {
                format!("this row makes network namespaces, which needs root: {errno}")
            })?;
            File::open("/proc/thread-self/ns/net").map_err(|error| error.to_string())
        });
        let host = Host { namespace: made.join().expect("it does not panic")? };
        host.ip(&["link", "set", "lo", "up"])?;
        Ok(host)
    }

    /// Does something on this host: whatever is started and connected meanwhile belongs to it.
    pub(crate) fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let done = thread::scope(|scope| {
            let working = scope.spawn(|| {
                setns(&self.namespace, CloneFlags::CLONE_NEWNET).expect("it was made by us");
                work()
            });
            working.join()
        });
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn ip(&self, arguments: &[&str]) -> Result<(), String> {
        self.command("ip", arguments)
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let output = self.inside(|| Command::new(program).args(arguments).output());
        let output = output.map_err(|error| {
            format!(
                "this row needs {program} of iproute2, which `cargo xtask setup` installs: {error}"
            )
        })?;
        let told = String::from_utf8_lossy(&output.stderr);
        let line = || format!("{program} {}: {told}", arguments.join(" "));
        output.status.success().then_some(()).ok_or_else(line)
    }
}

impl<'h> Wire<'h> {
    /// Connects two hosts in a network of their own, 10.91.NET.0.
    ///
    /// # Errors
    /// What `ip` says.
    pub(crate) fn between(first: &'h Host, second: &'h Host, net: u8) -> Result<Self, String> {
        let name = format!("wire{net}");
        let there = format!("/proc/{}/fd/{}", std::process::id(), second.namespace.as_raw_fd());
        let peer = ["peer", "name", &name, "netns", &there];
        first.ip(&[&["link", "add", &name, "type", "veth"], &peer[..]].concat())?;
        let wire = Wire { name, ends: [first, second], net };
        for (end, place) in wire.ends.into_iter().zip(0..) {
            let address = format!("{}/24", wire.address(place));
            end.ip(&["address", "add", &address, "dev", &wire.name])?;
            end.ip(&["link", "set", &wire.name, "up"])?;
        }
        Ok(wire)
    }

    /// Where an end of it is: the first is 0.
    pub(crate) fn address(&self, end: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 91, self.net, 1 + end)
    }

    /// Nothing comes through any more, and nobody is told: `link down` for both ways, a queue that swallows everything for one.
    ///
    /// # Errors
    /// What `ip` or `tc` says.
    pub(crate) fn cut(&self, way: Way) -> Result<(), String> {
        let [first, second] = self.ends;
        match way {
            Way::Both => first.ip(&["link", "set", &self.name, "down"]),
            Way::FromTheFirst => self.queue(first, &["blackhole"]),
            Way::FromTheSecond => self.queue(second, &["blackhole"]),
        }
    }

    /// So much comes through in a second, either way, and no more; what does not waits up to half a second.
    ///
    /// # Errors
    /// What `tc` says.
    pub(crate) fn slow_down(&self, kbit: u64) -> Result<(), String> {
        let rate = format!("{kbit}kbit");
        let bucket = ["tbf", "rate", &rate, "burst", "4000", "latency", "500ms"];
        self.ends.into_iter().try_for_each(|end| self.queue(end, &bucket))
    }

    /// As it was made.
    ///
    /// # Errors
    /// What `ip` or `tc` says.
    pub(crate) fn heal(&self) -> Result<(), String> {
        self.ends[0].ip(&["link", "set", &self.name, "up"])?;
        self.ends.into_iter().try_for_each(|end| self.queue(end, &["pfifo", "limit", "1000"]))
    }

    fn queue(&self, end: &Host, kind: &[&str]) -> Result<(), String> {
        end.command("tc", &[&["qdisc", "replace", "dev", &self.name, "root"], kind].concat())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use super::{Host, Way, Wire};

    #[test]
    fn a_wire_carries_until_it_is_cut_and_again_when_it_is_healed() {
        let [first, second] = [(); 2].map(|()| Host::new().expect("the tests run as root"));
        let wire = Wire::between(&first, &second, 1).expect("iproute2 is installed");
        let listener = second.inside(|| TcpListener::bind((wire.address(1), 0)));
        let address = listener.as_ref().expect("it is its address").local_addr().expect("bound");
        let connects = || {
            let within = Duration::from_millis(300);
            first.inside(|| TcpStream::connect_timeout(&address, within)).is_ok()
        };
        assert!(connects());
        for way in [Way::Both, Way::FromTheFirst, Way::FromTheSecond] {
            wire.cut(way).expect("it is ours");
            assert!(!connects(), "{way:?}");
            wire.heal().expect("it is ours");
            assert!(connects(), "{way:?}");
        }
    }
}
