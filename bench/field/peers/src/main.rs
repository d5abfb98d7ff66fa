//! What forebay is measured against, in the cells of the queue bench.
//!
//! Who counts as losing nothing was found by dropping the futures of each at every step: a get that was woken and then
//! dropped must leave the item and pass the wake-up on, a put that was dropped must not have delivered and must pass
//! its slot on.

mod async_channel;
mod crossfire;
mod fibre;
mod flume;
mod full;
mod kanal;
mod kind;
mod local;
mod many_to_many;
mod many_to_one;
mod naive;
mod other_kinds;
mod permits;
mod priority;
mod store;
mod threads;
mod tokio;

use std::process::ExitCode;

use field_cells::{Contender, Role};

fn main() -> ExitCode {
    // Its documents say to call it first: on one core it spins less.
    ::crossfire::detect_backoff_cfg();
    let contenders =
        [widely_used(), families(), newcomers(), for_threads(), other_kinds::contenders()];
    field_cells::run(&contenders.concat())
}

fn many(name: &'static str, role: Role) -> Contender {
    let package = name.split([' ']).next().unwrap_or(name);
    Contender::new(name, package, role)
}

fn widely_used() -> Vec<Contender> {
    vec![
        many("tokio", Role::Safe)
            .one_consumer()
            .bounded::<tokio::Bounded>()
            .unbounded::<tokio::Unbounded>()
            .blocking_bounded::<tokio::Bounded>()
            .blocking_unbounded::<tokio::Unbounded>()
            .drop_newest::<tokio::Bounded>()
            .reject::<tokio::Bounded>()
            .local_bounded::<tokio::Bounded>()
            .local_unbounded::<tokio::Unbounded>(),
        many("flume", Role::Safe)
            .bounded::<flume::FlumeBounded>()
            .unbounded::<flume::FlumeUnbounded>()
            .blocking_bounded::<flume::FlumeBounded>()
            .blocking_unbounded::<flume::FlumeUnbounded>()
            .drop_newest::<flume::FlumeBounded>()
            .reject::<flume::FlumeBounded>(),
        many("async-channel", Role::Safe)
            .bounded::<async_channel::Bounded>()
            .unbounded::<async_channel::Unbounded>()
            .blocking_bounded::<async_channel::Bounded>()
            .blocking_unbounded::<async_channel::Unbounded>()
            .drop_oldest::<full::AsyncChannelOverwriting>()
            .drop_newest::<async_channel::Bounded>()
            .reject::<async_channel::Bounded>(),
        many("kanal", Role::Lossy)
            .bounded::<kanal::Bounded>()
            .unbounded::<kanal::Unbounded>()
            .blocking_bounded::<kanal::BlockingBounded>()
            .blocking_unbounded::<kanal::BlockingUnbounded>()
            .drop_newest::<kanal::Bounded>()
            .reject::<kanal::Bounded>()
            .local_bounded::<kanal::Bounded>()
            .local_unbounded::<kanal::Unbounded>(),
        Contender::new("futures", "futures-channel", Role::Lossy)
            .one_consumer()
            .bounded::<many_to_one::FuturesBounded>()
            .unbounded::<many_to_one::FuturesUnbounded>(),
    ]
}

