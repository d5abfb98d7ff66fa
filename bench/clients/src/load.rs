//! Connections that send and wait, and what they saw.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};

use crate::clock;
use crate::event::body;
use crate::server::{Connection, Failure};

/// What comes first counts for nobody.
const WARM_UP: Duration = Duration::from_millis(100);

/// How much is sent.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Load {
    /// How many connections send at once
    #[arg(long)]
    connections: usize,
    /// How many events each sends before it waits
    #[arg(long)]
    events_a_request: usize,
    /// How long each event is
    #[arg(long)]
    body_bytes: usize,
    /// For how long it counts
    #[arg(long)]
    counted_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    WarmUp,
    Counted,
    Over,
}

struct Field {
    load: Load,
    next: Cell<u64>,
    phase: Cell<Phase>,
    /// Of each request while it counted, in seconds.
    waits_s: RefCell<Vec<f64>>,
}

impl Load {
    /// Sends it, and says what came of it.
    pub(crate) async fn send<C: Connection>(self, address: &str) -> Result<Value, Failure> {
        C::prepare(address).await?;
        LocalSet::new().run_until(self.send_from_here::<C>(address)).await
    }

    async fn send_from_here<C: Connection>(self, address: &str) -> Result<Value, Failure> {
        let field = Rc::new(Field {
            load: self,
            next: Cell::new(0),
            phase: Cell::new(Phase::WarmUp),
            waits_s: RefCell::default(),
        });
        let mut tasks = JoinSet::new();
        for _ in 0..self.connections {
            let connection = C::connect(address).await?;
            tasks.spawn_local(Rc::clone(&field).produce(connection));
        }
        let first = clock::now();
        tokio::time::sleep(WARM_UP).await;
        let started = clock::now();
        field.phase.set(Phase::Counted);
        tokio::time::sleep(Duration::from_millis(self.counted_ms)).await;
        let took_s = started.elapsed().as_secs_f64();
        field.phase.set(Phase::Over);
        let mut last = None;
        while let Some(ended) = tasks.join_next().await {
            last = Some(ended??);
        }
        let all_s = first.elapsed().as_secs_f64();
        let mut last: C = last.ok_or("there are no connections")?;
        let held = last.held().await?;
        Ok(field.said(took_s, all_s, held))
    }
}

impl Field {
    async fn produce<C: Connection>(self: Rc<Self>, mut connection: C) -> Result<C, Failure> {
        while self.phase.get() != Phase::Over {
            let events = (0..self.load.events_a_request).map(|_| self.event()).collect();
            let start = clock::now();
            connection.send(events).await?;
            if self.phase.get() == Phase::Counted {
                self.waits_s.borrow_mut().push(start.elapsed().as_secs_f64());
            }
        }
        Ok(connection)
    }

    fn event(&self) -> Vec<u8> {
        body(self.next.replace(self.next.get() + 1), self.load.body_bytes)
    }

    fn said(&self, took_s: f64, all_s: f64, held: u64) -> Value {
        let mut waits_s = self.waits_s.borrow_mut();
        waits_s.sort_by(f64::total_cmp);
        let percentile = |share: f64| {
            let rank = (waits_s.len() as f64 * share).ceil() as usize;
            waits_s.get(rank.saturating_sub(1)).copied()
        };
        let events = waits_s.len() * self.load.events_a_request;
        let events_per_s = match events {
            // One that takes longer for its first answers than it was to be counted.
            0 => self.next.get() as f64 / all_s,
            events => events as f64 / took_s,
        };
        json!({
            "events_per_s": events_per_s,
            "p50_s": percentile(0.5).unwrap_or(all_s),
            "p99_s": percentile(0.99).unwrap_or(all_s),
            "acknowledged": self.next.get(),
            "held": held,
        })
    }
}
