//! One backlog between machines, on a real NATS server.

use std::sync::Arc;
use std::time::Duration;

use forebay_backlog::jetstream::{JetStreamError, JetStreamOptions, Order};
use forebay_backlog::{AppendError, Appended, Backlog, Event, JetStreamBacklog, Limits};
use forebay_testkit::flag::Hand;
use forebay_testkit::nats::NatsServer;
use tokio::runtime::Runtime;

use crate::deliveries::now;
use crate::engines::ROOMY;
use crate::event::{event, events, numbers};

/// A server, and the runtime of those who talk to it.
#[derive(Debug)]
pub(crate) struct Ground {
    backlog: Arc<JetStreamBacklog>,
    _runtime: Runtime,
    _server: NatsServer,
}

impl Ground {
    /// An empty stream, and somebody who takes from it.
    pub(crate) fn new(limits: Limits) -> (Arc<JetStreamBacklog>, Self) {
        let (server, runtime) = (NatsServer::start_new(), runtime());
        let backlog = Arc::new(open(&runtime, &server, limits).expect("a new stream"));
        drop(Hand::new(backlog.take(5000)).poll());
        let ground = Ground { backlog: Arc::clone(&backlog), _runtime: runtime, _server: server };
        (backlog, ground)
    }

    /// Waits until everything that waits has come out of the stream.
    pub(crate) fn settle(&self) {
        wait_for(|| {
            let now = self.backlog.snapshot();
            self.backlog.at_hand() == now.waiting + now.in_flight
        });
    }
}

pub(crate) fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build().expect("a runtime")
}

fn open(
    runtime: &Runtime,
    server: &NatsServer,
    limits: Limits,
) -> Result<JetStreamBacklog, JetStreamError> {
    open_with(runtime, server, limits, |_| ())
}

fn open_with(
    runtime: &Runtime,
    server: &NatsServer,
    limits: Limits,
    change: impl FnOnce(&mut JetStreamOptions),
) -> Result<JetStreamBacklog, JetStreamError> {
    let address = server.url("events").parse().expect("an address");
    let mut options = JetStreamOptions::new(address, limits);
    options.ack_wait = ACK_WAIT;
    change(&mut options);
    runtime.block_on(JetStreamBacklog::open(options))
}

pub(crate) const ACK_WAIT: Duration = Duration::from_secs(2);

/// Looks until it is so. A minute is for ever.
pub(crate) fn wait_for(is_so: impl Fn() -> bool) {
    let began = now();
    while began.elapsed() < Duration::from_secs(60) {
        if is_so() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("it never came to that");
}

#[test]
fn two_machines_share_a_backlog_and_each_event_goes_to_one_of_them() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let ingest = open(&runtime, &server, ROOMY).expect("a new stream");
    let consumers = [(); 2].map(|()| open(&runtime, &server, ROOMY).expect("the same stream"));
    for number in 0..200 {
        let put = runtime.block_on(ingest.append(events(3 * number..3 * number + 3).into()));
        assert_eq!(put, Ok(Appended::WHOLE));
    }
    let mut seen: Vec<u64> = runtime.block_on(async {
        let (one, other) = (gather(&consumers[0], 600), gather(&consumers[1], 600));
        let (mut one, other) = tokio::join!(one, other);
        one.extend(other);
        one
    });
    seen.sort_unstable();
    assert_eq!(seen, Vec::from_iter(0..600));
    wait_for(|| ingest.snapshot().waiting == 0);
    let now = ingest.snapshot();
    assert_eq!((now.accepted, now.delivered, now.bytes), (600, 600, 0), "{now:?}");
}

/// Takes and finishes so many events, or what comes of them until nothing does for a time.
pub(crate) async fn gather(backlog: &dyn Backlog, events_max: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.len() < events_max {
        let take = tokio::time::timeout(ACK_WAIT * 2, backlog.take(7));
        let Ok(Some(delivery)) = take.await else { break };
        seen.extend(numbers(delivery.events()));
        delivery.ack(0);
    }
    seen
}

