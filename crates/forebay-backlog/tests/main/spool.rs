//! A log in front of a stream: the answer is the disk's, and the server may be away, or come back without what it had.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use forebay_backlog::jetstream::JetStreamOptions;
use forebay_backlog::spool::SpoolOptions;
use forebay_backlog::{
    AppendError, Appended, Backlog, DiskBacklog, Event, JetStreamBacklog, Limits, SpoolBacklog,
};
use forebay_testkit::flag::Hand;
use forebay_testkit::nats::NatsServer;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::engines::ROOMY;
use crate::event::{event, events};
use crate::jetstream::{ACK_WAIT, gather, runtime, wait_for};

/// For as long as a test takes.
const LONG: Duration = Duration::from_secs(3600);

/// A server, a folder, and the runtime of who talks to it.
#[derive(Debug)]
pub(crate) struct Ground {
    backlog: Arc<SpoolBacklog>,
    _runtime: Runtime,
    _server: NatsServer,
    _folder: TempDir,
}

impl Ground {
    /// An empty folder before an empty stream, and somebody who takes from that.
    pub(crate) fn new(limits: Limits) -> (Arc<SpoolBacklog>, Self) {
        let place = Place::new();
        let backlog = Arc::new(place.open(limits, LONG));
        drop(Hand::new(backlog.take(5000)).poll());
        let Place { server, folder, runtime } = place;
        let ground = Ground {
            backlog: Arc::clone(&backlog),
            _runtime: runtime,
            _server: server,
            _folder: folder,
        };
        (backlog, ground)
    }

    /// Waits until everything that waits has come out of the stream.
    pub(crate) fn settle(&self) {
        wait_for(|| {
            let now = self.backlog.snapshot();
            spooled(&self.backlog).0 == 0 && self.backlog.at_hand() == now.waiting + now.in_flight
        });
    }
}

/// Where a spool is opened, again and again.
struct Place {
    server: NatsServer,
    folder: TempDir,
    runtime: Runtime,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Place { server: NatsServer::start_new(), folder, runtime: runtime() }
    }

    fn open(&self, limits: Limits, keep: Duration) -> SpoolBacklog {
        let disk = open_disk(self.folder.path(), limits);
        let options = self.options(keep);
        self.runtime.block_on(SpoolBacklog::open(disk, options)).expect("a stream of ours")
    }

    fn options(&self, keep: Duration) -> SpoolOptions {
        let mut stream =
            JetStreamOptions::new(self.server.url("events").parse().expect("an address"), ROOMY);
        stream.ack_wait = ACK_WAIT;
        let mut options = SpoolOptions::new(stream);
        (options.keep, options.look_every) = (keep, Duration::from_millis(20));
        options
    }

    /// Whoever takes on another machine.
    fn consumer(&self) -> JetStreamBacklog {
        let options = self.options(LONG).stream;
        self.runtime.block_on(JetStreamBacklog::open(options)).expect("the same stream")
    }

    fn put(&self, to: &SpoolBacklog, events: Vec<Event>) -> Result<Appended, AppendError> {
        self.runtime.block_on(to.append(events.into()))
    }

    /// Takes until so many different events have come, or nothing does for a time.
    fn gather(&self, from: &dyn Backlog, events_max: usize) -> BTreeSet<u64> {
        let mut seen = BTreeSet::new();
        while seen.len() < events_max {
            let more = self.runtime.block_on(gather(from, events_max - seen.len()));
            if more.is_empty() {
                break;
            }
            seen.extend(more);
        }
        seen
    }
}

/// As soon as whoever had it before has let go of it.
fn open_disk(folder: &Path, limits: Limits) -> DiskBacklog {
    let opened = std::cell::OnceCell::new();
    wait_for(|| DiskBacklog::open(folder, limits).is_ok_and(|disk| opened.set(disk).is_ok()));
    opened.into_inner().expect("it was opened")
}

/// Events that wait to be forwarded, and those that are kept.
fn spooled(backlog: &SpoolBacklog) -> (u64, u64) {
    // Whoever watches looks at any time, and what was counted once stays so.
    backlog.snapshot();
    let spool = backlog.spool().expect("it is one");
    (spool.waiting, spool.kept)
}

#[test]
fn events_are_taken_in_while_the_server_is_away_and_go_on_in_order_when_it_is_back() {
    let place = Place::new();
    let backlog = place.open(ROOMY, LONG);
    place.server.kill();
    for number in 0..50 {
        let put = place.put(&backlog, events(3 * number..3 * number + 3));
        assert_eq!(put, Ok(Appended::WHOLE), "the disk answers");
    }
    assert_eq!(backlog.fault(), None);
    wait_for(|| backlog.spool().expect("it is one").trouble.is_some());
    let now = backlog.snapshot();
    assert_eq!((now.accepted, now.waiting, spooled(&backlog)), (150, 150, (150, 0)));
    place.server.start();
    let consumer = place.consumer();
    let seen = place.runtime.block_on(gather(&consumer, 150));
    assert_eq!(seen, Vec::from_iter(0..150));
    wait_for(|| spooled(&backlog) == (0, 150));
    assert_eq!(backlog.spool().expect("it is one").trouble, None);
}

