//! What somebody writes with async-nats alone: a publisher that waits for acknowledgements, and a puller that acknowledges.

use std::fmt::Write as _;
use std::pin::pin;

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{self, Context};
use bytes::Bytes;
use clap::{Args, ValueEnum};
use futures_util::{SinkExt, StreamExt, TryStreamExt};
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::failure::Failure;

/// As many as the client of forebay has connections.
const ON_THE_WAY: usize = 64;
/// The same as the body that the client of forebay sends: a hundred events.
const GROUP_EVENTS: u64 = 100;
/// What a delivery of forebay's fast gear has.
const GROUPS_A_TRANSACTION: usize = 50;
const SUBJECT: &str = "bare.events";

const TABLE: &str = "CREATE TABLE events (id uuid PRIMARY KEY, received_at timestamptz NOT NULL, body jsonb NOT NULL, attributes jsonb NOT NULL)";
/// What forebay keeps of a request, so that the rows are the same.
const ATTRIBUTES: &str = r#"{"content_type":"application/json","route":"default"}"#;
const COPY: &str = "COPY events (id, received_at, body, attributes) FROM STDIN";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    Publish,
    Pull,
}

/// What `forebay-bench bare` is told.
#[derive(Debug, Args)]
pub(crate) struct BareArgs {
    part: Part,
    /// nats://HOST:PORT
    #[arg(long)]
    server: String,
    /// How many groups to publish, or to wait for
    #[arg(long)]
    groups: u64,
    /// Where a puller leaves the events; without it nowhere
    #[arg(long)]
    database: Option<String>,
}

/// Ends when all groups have gone one way.
pub(crate) async fn run(args: BareArgs) -> Result<(), Failure> {
    let client = async_nats::connect(&args.server).await.map_err(asking)?;
    let context = jetstream::new(client.clone());
    match args.part {
        Part::Publish => publish(&context, args.groups).await?,
        Part::Pull => pull(&context, args.groups, args.database).await?,
    }
    // What it said last has to leave before it ends.
    client.flush().await.map_err(asking)
}

async fn publish(context: &Context, groups: u64) -> Result<(), Failure> {
    let publishing = (0..groups).map(|number| async move {
        let sent = context.publish(SUBJECT, group(number).into()).await.map_err(asking)?;
        sent.await.map(drop).map_err(asking)
    });
    futures_util::stream::iter(publishing).buffer_unordered(ON_THE_WAY).try_collect().await
}

fn group(number: u64) -> String {
    let event = |place: u64| {
        let number = 1_000_000_000 + number * GROUP_EVENTS + place;
        format!(
            "{{\"n\":{number},\"kind\":\"order.paid\",\"user\":\"u-48213\",\"amount\":42.5,\"currency\":\"EUR\",\"at\":\"2026-01-15T09:30:00.000Z\"}}"
        )
    };
    let events: Vec<String> = (0..GROUP_EVENTS).map(event).collect();
    events.join("\n")
}

/// The stream as forebay makes it, but for the names.
pub(super) async fn prepare(context: &Context) -> Result<(), Failure> {
    let stream = Config {
        name: "bare".to_owned(),
        subjects: vec![SUBJECT.to_owned()],
        retention: RetentionPolicy::WorkQueue,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        max_bytes: 4 << 30,
        ..Config::default()
    };
    let stream = context.create_stream(stream).await.map_err(asking)?;
    let consumer = pull::Config {
        durable_name: Some("bare".to_owned()),
        max_ack_pending: 20_000,
        ..pull::Config::default()
    };
    stream.create_consumer(consumer).await.map(drop).map_err(asking)
}

async fn pull(context: &Context, groups: u64, database: Option<String>) -> Result<(), Failure> {
    let stream = context.get_stream("bare").await.map_err(asking)?;
    let consumer = stream.get_consumer::<pull::Config>("bare").await.map_err(asking)?;
    let messages =
        consumer.stream().max_messages_per_batch(256).messages().await.map_err(asking)?;
    let mut chunks = messages.ready_chunks(GROUPS_A_TRANSACTION);
    let rows = match database {
        Some(url) => Some(connect(&url).await?),
        None => None,
    };
    let mut left = groups;
    while left > 0 {
        let chunk = chunks.next().await.ok_or_else(|| Failure::new("the stream ended"))?;
        let messages = chunk.into_iter().collect::<Result<Vec<_>, _>>().map_err(asking)?;
        if let Some(rows) = &rows {
            let lines: Vec<&[u8]> = messages.iter().map(|message| &*message.payload).collect();
            copy(rows, &lines).await?;
        }
        for message in &messages {
            message.ack().await.map_err(asking)?;
        }
        left = left.saturating_sub(messages.len() as u64);
    }
    Ok(())
}

async fn connect(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(asking)?;
    tokio::spawn(connection);
    client.batch_execute(TABLE).await.map_err(asking)?;
    Ok(client)
}

async fn copy(rows: &tokio_postgres::Client, groups: &[&[u8]]) -> Result<(), Failure> {
    let mut text = String::new();
    for group in groups {
        for line in std::str::from_utf8(group).map_err(asking)?.lines() {
            let id = Uuid::now_v7();
            let _ = writeln!(text, "{id}\t2026-01-15 09:30:00Z\t{line}\t{ATTRIBUTES}");
        }
    }
    let copying = rows.copy_in(COPY).await.map_err(asking)?;
    let mut copying = pin!(copying);
    copying.send(Bytes::from(text)).await.map_err(asking)?;
    copying.as_mut().finish().await.map(drop).map_err(asking)
}

fn asking(error: impl std::fmt::Display) -> Failure {
    Failure::because("the bare publisher or puller", error)
}
