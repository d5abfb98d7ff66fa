//! Connections that say as little as keeps them open, for as long as they can.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::clock;
use crate::failure::Failure;

/// How many there are.
pub(super) const CONNECTIONS: usize = 5_000;

/// So often a connection says one byte more.
const BYTE_EVERY: Duration = Duration::from_secs(2);

const THERE_WITHIN: Duration = Duration::from_secs(60);

/// What is never brought to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dribble {
    /// The head of a request.
    Head,
    /// The body of a request.
    Body,
    /// The first message of a TLS handshake.
    Handshake,
    /// The head of a second request, after one that was answered.
    NextHead,
}

impl Dribble {
    fn beginning(self) -> &'static [u8] {
        match self {
            Self::Head => b"POST /events HTTP/1.1\r\nhost: a\r\nx-slow: ",
            Self::Body => {
                b"POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n["
            }
            Self::Handshake => &[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3],
            Self::NextHead => b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\nGET /livez HTTP/1.1\r\nhost: a\r\nx-slow: ",
        }
    }

    fn more(self) -> &'static [u8] {
        match self {
            Self::Head | Self::NextHead => b"a",
            Self::Body => b" ",
            Self::Handshake => b"\0",
        }
    }
}

/// The connections. Dropping it ends them.
#[derive(Debug)]
pub(super) struct Crowd {
    open: Arc<AtomicUsize>,
    _speaking: JoinSet<()>,
}

impl Crowd {
    /// All of them, there and having said their first words.
    pub(super) async fn gather(address: SocketAddr, dribble: Dribble) -> Result<Self, Failure> {
        allow_descriptors()?;
        let open = Arc::new(AtomicUsize::new(0));
        let mut speaking = JoinSet::new();
        for number in 0..CONNECTIONS {
            let open = Arc::clone(&open);
            speaking.spawn(async move {
                // Not all at once: 5,000 bytes in one moment are another attack.
                clock::pause(BYTE_EVERY * number as u32 / CONNECTIONS as u32).await;
                loop {
                    // However it ends, it comes again.
                    let _ = dribble_on(address, dribble, &open).await;
                    clock::pause(Duration::from_millis(10)).await;
                }
            });
        }
        let crowd = Self { open, _speaking: speaking };
        let gathered = async {
            while crowd.open() < CONNECTIONS {
                clock::pause(Duration::from_millis(10)).await;
            }
        };
        match tokio::time::timeout(THERE_WITHIN, gathered).await {
            Ok(()) => Ok(crowd),
            Err(_) => Err(Failure::new(format!("only {} are connected", crowd.open()))),
        }
    }

    /// How many are open.
    pub(super) fn open(&self) -> usize {
        // Ordering: Relaxed, a figure.
        self.open.load(Ordering::Relaxed)
    }
}

/// One connection, until the server ends it.
async fn dribble_on(address: SocketAddr, dribble: Dribble, open: &AtomicUsize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(dribble.beginning()).await?;
    // Ordering: Relaxed, a figure.
    open.fetch_add(1, Ordering::Relaxed);
    let ended = speak(&mut stream, dribble).await;
    open.fetch_sub(1, Ordering::Relaxed);
    ended
}

async fn speak(stream: &mut TcpStream, dribble: Dribble) -> io::Result<()> {
    let mut answer = [0; 512];
    loop {
        tokio::select! {
            read = stream.read(&mut answer) => if read? == 0 { return Ok(()) },
            () = clock::pause(BYTE_EVERY) => stream.write_all(dribble.more()).await?,
        }
    }
}

fn allow_descriptors() -> Result<(), Failure> {
    let wanted = CONNECTIONS as u64 + 512;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).map_err(
        |error| Failure::because(format!("opening {wanted} connections (ulimit -n)"), error),
    )
}