#[test]
fn what_a_consumer_had_that_is_gone_comes_to_another() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let lost = open(&runtime, &server, ROOMY).expect("a new stream");
    let other = open(&runtime, &server, ROOMY).expect("the same stream");
    assert!(runtime.block_on(lost.append(events(0..10).into())).is_ok());
    let delivery = runtime.block_on(lost.take(4)).expect("something waits");
    assert_eq!(numbers(delivery.events()), [0, 1, 2, 3]);
    // Its messages are given up, whatever has become of the delivery.
    drop(lost);
    let again = runtime.block_on(other.take(100)).expect("it comes again");
    // Not `is_again`: a message that is given up while no request for messages stands but that of somebody who is gone comes
    // from a 2.9 server as if for the first time (docs/design/0007-sinks.md).
    assert!(!again.is_surely_first());
    assert_eq!(numbers(again.events()), Vec::from_iter(0..10));
    again.ack(0);
    drop(delivery);
}

#[test]
fn what_is_at_work_for_longer_than_the_server_waits_goes_to_nobody_else() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let slow = open(&runtime, &server, ROOMY).expect("a new stream");
    assert!(runtime.block_on(slow.append(events(0..1).into())).is_ok());
    let delivery = runtime.block_on(slow.take(1)).expect("something waits");
    let other = open(&runtime, &server, ROOMY).expect("the same stream");
    let nothing =
        runtime.block_on(async { tokio::time::timeout(ACK_WAIT * 2, other.take(1)).await });
    assert!(nothing.is_err(), "{nothing:?}");
    delivery.ack(0);
    wait_for(|| other.snapshot().waiting == 0);
}

#[test]
fn events_survive_the_server_being_killed_and_each_is_delivered() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let backlog = open(&runtime, &server, ROOMY).expect("a new stream");
    let mut acknowledged = Vec::new();
    for number in 0..40 {
        if number % 10 == 5 {
            server.kill();
            server.start();
        }
        if runtime.block_on(backlog.append(events(number..number + 1).into())).is_ok() {
            acknowledged.push(number);
        }
    }
    assert!(acknowledged.len() > 4, "{acknowledged:?}");
    let mut seen = runtime.block_on(gather(&backlog, 40));
    seen.sort_unstable();
    seen.dedup();
    acknowledged.retain(|number| !seen.contains(number));
    assert_eq!(acknowledged, [0; 0], "acknowledged and not delivered");
}

#[test]
fn a_server_that_is_away_is_told_at_once() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let backlog = open(&runtime, &server, ROOMY).expect("a new stream");
    assert_eq!(backlog.fault(), None);
    server.kill();
    wait_for(|| backlog.fault().is_some());
    let refused = runtime.block_on(backlog.append(events(0..1).into()));
    assert_eq!(refused, Err(AppendError::Away { why: "not connected".into() }));
    server.start();
    wait_for(|| backlog.fault().is_none());
    let put = runtime.block_on(backlog.append(events(0..1).into()));
    assert_eq!(put, Ok(Appended::WHOLE));
}

#[test]
fn a_full_stream_refuses_at_once_and_takes_again_when_there_is_room() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let limits = Limits { events_max: u64::MAX, bytes_max: 1 << 20 };
    let one = open(&runtime, &server, limits).expect("a new stream");
    let other = open(&runtime, &server, limits).expect("the same stream");
    let large = |number| Event { body: vec![b'1'; 100 << 10].into(), ..event(number) };
    let put =
        |to: &JetStreamBacklog, number| runtime.block_on(to.append(vec![large(number)].into()));
    let full = Err(AppendError::Full { limit: "bytes_max" });
    let mut taken = 0;
    // Each of them alone would have room.
    while put([&one, &other][taken as usize % 2], taken).is_ok() {
        taken += 1;
    }
    assert!((8..=10).contains(&taken), "{taken}");
    assert_eq!((put(&one, taken), put(&other, taken)), (full.clone(), full));
    assert_eq!(runtime.block_on(gather(&one, taken as usize)).len(), taken as usize);
    wait_for(|| put(&other, taken).is_ok());
}

