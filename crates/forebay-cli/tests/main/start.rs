//! Starting the program, and the waits that every test needs.

use std::time::Duration;

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Start};
use serde_json::Value;

/// Longer than anything takes on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// `forebay` with these arguments, not started yet.
pub(crate) fn forebay(args: &[&str]) -> Start {
    Start::new(env!("CARGO_BIN_EXE_forebay")).args(args)
}

/// `forebay serve` on a free port, with these further arguments, not started yet.
pub(crate) fn serve(args: &[&str]) -> Start {
    forebay(&["serve", "--listen", "127.0.0.1:0"]).args(args)
}

/// Starts it, and a client for it.
pub(crate) fn open(start: Start) -> (Program, Client) {
    let program = start.start();
    let client = Client::new(program.address());
    (program, client)
}

/// Asks `/status` until it is as meant.
pub(crate) fn wait_for_status(
    program: &Program,
    client: &Client,
    mut is_meant: impl FnMut(&Value) -> bool,
) -> Value {
    let pause = Duration::from_millis(20);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        let status = client.status();
        if is_meant(&status) {
            return status;
        }
        // Waits for the end of the program, which must not come.
        assert!(program.runs_for(pause), "it ended; it said:\n{}", program.stderr().text());
    }
    panic!("the status stays {}", client.status());
}