#[test]
fn it_starts_without_the_server_and_keeps_what_it_had() {
    let place = Place::new();
    place.server.kill();
    for round in 0..3 {
        let backlog = place.open(ROOMY, LONG);
        assert_eq!(backlog.snapshot().waiting, 10 * round);
        assert!(backlog.spool().expect("it is one").trouble.is_some());
        let put = place.put(&backlog, events(10 * round..10 * round + 10));
        assert_eq!(put, Ok(Appended::WHOLE));
    }
    place.server.start();
    let backlog = place.open(ROOMY, LONG);
    assert_eq!(place.gather(&backlog, 30), BTreeSet::from_iter(0..30));
}

#[test]
fn what_was_forwarded_is_kept_for_its_time_and_then_dropped() {
    let place = Place::new();
    let backlog = place.open(ROOMY, LONG);
    assert!(place.put(&backlog, events(0..10)).is_ok());
    wait_for(|| spooled(&backlog) == (0, 10));
    assert_eq!(place.gather(&backlog, 10).len(), 10);
    assert_eq!(spooled(&backlog), (0, 10), "in the sink or not");
    drop(backlog);
    // Sent again, perhaps cut otherwise: this time nobody keeps it.
    let backlog = place.open(ROOMY, Duration::ZERO);
    wait_for(|| spooled(&backlog) == (0, 0));
    assert_eq!(backlog.spool(), Some(forebay_backlog::Spool::default()));
    assert_eq!(backlog.snapshot().accepted, 10);
    drop(backlog);
    assert_eq!(open_disk(place.folder.path(), ROOMY).snapshot().waiting, 0);
}

#[test]
fn a_server_that_comes_back_without_its_store_is_given_everything_that_is_kept() {
    let place = Place::new();
    let backlog = place.open(ROOMY, LONG);
    for number in 0..40 {
        assert!(place.put(&backlog, events(5 * number..5 * number + 5)).is_ok());
    }
    wait_for(|| spooled(&backlog) == (0, 200));
    place.server.kill();
    place.server.wipe();
    place.server.start();
    // Nobody has seen any of it.
    let consumer = place.consumer();
    assert_eq!(place.gather(&consumer, 200), BTreeSet::from_iter(0..200));
    assert!(place.put(&backlog, events(200..205)).is_ok());
    assert_eq!(place.gather(&consumer, 5), BTreeSet::from_iter(200..205));
    wait_for(|| spooled(&backlog) == (0, 205));
    // What others took is heard of when the server is asked next.
    wait_for(|| backlog.snapshot().waiting == 0);
    let now = backlog.snapshot();
    assert_eq!((now.accepted, now.delivered, now.in_flight), (205, 205, 0), "{now:?}");
}

#[test]
fn a_server_that_comes_back_with_its_store_knows_the_messages_that_are_sent_again() {
    let place = Place::new();
    let backlog = place.open(ROOMY, LONG);
    for number in 0..40 {
        assert!(place.put(&backlog, events(5 * number..5 * number + 5)).is_ok());
    }
    wait_for(|| spooled(&backlog) == (0, 200));
    let kept_before = messages(&place);
    place.server.kill();
    place.server.start();
    wait_for(|| backlog.spool().expect("it is one").resends == 1);
    wait_for(|| spooled(&backlog) == (0, 200));
    assert_eq!(messages(&place), kept_before, "each was taken for what is there");
    assert_eq!(backlog.snapshot().accepted, 200, "and none for another machine's");
    let mut seen = place.runtime.block_on(gather(&place.consumer(), 200));
    seen.sort_unstable();
    assert_eq!(seen, Vec::from_iter(0..200));
}

/// How many messages are in the stream.
fn messages(place: &Place) -> u64 {
    let options = place.options(LONG).stream;
    let look = JetStreamBacklog::inspect(&options);
    place.runtime.block_on(look).expect("it is there").expect("it was made")
}

#[test]
fn a_spool_that_is_full_says_so_and_has_room_when_its_events_were_forwarded_and_kept() {
    let place = Place::new();
    let backlog = place.open(Limits { events_max: 4, bytes_max: u64::MAX }, Duration::ZERO);
    place.server.kill();
    assert!(place.put(&backlog, events(0..4)).is_ok());
    let full = Err(AppendError::Full { limit: "events_max" });
    assert_eq!(place.put(&backlog, events(4..5)), full);
    place.server.start();
    wait_for(|| place.put(&backlog, events(4..5)).is_ok());
    assert_eq!(place.gather(&backlog, 5), BTreeSet::from_iter(0..5));
}

#[test]
fn an_event_that_the_server_never_takes_is_refused_before_it_is_in_the_way() {
    let place = Place::new();
    let backlog = place.open(ROOMY, LONG);
    let long = Event { body: vec![b'1'; 2 << 20].into(), ..event(0) };
    let refused = place.put(&backlog, vec![long]);
    let Err(AppendError::NeverFits { limit, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(limit, "max_payload of the NATS server");
}

#[test]
fn what_is_longer_than_the_window_is_kept_on_disk_and_sent_again_from_there() {
    const EACH_BYTES: usize = 100_000;
    let place = Place::new();
    let backlog = place.open(ROOMY, LONG);
    let large = |number| Event { body: vec![b'1'; EACH_BYTES].into(), ..event(number) };
    for group in 0..30 {
        let put = place.put(&backlog, (group * 10..group * 10 + 10).map(large).collect());
        assert_eq!(put, Ok(Appended::WHOLE));
    }
    wait_for(|| spooled(&backlog) == (0, 300));
    place.server.kill();
    place.server.wipe();
    place.server.start();
    assert_eq!(place.gather(&place.consumer(), 300), BTreeSet::from_iter(0..300));
}