#[test]
fn a_message_of_somebody_else_is_set_aside_and_counted() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let backlog = open(&runtime, &server, ROOMY).expect("a new stream");
    runtime.block_on(async {
        let client = async_nats::connect(server.url("")).await.expect("it is there");
        let context = async_nats::jetstream::new(client);
        let sent = context.publish("events.events", "not ours".into()).await.expect("sent");
        sent.await.expect("it is in the stream");
        assert!(backlog.append(events(0..1).into()).await.is_ok());
        let delivery = backlog.take(10).await.expect("ours comes");
        assert_eq!(numbers(delivery.events()), [0]);
        delivery.ack(0);
        assert_eq!(backlog.snapshot().damaged, 1);
        let mut aside = context.get_stream("events-aside").await.expect("it was made");
        let kept = aside.info().await.expect("it is there").state.messages;
        assert_eq!(kept, 1);
    });
}

#[test]
fn a_look_makes_nothing_and_sees_what_an_opening_would() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let address = server.url("events").parse().expect("an address");
    let options = JetStreamOptions::new(address, ROOMY);
    let look =
        || runtime.block_on(JetStreamBacklog::inspect(&options)).map_err(|error| error.to_string());
    assert_eq!((look(), look()), (Ok(None), Ok(None)));
    let backlog = open(&runtime, &server, ROOMY).expect("a new stream");
    assert!(runtime.block_on(backlog.append(events(0..3).into())).is_ok());
    assert_eq!(look(), Ok(Some(1)));
}

#[test]
fn what_cannot_be_used_is_named_and_nothing_is_changed() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    runtime.block_on(async {
        let client = async_nats::connect(server.url("")).await.expect("it is there");
        let context = async_nats::jetstream::new(client);
        let theirs = async_nats::jetstream::stream::Config {
            name: "events".to_owned(),
            subjects: vec!["orders.*".to_owned()],
            ..Default::default()
        };
        context.create_stream(theirs).await.expect("a stream of somebody else");
    });
    let told = open(&runtime, &server, ROOMY).expect_err("it is not ours").to_string();
    assert!(told.contains("subjects is [\"orders.*\"], wanted [\"events.events\"]"), "{told}");
    assert!(told.contains("retention is Limits, wanted WorkQueue"), "{told}");

    let plain = NatsServer::start_with(&[]);
    let told = open(&runtime, &plain, ROOMY).expect_err("no JetStream").to_string();
    assert!(told.contains("JetStream is not enabled"), "{told}");

    let locked = NatsServer::start_with(&["-js", "--user", "ann", "--pass", "s3cret"]);
    let told = open(&runtime, &locked, ROOMY).expect_err("no login").to_string();
    assert!(told.contains("does not let us in"), "{told}");

    let small = NatsServer::start_new();
    let vast = Limits { bytes_max: 1 << 60, ..ROOMY };
    let told = open(&runtime, &small, vast).expect_err("nobody has that").to_string();
    assert!(told.contains("lower backlog.bytes_max"), "{told}");

    plain.kill();
    let told = open(&runtime, &plain, ROOMY).expect_err("nobody is there").to_string();
    assert!(told.contains("no NATS server can be reached"), "{told}");
}

#[test]
fn what_is_let_go_goes_to_another_and_is_not_asked_for_again_here() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let helpless = open(&runtime, &server, ROOMY).expect("a new stream");
    for numbers in [0..20, 20..30] {
        assert!(runtime.block_on(helpless.append(events(numbers).into())).is_ok());
    }
    // A part of a message is in its hands, and its window has more.
    let delivery = runtime.block_on(helpless.take(4)).expect("something waits");
    assert_eq!(numbers(delivery.events()), [0, 1, 2, 3]);
    delivery.let_go();
    assert_eq!(helpless.at_hand(), 0);
    let other = open(&runtime, &server, ROOMY).expect("the same stream");
    let mut seen = runtime.block_on(gather(&other, 30));
    seen.sort_unstable();
    assert_eq!(seen, Vec::from_iter(0..30));
    // Nothing went back to where it came from, and nothing is lost on the way there.
    assert_eq!(helpless.at_hand(), 0);
    drop(other);
    assert!(runtime.block_on(helpless.append(events(30..31).into())).is_ok());
    // It takes again when it is asked to; what was acknowledged at the last moment may come once more.
    assert!(runtime.block_on(gather(&helpless, 31)).contains(&30));
}

