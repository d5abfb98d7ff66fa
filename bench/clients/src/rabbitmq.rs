//! RabbitMQ: persistent messages into a quorum queue, confirms awaited together.

use futures_util::future::try_join_all;
use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, ConnectionProperties};

use crate::server::{Connection, Failure};

const QUEUE: &str = "events";
const PERSISTENT: u8 = 2;

pub(crate) struct Rabbitmq {
    channel: Channel,
    _connection: lapin::Connection,
}

impl Connection for Rabbitmq {
    async fn prepare(address: &str) -> Result<(), Failure> {
        let channel = Self::connect(address).await?.channel;
        channel.queue_delete(QUEUE.into(), QueueDeleteOptions::default()).await?;
        let mut quorum = FieldTable::default();
        quorum.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), quorum).await?;
        Ok(())
    }

    async fn connect(address: &str) -> Result<Self, Failure> {
        let address = format!("amqp://guest:guest@{address}/%2f");
        let connection =
            lapin::Connection::connect(&address, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Rabbitmq { channel, _connection: connection })
    }

    async fn send(&mut self, events: Vec<Vec<u8>>) -> Result<(), Failure> {
        let mut confirms = Vec::with_capacity(events.len());
        for event in events {
            let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
            let options = BasicPublishOptions::default();
            let publish =
                self.channel.basic_publish("".into(), QUEUE.into(), options, &event, properties);
            confirms.push(publish.await?);
        }
        for confirm in try_join_all(confirms).await? {
            match confirm {
                Confirmation::Ack(None) => {}
                other => return Err(format!("a publish was answered {other:?}").into()),
            }
        }
        Ok(())
    }

    async fn held(&mut self) -> Result<u64, Failure> {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = self.channel.queue_declare(QUEUE.into(), options, FieldTable::default());
        Ok(queue.await?.message_count().into())
    }
}
