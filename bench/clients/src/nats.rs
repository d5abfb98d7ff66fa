//! NATS JetStream: publishes whose acknowledgements are awaited together.

use async_nats::jetstream::{self, Context, stream};
use futures_util::future::try_join_all;

use crate::server::{Connection, Failure};

const STREAM: &str = "events";

pub(crate) struct Nats {
    context: Context,
}

impl Connection for Nats {
    async fn prepare(address: &str) -> Result<(), Failure> {
        let nats = Self::connect(address).await?;
        let config = stream::Config {
            name: STREAM.to_owned(),
            retention: stream::RetentionPolicy::WorkQueue,
            storage: stream::StorageType::File,
            ..stream::Config::default()
        };
        nats.context.create_stream(config).await?;
        Ok(())
    }

    async fn connect(address: &str) -> Result<Self, Failure> {
        let client = async_nats::connect(address).await?;
        Ok(Nats { context: jetstream::new(client) })
    }

    async fn send(&mut self, events: Vec<Vec<u8>>) -> Result<(), Failure> {
        let mut acks = Vec::with_capacity(events.len());
        for event in events {
            acks.push(self.context.publish(STREAM, event.into()).await?.into_future());
        }
        try_join_all(acks).await?;
        Ok(())
    }

    async fn held(&mut self) -> Result<u64, Failure> {
        let mut stream = self.context.get_stream(STREAM).await?;
        Ok(stream.info().await?.state.messages)
    }
}
