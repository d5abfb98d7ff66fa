//! How a stream is used, and what it has to be like.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use super::order::Order;
use crate::{Address, Event, Limits, MarkLimits};

/// The server remembers the ids of messages this long at most: they are in its memory.
const DUPLICATE_WINDOW_MAX: Duration = Duration::from_secs(60 * 60);

/// How many messages may be out of a stream at one time, over all consumers.
const ACK_PENDING_MAX: i64 = 20_000;

/// A smaller stream would be full before the limit is reached: a message is longer than what its events count.
const STREAM_BYTES_LEAST: u64 = 1 << 20;

/// How a backlog on JetStream is made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JetStreamOptions {
    /// Which server and stream.
    pub address: Address,
    /// A file with what lets us in, as `nsc` writes it: a token that says who we are, and the key to show it.
    pub credentials: Option<PathBuf>,
    /// A PEM file with the certificate of who certifies the server; left out, those of the system.
    pub ca: Option<PathBuf>,
    /// How much it takes. Bytes are held by the server, events by each process for itself.
    pub limits: Limits,
    /// For how long keys are remembered.
    pub marks: MarkLimits,
    /// On how many servers of a cluster each message is kept, from 1 to 5.
    pub replicas: usize,
    /// What a consumer has is another's when nothing was heard of it for so long. A consumer that is at work says so three
    /// times in it, so it need not be longer than a write takes.
    pub ack_wait: Duration,
    /// How long an append waits for the server before it is refused.
    pub append_wait: Duration,
    /// By which key events stay in order, if they have to.
    pub order: Option<Order>,
}

impl JetStreamOptions {
    /// With what is usual: one replica, 30 s for acknowledgements, 10 s for an append.
    #[must_use]
    pub fn new(address: Address, limits: Limits) -> Self {
        JetStreamOptions {
            address,
            credentials: None,
            ca: None,
            limits,
            marks: MarkLimits::default(),
            replicas: 1,
            ack_wait: Duration::from_secs(30),
            append_wait: Duration::from_secs(10),
            order: None,
        }
    }

    /// What the stream takes. How many partitions there are is a part of it, so that nobody who has another number is
    /// mistaken for one of us.
    fn subject(&self) -> String {
        match &self.order {
            None => format!("{}.events", self.address.stream()),
            Some(_) => self.subject_of("*"),
        }
    }

    fn subject_of(&self, partition: impl fmt::Display) -> String {
        let partitions = self.order.as_ref().map_or(1, Order::partitions);
        format!("{}.of-{partitions}.{partition}", self.address.stream())
    }

    /// What events are published as, those of each subject in their order.
    pub(super) fn sort<'a>(&self, events: &'a [Event]) -> Vec<(String, Vec<&'a Event>)> {
        let Some(order) = &self.order else {
            return vec![(self.subject(), events.iter().collect())];
        };
        let parts = order.sort(events).into_iter();
        parts.map(|(partition, events)| (self.subject_of(partition), events)).collect()
    }

    /// The stream of what is none of ours.
    pub(super) fn aside(&self) -> String {
        format!("{}-aside", self.address.stream())
    }

    /// The bucket of what requests were answered.
    pub(super) fn marks_bucket(&self) -> String {
        format!("{}-marks", self.address.stream())
    }

    pub(super) fn marks_keep(&self) -> Duration {
        Duration::from_millis(self.marks.marks_keep_ms)
    }

    /// What the stream is like when we make it.
    pub(super) fn stream(&self) -> Config {
        Config {
            name: self.address.stream().to_owned(),
            description: Some("events of forebay that wait for a sink".to_owned()),
            subjects: vec![self.subject()],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            discard: DiscardPolicy::New,
            max_bytes: i64::try_from(self.limits.bytes_max.max(STREAM_BYTES_LEAST)).unwrap_or(-1),
            max_messages: -1,
            num_replicas: self.replicas,
            duplicate_window: self
                .marks_keep()
                .clamp(Duration::from_secs(120), DUPLICATE_WINDOW_MAX),
            ..Config::default()
        }
    }

    /// Whoever takes deliveries shares these consumers with all others who do: one, or one a partition.
    pub(super) fn consumers(&self) -> Vec<pull::Config> {
        let Some(order) = &self.order else {
            return vec![self.consumer("forebay".to_owned(), self.subject(), ACK_PENDING_MAX)];
        };
        let partitions = 0..order.partitions();
        let one = |partition| {
            // One message at a time: whoever has it is the only one who writes what is in this partition.
            self.consumer(format!("forebay-{partition}"), self.subject_of(partition), 1)
        };
        partitions.map(one).collect()
    }

    fn consumer(&self, name: String, subject: String, ack_pending_max: i64) -> pull::Config {
        pull::Config {
            durable_name: Some(name),
            description: Some("what brings events to the sink".to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_deliver: -1,
            max_ack_pending: ack_pending_max,
            filter_subject: subject,
            ..pull::Config::default()
        }
    }
}

