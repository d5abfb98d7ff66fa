//! A server that has nothing to do costs nothing.

use std::time::Duration;

use forebay_testkit::program::Signal;

use crate::start::wait_for_status;
use crate::start::{PATIENCE, open, serve};

#[test]
fn an_idle_server_uses_no_processor_time() {
    let (program, client) = open(serve(&[]));
    // It has worked, so that every part of it is awake, and is done.
    assert_eq!(client.post_json(r#"{"a":1}"#).status, 202);
    wait_for_status(&program, &client, |status| status["delivered"] == 1);
    assert!(program.runs_for(Duration::from_secs(2)));

    let (ticks, switches) = (program.processor_ticks(), program.voluntary_switches());
    assert!(program.runs_for(Duration::from_secs(5)));
    // One tick may have been nearly full before.
    assert!(program.processor_ticks() - ticks <= 1);
    assert!(program.voluntary_switches() - switches <= 10);

    program.signal(Signal::TERM);
    assert_eq!(program.wait(PATIENCE).code, Some(0));
}
