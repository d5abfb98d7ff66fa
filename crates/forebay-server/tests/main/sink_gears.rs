//! The consumer's gear follows the backlog.

use crate::stage::{Database, File, backlog, eager, events, finish, start, until};

#[tokio::test]
async fn a_long_backlog_shifts_up_and_a_drained_one_down() {
    let (file, backlog) = (File::new(), backlog());
    let consumer = start(&backlog, &file.url(), &eager());
    let gauge = consumer.gauge();
    assert_eq!((gauge.status().gear, gauge.status().gear_name), (0, "slow"));
    for round in 0..3 {
        backlog.append(events(round * 20_000..(round + 1) * 20_000)).expect("room");
        let drained = (round + 1) * 2;
        let status = until(&gauge, |status| status.shifts == drained && status.gear == 0).await;
        assert_eq!(status.gear_name, "slow");
    }
    finish(&backlog, consumer).await;
    assert_eq!(gauge.status().rows_written, 60_000);
}

#[tokio::test]
async fn a_short_backlog_stays_in_the_slow_gear() {
    let (file, backlog) = (File::new(), backlog());
    let consumer = start(&backlog, &file.url(), &eager());
    let gauge = consumer.gauge();
    for round in 0..5 {
        backlog.append(events(round * 1_000..(round + 1) * 1_000)).expect("room");
        until(&gauge, |status| status.rows_written == (round + 1) * 1_000).await;
    }
    finish(&backlog, consumer).await;
    let status = gauge.status();
    assert_eq!(status.shifts, 0);
    // At most 100 a batch: gentle on the database.
    assert!(status.batches >= 50, "{}", status.batches);
}

#[tokio::test]
async fn the_gear_follows_the_backlog_while_the_sink_is_down() {
    let backlog = backlog();
    // Nothing listens on port 1.
    let consumer = start(&backlog, "postgres://nobody@127.0.0.1:1/none", &eager());
    let gauge = consumer.gauge();
    // More than the writers of both gears take out of it.
    backlog.append(events(0..50_000)).expect("room");
    let status = until(&gauge, |status| status.gear == 1 && status.writers_busy == 5).await;
    assert_eq!((status.shifts, status.rows_written), (1, 0));
}

#[tokio::test]
async fn the_fast_gear_has_several_writers_where_the_sink_gains_from_it() {
    let (database, backlog) = (Database::new().await, backlog());
    backlog.append(events(0..200_000)).expect("room");
    let consumer = start(&backlog, &database.url(), &eager());
    let gauge = consumer.gauge();
    until(&gauge, |status| status.writers_busy == 5).await;
    finish(&backlog, consumer).await;

    let (file, backlog) = (File::new(), self::backlog());
    backlog.append(events(0..200_000)).expect("room");
    let consumer = start(&backlog, &file.url(), &eager());
    let gauge = consumer.gauge();
    let mut writers_max = 0;
    until(&gauge, |status| {
        writers_max = writers_max.max(status.writers_busy);
        status.rows_written == 200_000
    })
    .await;
    assert_eq!(writers_max, 1);
    finish(&backlog, consumer).await;
}
