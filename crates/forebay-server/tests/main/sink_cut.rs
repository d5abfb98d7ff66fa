//! The connection to PostgreSQL is cut after any byte of an exchange, in either direction,
//! the answer to a commit included: each event ends in one table, once.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use forebay_backlog::Event;
use forebay_server::SinkState;
use forebay_testkit::chance::Chance;
use forebay_testkit::rounds::rounds;
use forebay_testkit::seed::seed;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{Database, backlog, deliver, eager, event, id, ids_of, start, until};

/// Valid JSON that `jsonb` cannot hold.
const POISON: &str = r#""a\u0000b""#;

/// Cuts while connecting are all alike: nothing is written there.
const EVERY_OF_CONNECTING: usize = 499;

/// Every one of so many bytes, from which on the seed says; each of them with
/// `FOREBAY_TEST_ROUNDS=8`.
const EVERY: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    ToServer,
    ToClient,
}

/// How many bytes have passed, and after how many it is cut.
#[derive(Debug, Default)]
struct Flow {
    to_server: u64,
    to_client: u64,
    cut: Option<(Way, u64)>,
}

impl Flow {
    /// How many of `bytes` may pass; fewer than all of them means that it is cut behind these.
    fn pass(&mut self, way: Way, bytes: usize) -> usize {
        let passed = match way {
            Way::ToServer => &mut self.to_server,
            Way::ToClient => &mut self.to_client,
        };
        let before = *passed;
        *passed += bytes as u64;
        match self.cut {
            Some((its, after)) if its == way && *passed > after => {
                self.cut = None;
                usize::try_from(after.saturating_sub(before)).expect("it is less than bytes")
            }
            _ => bytes,
        }
    }
}

/// Stands between a client and a server.
struct Proxy {
    address: SocketAddr,
    flow: Arc<Mutex<Flow>>,
}

impl Proxy {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("some port is free");
        let address = listener.local_addr().expect("it is bound");
        let flow = Arc::<Mutex<Flow>>::default();
        let shared = Arc::clone(&flow);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let flow = Arc::clone(&shared);
                tokio::spawn(async move {
                    let server = TcpStream::connect(server).await.expect("the server listens");
                    between(client, server, &flow).await;
                });
            }
        });
        Self { address, flow }
    }

    /// Begins to count anew, and cuts after so many bytes.
    fn begin(&self, cut: Option<(Way, u64)>) {
        *self.flow.lock().unwrap_or_else(PoisonError::into_inner) = Flow { cut, ..Flow::default() };
    }

    fn passed(&self, way: Way) -> u64 {
        let flow = self.flow.lock().unwrap_or_else(PoisonError::into_inner);
        match way {
            Way::ToServer => flow.to_server,
            Way::ToClient => flow.to_client,
        }
    }

    fn was_cut(&self) -> bool {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner).cut.is_none()
    }
}

/// Carries bytes both ways until one side ends, or it is cut.
async fn between(mut client: TcpStream, mut server: TcpStream, flow: &Mutex<Flow>) {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let (mut up, mut down) = ([0; 4096], [0; 4096]);
    loop {
        let (way, read) = tokio::select! {
            read = from_client.read(&mut up) => (Way::ToServer, read),
            read = from_server.read(&mut down) => (Way::ToClient, read),
        };
        let Ok(bytes @ 1..) = read else { return };
        let pass = flow.lock().unwrap_or_else(PoisonError::into_inner).pass(way, bytes);
        let written = match way {
            Way::ToServer => to_server.write_all(&up[..pass]).await,
            Way::ToClient => to_client.write_all(&down[..pass]).await,
        };
        if written.is_err() || pass < bytes {
            return;
        }
    }
}

/// A database, behind the proxy.
struct Scene {
    database: Database,
    proxy: Proxy,
    url: String,
    /// Numbers of events; none is used twice.
    next: u64,
}

