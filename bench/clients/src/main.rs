//! The load of `durable`, over the protocol of one server: connections that send events and wait until all are
//! acknowledged, again and again. The last line on standard output says what came of it.

mod beanstalkd;
mod clock;
mod event;
mod forebay;
mod load;
mod nats;
mod postgres;
mod rabbitmq;
mod redis;
mod server;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use load::Load;
use server::Failure;

/// One run of the load.
#[derive(Debug, Parser)]
struct Arguments {
    /// Whose protocol is spoken
    server: Kind,
    /// Where it listens: HOST:PORT, and for PostgreSQL a URL
    #[arg(long)]
    address: String,
    #[command(flatten)]
    load: Load,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Forebay,
    Redis,
    Rabbitmq,
    Beanstalkd,
    Nats,
    Postgres,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let said = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(run(&arguments)));
    match said {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{:?}: {failure}", arguments.server);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<serde_json::Value, Failure> {
    let Arguments { server, address, load } = arguments;
    match server {
        Kind::Forebay => load.send::<forebay::Forebay>(address).await,
        Kind::Redis => load.send::<redis::Redis>(address).await,
        Kind::Rabbitmq => load.send::<rabbitmq::Rabbitmq>(address).await,
        Kind::Beanstalkd => load.send::<beanstalkd::Beanstalkd>(address).await,
        Kind::Nats => load.send::<nats::Nats>(address).await,
        Kind::Postgres => load.send::<postgres::Postgres>(address).await,
    }
}