#[test]
fn a_group_longer_than_what_the_server_takes_goes_in_several_messages_and_comes_in_order() {
    let (folder, runtime) = (tempfile::tempdir().expect("a temporary folder"), runtime());
    let settings = folder.path().join("nats.conf");
    std::fs::write(&settings, "max_payload: 8192\n").expect("the folder is ours");
    let settings = settings.to_str().expect("it is UTF-8");
    let server = NatsServer::start_with(&["-js", "-c", settings]);
    let backlog = open(&runtime, &server, ROOMY).expect("a new stream");
    let of = |number, bytes: usize| Event { body: vec![b'1'; bytes].into(), ..event(number) };
    let put = |group: Vec<Event>| runtime.block_on(backlog.append(group.into()));
    assert_eq!(put((0..100).map(|number| of(number, 1000)).collect()), Ok(Appended::WHOLE));
    let refused = put(vec![of(100, 10), of(101, 9000), of(102, 10)]);
    let Err(AppendError::NeverFits { limit, max, .. }) = refused else { panic!("{refused:?}") };
    assert!(limit == "max_payload of the NATS server" && max < 8192, "{limit} {max}");
    assert_eq!(runtime.block_on(gather(&backlog, 100)), Vec::from_iter(0..100));
    assert_eq!(backlog.snapshot().accepted, 100, "nothing of what was refused");
}

/// In as many partitions as said, each number with those that leave the same rest by it.
fn in_order(partitions: u64) -> impl Fn(&mut JetStreamOptions) {
    move |options| {
        let count = usize::try_from(partitions).expect("a few");
        let key = move |event: &Event| numbers(std::slice::from_ref(event))[0] % partitions;
        options.order = Some(Order::new(count, key));
    }
}

#[test]
fn of_one_partition_one_message_is_out_at_a_time() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    let one = open_with(&runtime, &server, ROOMY, in_order(2)).expect("a new stream");
    let other = open_with(&runtime, &server, ROOMY, in_order(2)).expect("the same stream");
    for number in 0..3 {
        let put = one.append(events(10 * number..10 * number + 10).into());
        assert_eq!(runtime.block_on(put), Ok(Appended::WHOLE));
    }
    assert_eq!(one.snapshot().waiting, 30);
    // Smaller than a message: it comes whole all the same.
    let evens = runtime.block_on(one.take(2)).expect("something waits");
    let odds = runtime.block_on(one.take(2)).expect("of the other partition");
    let (evens, odds) = match numbers(evens.events())[0] {
        0 => (evens, odds),
        _ => (odds, evens),
    };
    assert_eq!(numbers(evens.events()), [0, 2, 4, 6, 8]);
    assert_eq!(numbers(odds.events()), [1, 3, 5, 7, 9]);
    odds.ack(0);
    for expected in [[11, 13, 15, 17, 19], [21, 23, 25, 27, 29]] {
        let next = runtime.block_on(one.take(100)).expect("what comes behind it");
        assert_eq!(numbers(next.events()), expected);
        next.ack(0);
    }
    // The other partition waits for whoever has its message, until he is gone.
    let nothing =
        runtime.block_on(async { tokio::time::timeout(ACK_WAIT * 2, other.take(100)).await });
    assert!(nothing.is_err(), "{nothing:?}");
    drop(one);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let delivery = runtime.block_on(other.take(100)).expect("it comes again, and the rest");
        seen.extend(numbers(delivery.events()));
        delivery.ack(0);
    }
    assert_eq!(seen, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28]);
    wait_for(|| other.snapshot().waiting == 0);
    drop(evens);
}

#[test]
fn whoever_counts_other_partitions_is_told_both_numbers() {
    let (server, runtime) = (NatsServer::start_new(), runtime());
    drop(open_with(&runtime, &server, ROOMY, in_order(4)).expect("a new stream"));
    let told = open_with(&runtime, &server, ROOMY, in_order(8)).expect_err("another number");
    let told = told.to_string();
    assert!(told.contains("[\"events.of-4.*\"], wanted [\"events.of-8.*\"]"), "{told}");
    let told = open(&runtime, &server, ROOMY).expect_err("no order at all").to_string();
    assert!(told.contains("[\"events.of-4.*\"], wanted [\"events.events\"]"), "{told}");
}