impl Scene {
    async fn new() -> Self {
        let database = Database::new().await;
        let url = database.url();
        let (_, rest) = url.split_once('@').expect("a role");
        let (server, name) = rest.split_once('/').expect("a database");
        let proxy = Proxy::before(server.parse().expect("an address")).await;
        let url = format!("postgres://postgres@{}/{name}", proxy.address);
        Self { database, proxy, url, next: 0 }
    }

    /// How many bytes connecting takes, each way.
    async fn connecting(&self, way: Way) -> u64 {
        self.proxy.begin(None);
        let backlog = backlog();
        let consumer = start(&backlog, &self.url, &eager());
        until(&consumer.gauge(), |status| status.sink.state == SinkState::Up).await;
        let passed = self.proxy.passed(way);
        crate::stage::finish(&backlog, consumer).await;
        passed
    }

    /// Delivers events of which the second is refused if `poison` says so, cut after so many bytes.
    /// Says whether that far bytes passed at all.
    async fn deliver_cut(&mut self, way: Way, after: u64, count: u64, poison: &str) -> bool {
        let numbers = self.next..self.next + count;
        self.next = numbers.end;
        let body = |number: u64| if number == numbers.start + 1 { poison } else { "1" };
        let events: Vec<Event> =
            numbers.clone().map(|number| event(number, body(number))).collect();
        let backlog = backlog();
        backlog.append(events).expect("room");
        self.proxy.begin(Some((way, after)));
        deliver(&backlog, &self.url, &eager()).await;
        let was_cut = self.proxy.was_cut();

        let is_dead = |number: &u64| poison == POISON && *number == numbers.start + 1;
        let rows: Vec<u64> = numbers.clone().filter(|number| !is_dead(number)).collect();
        let dead: Vec<u64> = numbers.clone().filter(is_dead).collect();
        let at = format!("{way:?}, cut after {after} bytes");
        assert_eq!(self.among("events", &numbers).await, ids_of(rows.clone()), "{at}");
        assert_eq!(self.among("dead_letters", &numbers).await, ids_of(dead.clone()), "{at}");
        let snapshot = backlog.snapshot();
        let counted = (snapshot.delivered, snapshot.dead);
        assert_eq!(counted, (rows.len() as u64, dead.len() as u64), "{at}");
        was_cut
    }

    /// Which of the events with these numbers are in a table.
    async fn among(&self, table: &str, numbers: &std::ops::Range<u64>) -> Vec<uuid::Uuid> {
        let (first, last) = (id(numbers.start), id(numbers.end - 1));
        let sql = format!(
            "SELECT id::text FROM {table} WHERE id BETWEEN '{first}' AND '{last}' ORDER BY id"
        );
        let rows = self.database.client.query(&sql, &[]).await.expect("SQL");
        rows.iter().map(|row| row.get::<_, &str>(0).parse().expect("a UUID")).collect()
    }
}

/// Cuts everywhere, both ways.
async fn cut_everywhere(count: u64, poison: &str) {
    let step = u64::from((EVERY / rounds(1, "times as many cuts as usual")).max(1));
    let (mut scene, mut chance) = (Scene::new().await, Chance::new(seed()));
    // The tables are made here, once.
    scene.connecting(Way::ToServer).await;
    for way in [Way::ToServer, Way::ToClient] {
        let connecting = scene.connecting(way).await;
        for after in (0..connecting).step_by(EVERY_OF_CONNECTING) {
            assert!(scene.deliver_cut(way, after, count, poison).await);
        }
        let mut after = connecting + chance.below(step);
        while scene.deliver_cut(way, after, count, poison).await {
            after += step;
        }
        assert!(after > connecting + 20, "{way:?}: hardly anything passed");
    }
}

#[tokio::test]
async fn a_connection_cut_at_any_byte_of_an_insert_ends_with_every_event_in_one_table() {
    cut_everywhere(3, POISON).await;
}

#[tokio::test]
async fn a_connection_cut_at_any_byte_of_a_copy_ends_with_every_row_once() {
    cut_everywhere(16, "2").await;
}
