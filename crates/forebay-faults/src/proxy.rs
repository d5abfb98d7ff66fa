//! A way to a database that can be slow, refuse, and be cut after any byte.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::clock;

/// What it does to whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Pass,
    /// Every piece takes so many milliseconds.
    Slow(u64),
    Refuse,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToTheServer,
    Back,
}

/// After so many further bytes this way, both ways end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) way: Way,
    pub(crate) after_bytes: u64,
}

#[derive(Debug)]
struct State {
    mood: Mood,
    /// To be made one after the other.
    cuts: VecDeque<Cut>,
    /// How many were made.
    made: u64,
    /// Bytes to the server, and back.
    passed: [u64; 2],
    open: Vec<TcpStream>,
}

/// The proxy; it listens as long as the process lives, on loopback.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Listens in front of a server.
    pub(crate) fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let address = listener.local_addr().expect("it is bound");
        let (cuts, open) = (VecDeque::new(), Vec::new());
        let state = State { mood: Mood::Pass, cuts, made: 0, passed: [0; 2], open };
        let proxy = Self { address, state: Arc::new(Mutex::new(state)) };
        let accepting = proxy.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // One that cannot be served is closed.
                let _ = accepting.serve(client, server);
            }
        });
        proxy
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Has these cuts made, and forgets those that were not made yet.
    pub(crate) fn cut(&self, cuts: impl IntoIterator<Item = Cut>) {
        self.state().cuts = cuts.into_iter().collect();
    }

    /// Cuts every connection now.
    pub(crate) fn cut_all(&self) {
        for stream in self.state().open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// How many cuts were made.
    pub(crate) fn made(&self) -> u64 {
        self.state().made
    }

    /// How many bytes have passed, to the server and back.
    pub(crate) fn passed(&self) -> [u64; 2] {
        self.state().passed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, client: TcpStream, server: SocketAddr) -> std::io::Result<()> {
        if self.state().mood == Mood::Refuse {
            return Ok(());
        }
        let server = TcpStream::connect(server)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        self.state().open.extend([client.try_clone()?, server.try_clone()?]);
        let is_cut = Arc::new(AtomicBool::new(false));
        for (way, from, to) in [
            (Way::ToTheServer, client.try_clone()?, server.try_clone()?),
            (Way::Back, server, client),
        ] {
            let (proxy, is_cut) = (self.clone(), Arc::clone(&is_cut));
            thread::spawn(move || proxy.pump(way, from, to, &is_cut));
        }
        Ok(())
    }

    fn pump(&self, way: Way, mut from: TcpStream, mut to: TcpStream, is_cut: &AtomicBool) {
        let mut piece = [0; 4096];
        loop {
            let count = match from.read(&mut piece) {
                // One side has said all it wanted; the other may still.
                Ok(0) => return drop(to.shutdown(Shutdown::Write)),
                Ok(count) => count,
                Err(_) => break,
            };
            let mood = self.state().mood;
            if let Mood::Slow(ms) = mood {
                clock::pause(Duration::from_millis(ms));
            }
            let passes = self.pass(way, count as u64, is_cut);
            let passing = usize::try_from(passes).expect("not more than came");
            if to.write_all(&piece[..passing]).is_err() || passing < count {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}

impl Proxy {
    /// How many of these bytes pass. What still comes on a connection that is cut passes nowhere, and is
    /// not taken for what the next cut waits for.
    fn pass(&self, way: Way, came: u64, is_cut: &AtomicBool) -> u64 {
        let mut state = self.state();
        // Ordering: relaxed; it is looked at and set under the lock alone.
        if is_cut.load(Ordering::Relaxed) {
            return 0;
        }
        let passes = state.pass(way, came);
        is_cut.store(passes < came, Ordering::Relaxed);
        passes
    }
}

impl State {
    /// How many of these bytes pass. Fewer than came means that the way is cut there.
    fn pass(&mut self, way: Way, came: u64) -> u64 {
        let mut passes = came;
        if let Some(cut) = self.cuts.front_mut().filter(|cut| cut.way == way) {
            if cut.after_bytes < came {
                passes = cut.after_bytes;
                self.cuts.pop_front();
                self.made += 1;
            } else {
                cut.after_bytes -= came;
            }
        }
        self.passed[way as usize] += passes;
        passes
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::{Cut, Proxy, Way};

    /// A server that sends back what it gets.
    fn echo() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut back = stream.try_clone().expect("it is open");
                thread::spawn(move || std::io::copy(&mut &stream, &mut back));
            }
        });
        Proxy::before(address)
    }

    fn sent_back(proxy: &Proxy, text: &str) -> String {
        let mut stream = TcpStream::connect(proxy.address()).expect("it listens");
        stream.write_all(text.as_bytes()).expect("it reads");
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut back = String::new();
        let _ = stream.read_to_string(&mut back);
        back
    }

    #[test]
    fn it_cuts_after_exactly_so_many_bytes_and_then_lets_the_next_one_through() {
        let proxy = echo();
        for way in [Way::ToTheServer, Way::Back] {
            for after_bytes in 0..5 {
                proxy.cut([Cut { way, after_bytes }]);
                let made = proxy.made();
                let back = sent_back(&proxy, "hello");
                assert_eq!(proxy.made(), made + 1);
                if way == Way::Back {
                    assert_eq!(back, &"hello"[..usize::try_from(after_bytes).expect("5")]);
                }
            }
        }
        proxy.cut([]);
        let passed = proxy.passed();
        let mut stream = TcpStream::connect(proxy.address()).expect("it listens");
        stream.write_all(b"hello").expect("it reads");
        let mut back = [0; 5];
        stream.read_exact(&mut back).expect("it answers");
        assert_eq!((&back, proxy.passed()), (b"hello", [passed[0] + 5, passed[1] + 5]));
    }
}
