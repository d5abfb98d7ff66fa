//! beanstalkd: `put`, several of them before the first answer is read.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::server::{Connection, Failure};

pub(crate) struct Beanstalkd {
    stream: BufReader<TcpStream>,
    line: String,
}

impl Connection for Beanstalkd {
    /// The bench starts it on an empty folder.
    async fn prepare(_address: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Beanstalkd { stream: BufReader::new(stream), line: String::new() })
    }

    async fn send(&mut self, events: Vec<Vec<u8>>) -> Result<(), Failure> {
        let mut puts = Vec::new();
        for event in &events {
            puts.extend_from_slice(format!("put 0 0 60 {}\r\n", event.len()).as_bytes());
            puts.extend_from_slice(event);
            puts.extend_from_slice(b"\r\n");
        }
        self.stream.get_mut().write_all(&puts).await?;
        for _ in &events {
            let answer = self.answer().await?;
            if !answer.starts_with("INSERTED ") {
                return Err(format!("put was answered {answer}").into());
            }
        }
        Ok(())
    }

    async fn held(&mut self) -> Result<u64, Failure> {
        self.stream.get_mut().write_all(b"stats-tube default\r\n").await?;
        let answer = self.answer().await?;
        let bytes =
            answer.strip_prefix("OK ").ok_or("stats without OK")?.trim().parse::<usize>()?;
        let mut stats = vec![0; bytes + 2];
        self.stream.read_exact(&mut stats).await?;
        let stats = String::from_utf8(stats)?;
        let ready = stats.lines().find_map(|line| line.strip_prefix("current-jobs-ready: "));
        Ok(ready.ok_or("stats without current-jobs-ready")?.parse()?)
    }
}

impl Beanstalkd {
    async fn answer(&mut self) -> Result<&str, Failure> {
        self.line.clear();
        match self.stream.read_line(&mut self.line).await? {
            0 => Err("the connection was closed".into()),
            _ => Ok(&self.line),
        }
    }
}