fn families() -> Vec<Contender> {
    let fibre = |name, role| Contender::new(name, "fibre", role);
    vec![
        many("crossfire mpmc", Role::Safe)
            .bounded::<crossfire::MpmcBounded>()
            .unbounded::<crossfire::MpmcUnbounded>()
            .blocking_bounded::<crossfire::MpmcBlocking>()
            .blocking_unbounded::<crossfire::MpmcBlockingUnbounded>(),
        many("crossfire mpsc", Role::Safe)
            .one_consumer()
            .bounded::<crossfire::MpscBounded>()
            .unbounded::<crossfire::MpscUnbounded>()
            .blocking_bounded::<crossfire::MpscBlocking>()
            .blocking_unbounded::<crossfire::MpscBlockingUnbounded>(),
        many("crossfire spsc", Role::Safe)
            .one_producer()
            .one_consumer()
            .bounded::<crossfire::SpscBounded>()
            .unbounded::<crossfire::SpscUnbounded>()
            .blocking_bounded::<crossfire::SpscBlocking>()
            .blocking_unbounded::<crossfire::SpscBlockingUnbounded>(),
        fibre("fibre-mpmc", Role::Lossy)
            .bounded::<fibre::MpmcBounded>()
            .unbounded::<fibre::MpmcUnbounded>()
            .blocking_bounded::<fibre::MpmcBlocking>()
            .blocking_unbounded::<fibre::MpmcBlockingUnbounded>(),
        fibre("fibre-exp", Role::Lossy)
            .bounded::<fibre::ExpBounded>()
            .blocking_bounded::<fibre::ExpBlocking>(),
        fibre("fibre-mpsc", Role::Safe)
            .one_consumer()
            .bounded::<fibre::MpscBounded>()
            .unbounded::<fibre::MpscUnbounded>()
            .blocking_bounded::<fibre::MpscBlocking>()
            .blocking_unbounded::<fibre::MpscBlockingUnbounded>(),
        // Nobody has probed it: it does not count among those that lose nothing.
        fibre("fibre-spsc", Role::Lossy)
            .one_producer()
            .one_consumer()
            .bounded::<fibre::SpscBounded>()
            .blocking_bounded::<fibre::SpscBlocking>(),
    ]
}

fn newcomers() -> Vec<Contender> {
    vec![
        many("rapidfire mpmc", Role::Safe)
            .bounded::<many_to_many::RapidfireBounded>()
            .unbounded::<many_to_many::RapidfireUnbounded>(),
        many("rapidfire mpsc", Role::Safe)
            .one_consumer()
            .bounded::<many_to_one::RapidfireBounded>()
            .unbounded::<many_to_one::RapidfireUnbounded>(),
        many("asyncband mpmc", Role::Safe)
            .bounded::<many_to_many::AsyncbandBounded>()
            .unbounded::<many_to_many::AsyncbandUnbounded>(),
        many("asyncband mpsc", Role::Safe)
            .one_consumer()
            .bounded::<many_to_one::AsyncbandBounded>()
            .unbounded::<many_to_one::AsyncbandUnbounded>(),
        many("loole", Role::Safe)
            .bounded::<flume::LooleBounded>()
            .unbounded::<flume::LooleUnbounded>()
            .blocking_bounded::<flume::LooleBounded>()
            .blocking_unbounded::<flume::LooleUnbounded>()
            .local_bounded::<flume::LooleBounded>()
            .local_unbounded::<flume::LooleUnbounded>(),
        many("tachyonix", Role::Safe).one_consumer().bounded::<many_to_one::Tachyonix>(),
        many("mea", Role::Safe)
            .one_consumer()
            .bounded::<many_to_one::MeaBounded>()
            .unbounded::<many_to_one::MeaUnbounded>(),
        many("zruntime", Role::Safe)
            .bounded::<many_to_many::ZruntimeBounded>()
            .unbounded::<many_to_many::ZruntimeUnbounded>(),
        many("deadqueue", Role::Safe)
            .bounded::<many_to_many::DeadqueueBounded>()
            .unbounded::<many_to_many::DeadqueueUnbounded>(),
        many("thingbuf", Role::Lossy)
            .one_consumer()
            .bounded::<many_to_one::Thingbuf>()
            .blocking_bounded::<many_to_one::ThingbufBlocking>(),
        many("chenal", Role::Lossy)
            .one_consumer()
            .bounded::<many_to_one::Chenal>()
            .blocking_bounded::<many_to_one::Chenal>(),
        many("naive", Role::Yardstick).bounded::<naive::Naive>().unbounded::<naive::Naive>(),
    ]
}

fn for_threads() -> Vec<Contender> {
    vec![
        Contender::new("crossbeam", "crossbeam-channel", Role::Safe)
            .blocking_bounded::<threads::CrossbeamBounded>()
            .blocking_unbounded::<threads::CrossbeamUnbounded>(),
        many("omango mpmc", Role::Lossy).blocking_bounded::<threads::OmangoMpmc>(),
        many("omango spsc", Role::Lossy)
            .one_producer()
            .one_consumer()
            .blocking_bounded::<threads::OmangoSpsc>(),
    ]
}
