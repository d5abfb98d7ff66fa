//! Whoever started this process and looks after it: systemd, by the variables that it sets.
//!
//! Without these variables nothing here does anything.

use std::convert::Infallible;
use std::net::TcpListener;

use forebay_server::Service;
use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::clock;
use crate::outcome::Failure;

/// The socket that was passed on (`LISTEN_FDS`), if one was. It is taken once.
///
/// # Errors
/// Wrong usage: more than one, or one that is no TCP socket that listens.
pub(super) fn listener() -> Result<Option<TcpListener>, Failure> {
    let mut passed = ListenFd::from_env();
    match passed.len() {
        0 => Ok(None),
        1 => passed.take_tcp_listener(0).map_err(|error| {
            Failure::Usage(format!(
                "the socket that was passed on (LISTEN_FDS) is no TCP socket that listens: {error}"
            ))
        }),
        more => Err(Failure::Usage(format!(
            "{more} sockets were passed on (LISTEN_FDS); forebay listens on one"
        ))),
    }
}

/// Requests are taken from now on (`NOTIFY_SOCKET`).
pub(super) fn ready(service: &Service) {
    let status = format!("listening on {}", service.local_addr());
    tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// The settings are read again; [`ready`] is said after it. systemd wants to know when that began
/// (`sd_notify(3)`).
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(began) => tell(&[NotifyState::Reloading, began]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// No more requests are taken; what waits is delivered.
pub(super) fn stopping(service: &Service) {
    let status = format!("delivering {} events that wait", service.waiting());
    tell(&[NotifyState::Stopping, NotifyState::Status(&status)]);
}

/// Says again and again that all is well (`WATCHDOG_USEC`), each time only after a task has gone
/// through the runtime and the books of every backlog could be read: a process that hangs in
/// either is silent, and started anew.
pub(super) async fn reassure(service: &Service) -> Infallible {
    let Some(within) = sd_notify::watchdog_enabled() else {
        return std::future::pending().await;
    };
    loop {
        let next = clock::now() + within / 3;
        if tokio::spawn(std::future::ready(())).await.is_ok() {
            let status = format!("{} events wait", service.waiting());
            tell(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
        }
        clock::sleep_until(next).await;
    }
}

/// Should nobody listen there, nothing is lost by going on.
fn tell(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
