//! The door: accepts connections and gives each a seat and a task.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::guests::{Guests, Told};
use super::{Front, connection};

/// Connections that wait in the kernel for a moment when many come at once.
const PENDING_MAX: u32 = 4096;

/// After an error that is not one connection's (no descriptors left), this is the pause.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Said to whoever finds every seat taken.
const NO_SEAT: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/problem+json\r\n\
    retry-after: 1\r\n\
    connection: close\r\n\
    content-length: 140\r\n\r\n\
    {\"type\":\"urn:forebay:problem:connections\",\"title\":\"No connection is free\",\
    \"status\":503,\"detail\":\"http.connections_max are open; try again\"}\n";

/// Binds the address.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart need not wait for the connections of the process before it to be forgotten.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(PENDING_MAX)
}

/// The running door.
#[derive(Debug)]
pub(crate) struct Door {
    guests: Arc<Guests>,
    closed: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Door {
    /// Opens the door.
    pub(crate) fn open(listener: TcpListener, front: Arc<Front>, guests: Arc<Guests>) -> Self {
        let (closed, is_closed) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, front, Arc::clone(&guests), is_closed));
        Self { guests, closed, accepting }
    }

    /// Closes the door: nobody comes in, idle connections end at once, requests in flight are
    /// answered until `deadline`; who is still there then is left without an answer.
    ///
    /// # Cancel safety
    /// The door is closed; connections may be left.
    pub(crate) async fn close(self, deadline: Instant) {
        self.closed.send_replace(true);
        // The task has no way to fail, and what it held is gone with it.
        let _ = self.accepting.await;
        self.guests.tell_all(Told::Finish);
        if timeout_at(deadline, self.guests.all_left()).await.is_err() {
            self.guests.tell_all(Told::Leave);
            self.guests.all_left().await;
        }
    }
}

async fn accept(
    listener: TcpListener,
    front: Arc<Front>,
    guests: Arc<Guests>,
    mut is_closed: watch::Receiver<bool>,
) {
    tokio::select! {
        // An error says that nobody is left to close the door: then it is closed too.
        _ = is_closed.wait_for(|is_closed| *is_closed) => {}
        () = welcome_all(listener, front, guests) => {}
    }
}

async fn welcome_all(listener: TcpListener, front: Arc<Front>, guests: Arc<Guests>) {
    let mut is_told = false;
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                is_told = false;
                welcome(stream, from.ip(), &front, &guests).await;
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Once, not at every try.
                if !is_told {
                    tracing::warn!(%error, "cannot accept connections; trying again");
                }
                is_told = true;
                guests.dismiss_silent();
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the next connection can be accepted at once although this one was not.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

async fn welcome(stream: TcpStream, address: IpAddr, front: &Arc<Front>, guests: &Arc<Guests>) {
    match guests.seat().await {
        Some(seat) => {
            tokio::spawn(connection::serve(stream, address, seat, Arc::clone(front)));
        }
        // It would not understand.
        None if front.terms.load().tls.is_some() => {}
        // What does not fit into the socket's empty buffer is not worth waiting for.
        None => drop(stream.try_write(NO_SEAT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_without_a_seat_is_as_long_as_it_says() {
        let text = str::from_utf8(NO_SEAT).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
        serde_json::from_str::<serde_json::Value>(body).expect("JSON");
    }
}