/// Where a stream that is there is not what we need: what it says and what we need, field by field.
pub(super) fn mismatch(found: &Config, wanted: &Config) -> Vec<String> {
    let mut told = Vec::new();
    let mut check = |field: &str, found: String, wanted: String| {
        if found != wanted {
            told.push(format!("{field} is {found}, wanted {wanted}"));
        }
    };
    check("subjects", format!("{:?}", found.subjects), format!("{:?}", wanted.subjects));
    check("retention", format!("{:?}", found.retention), format!("{:?}", wanted.retention));
    check("storage", format!("{:?}", found.storage), format!("{:?}", wanted.storage));
    check("discard", format!("{:?}", found.discard), format!("{:?}", wanted.discard));
    check("max_bytes", found.max_bytes.to_string(), wanted.max_bytes.to_string());
    check("max_msgs", found.max_messages.to_string(), wanted.max_messages.to_string());
    check("max_age", format!("{:?}", found.max_age), format!("{:?}", wanted.max_age));
    check("num_replicas", found.num_replicas.to_string(), wanted.num_replicas.to_string());
    let window = |config: &Config| format!("{:?}", config.duplicate_window);
    if found.duplicate_window < wanted.duplicate_window {
        told.push(format!("duplicate_window is {}, wanted {}", window(found), window(wanted)));
    }
    told
}

/// Where a consumer that is there would not keep the order.
pub(super) fn mismatch_of_consumer(
    found: &consumer::Config,
    wanted: &pull::Config,
) -> Option<String> {
    let is_one_enough = wanted.max_ack_pending == 1 && found.max_ack_pending != 1;
    is_one_enough.then(|| {
        let name = wanted.durable_name.as_deref().unwrap_or_default();
        format!("max_ack_pending of {name} is {}, wanted 1", found.max_ack_pending)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> JetStreamOptions {
        let limits = Limits { events_max: 1000, bytes_max: 1 << 20 };
        JetStreamOptions::new("nats://localhost/events".parse().expect("an address"), limits)
    }

    #[test]
    fn a_stream_of_ours_has_no_mismatch() {
        assert_eq!(mismatch(&options().stream(), &options().stream()), Vec::<String>::new());
    }

    #[test]
    fn another_number_of_partitions_is_a_mismatch() {
        let [four, eight] = [4, 8].map(|partitions| JetStreamOptions {
            order: Some(Order::new(partitions, |_| 0)),
            ..options()
        });
        assert_eq!(
            mismatch(&four.stream(), &eight.stream()),
            ["subjects is [\"events.of-4.*\"], wanted [\"events.of-8.*\"]"]
        );
        assert_eq!(eight.consumers().len(), 8);
        assert!(eight.consumers().iter().all(|consumer| consumer.max_ack_pending == 1));
    }

    #[test]
    fn a_mismatch_shows_both_sides() {
        let found = Config {
            retention: RetentionPolicy::Limits,
            max_bytes: 7,
            duplicate_window: Duration::ZERO,
            ..options().stream()
        };
        assert_eq!(
            mismatch(&found, &options().stream()),
            [
                "retention is Limits, wanted WorkQueue",
                "max_bytes is 7, wanted 1048576",
                "duplicate_window is 0ns, wanted 3600s"
            ]
        );
    }
}
