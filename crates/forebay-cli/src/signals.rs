//! The two ways of being told to stop, Ctrl-C (SIGINT) and SIGTERM, and the one of being told to
//! read the settings again (SIGHUP).

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// From its making on, neither signal ends the process by itself.
#[derive(Debug)]
pub(crate) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// Takes both signals over. Has to be called inside a tokio runtime.
    pub(crate) fn install() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next of them and says which it was.
    ///
    /// # Cancel safety
    /// A signal that arrives while nobody waits is seen by the next call.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

/// From its making on, SIGHUP does not end the process.
#[derive(Debug)]
pub(crate) struct ReloadSignal {
    hangup: Signal,
}

impl ReloadSignal {
    /// Takes the signal over. Has to be called inside a tokio runtime.
    pub(crate) fn install() -> io::Result<Self> {
        Ok(Self { hangup: signal(SignalKind::hangup())? })
    }

    /// Waits for the next one.
    ///
    /// # Cancel safety
    /// A signal that arrives while nobody waits is seen by the next call.
    pub(crate) async fn next(&mut self) {
        self.hangup.recv().await;
    }
}
