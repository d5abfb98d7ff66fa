//! A body may come packed, and nothing that is packed gets around a limit.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::server::Server;
use crate::wire::{Answer, Wire};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 3).expect("memory")
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKERS: [(&str, Pack); 2] = [("gzip", gzip), ("zstd", zstd)];

async fn send(wire: &mut Wire, encoding: &str, body: &[u8]) -> Answer {
    let length = body.len();
    let head = format!(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/x-ndjson\r\n\
         content-encoding: {encoding}\r\ncontent-length: {length}\r\n\r\n"
    );
    wire.send([head.as_bytes(), body].concat()).await;
    wire.answer().await
}

#[tokio::test]
async fn packed_events_are_taken_as_if_they_were_not() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let lines: String = (0..500).map(|number| format!("{{\"n\":{number}}}\n")).collect();
    for (encoding, pack) in PACKERS {
        let answer = send(&mut wire, encoding, &pack(lines.as_bytes())).await;
        assert_eq!((answer.status, &answer.json()["accepted"]), (202, &500.into()));
        let two = [pack(b"{\"n\":1}\n"), pack(b"{\"n\":2}\n")].concat();
        assert_eq!(send(&mut wire, encoding, &two).await.json()["accepted"], 2);
        let wrong = send(&mut wire, encoding, &pack(b"1\n2\n{\n")).await.problem(400);
        assert_eq!(wrong["line"], 3, "lines are those of what was packed");
    }
    assert_eq!(send(&mut wire, "identity", b"1\n").await.status, 202);
    let (left, folder) = server.stop().await;
    assert_eq!(left.waiting, 0);
    let sink = rusqlite::Connection::open(folder.path().join("events.db")).expect("it is there");
    let sum = "SELECT count(*), sum(json_extract(body, '$.n')) FROM events";
    let sum: (i64, i64) =
        sink.query_row(sum, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("SQL");
    assert_eq!(sum, (2 * 502 + 1, 2 * (499 * 500 / 2 + 3)));
}

#[tokio::test]
async fn what_unpacks_beyond_the_limit_is_refused_and_its_connection_survives() {
    let server = Server::start_with(|config| config.http.body_bytes_max = 64 * 1024).await;
    let mut wire = server.connect().await;
    for (encoding, pack) in PACKERS {
        let bomb = pack(&vec![b' '; 32 << 20]);
        assert!(bomb.len() < 64 * 1024);
        let problem = send(&mut wire, encoding, &bomb).await.problem(413);
        assert_eq!(problem["body_bytes_max"], 64 * 1024);
        let exact = [&b"1"[..], &vec![b' '; 64 * 1024 - 1]].concat();
        assert_eq!(send(&mut wire, encoding, &pack(&exact)).await.status, 202);
        send(&mut wire, encoding, &pack(&[&exact[..], b" "].concat())).await.problem(413);
        assert_eq!(wire.json("{}").await.status, 202, "the connection survives");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_refused_and_nothing_of_it_is_stored() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    for (encoding, pack) in PACKERS {
        let good = pack(b"1\n2\n");
        let cut = &good[..good.len() - 2];
        let more = [&good[..], b"more"].concat();
        for wrong in [cut, &more, b"1\n"] {
            let problem = send(&mut wire, encoding, wrong).await.problem(400);
            assert_eq!(problem["type"], "urn:forebay:problem:damaged");
            assert_eq!(problem["content_encoding"], encoding);
        }
    }
    for encoding in ["br", "gzip, gzip", "deflate"] {
        let answer = send(&mut wire, encoding, b"1\n").await;
        let problem = answer.problem(415);
        assert_eq!(answer.header("accept-encoding"), Some("gzip, zstd, identity"));
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("gzip, zstd")));
    }
    assert_eq!(server.accepted().await, 0);
    server.stop().await;
}
