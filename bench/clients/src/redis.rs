//! Redis Streams: XADD, several of them as a pipeline.

use redis::aio::MultiplexedConnection;
use redis::{Client, cmd, pipe};

use crate::server::{Connection, Failure};

const STREAM: &str = "events";

pub(crate) struct Redis {
    connection: MultiplexedConnection,
}

impl Connection for Redis {
    async fn prepare(address: &str) -> Result<(), Failure> {
        let mut redis = Self::connect(address).await?;
        Ok(cmd("DEL").arg(STREAM).exec_async(&mut redis.connection).await?)
    }

    async fn connect(address: &str) -> Result<Self, Failure> {
        let client = Client::open(format!("redis://{address}/"))?;
        Ok(Redis { connection: client.get_multiplexed_async_connection().await? })
    }

    async fn send(&mut self, events: Vec<Vec<u8>>) -> Result<(), Failure> {
        let mut pipe = pipe();
        for event in events {
            pipe.cmd("XADD").arg(STREAM).arg("*").arg("body").arg(event).ignore();
        }
        Ok(pipe.exec_async(&mut self.connection).await?)
    }

    async fn held(&mut self) -> Result<u64, Failure> {
        Ok(cmd("XLEN").arg(STREAM).query_async(&mut self.connection).await?)
    }
}
