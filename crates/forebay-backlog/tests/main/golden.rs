//! What an earlier version wrote is opened by this one: a folder of each format.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use forebay_backlog::{Appended, Backlog, DiskBacklog, Event};
use futures_lite::future::block_on;

use crate::engines::ROOMY;
use crate::event::event;
use crate::marks::marked;

/// What is in there: two events with a mark, three without, of which the first is finished; one has a
/// key.
fn groups() -> [forebay_backlog::Group; 2] {
    let body = |number: u64| Bytes::from(format!("{{\"number\":{number}}}"));
    let made = |number| Event {
        body: body(number),
        attributes: "{\"route\":\"default\"}".into(),
        ..event(number)
    };
    let keyed = Event { key: Some([4; 16]), ..made(4) };
    [marked(1, 7, vec![made(0), made(1)]), vec![made(2), made(3), keyed].into()]
}

#[test]
fn a_folder_of_format_1_is_opened_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1");
    for entry in fs::read_dir(golden).expect("it is checked in") {
        let path = entry.expect("a file").path();
        fs::copy(&path, folder.path().join(path.file_name().expect("it has a name")))
            .expect("it can be copied");
    }
    let backlog = DiskBacklog::open(folder.path(), ROOMY).expect("it opens");
    assert_eq!(backlog.recovery().events, 4);
    let delivery = block_on(Backlog::take(&backlog, 10)).expect("four wait");
    let [first, second] = groups();
    let wanted: Vec<Event> = first.events.iter().chain(&second.events).skip(1).cloned().collect();
    assert_eq!(delivery.events(), wanted);
    delivery.ack(0);
    let answer = first.mark.expect("it has one").answer;
    assert_eq!(block_on(backlog.append(first)), Ok(Appended::Repeated(answer)));
    let again = block_on(backlog.append(vec![wanted[3].clone()].into()));
    assert_eq!(again, Ok(Appended::Taken { repeats: vec![0] }));
}
