//! A route of webhooks takes what is signed, once, and nothing else.

use forebay_server::{Config, RouteConfig, Secret, WebhookConfig, WebhookKind};

use crate::server::Server;
use crate::wire::{Answer, Wire};

/// The example of GitHub's documentation.
const SECRET: &str = "It's a Secret to Everybody";
const BODY: &str = "Hello, World!";
const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn hooks(config: &mut Config) {
    let folder = std::env::temp_dir().join(format!("forebay-secrets-{}", std::process::id()));
    std::fs::write(&folder, format!("other\n{SECRET}\n")).expect("it can be written");
    let webhook = WebhookConfig {
        kind: Some(WebhookKind::Github),
        secret_file: Some(folder),
        ..WebhookConfig::default()
    };
    config.routes.insert("hooks".to_owned(), RouteConfig { webhook, ..RouteConfig::default() });
    let webhook = WebhookConfig {
        kind: Some(WebhookKind::Standard),
        secret: Some(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())),
        ..WebhookConfig::default()
    };
    config.routes.insert("pays".to_owned(), RouteConfig { webhook, ..RouteConfig::default() });
    let tokens = std::env::temp_dir().join(format!("forebay-tokens-{}", std::process::id()));
    std::fs::write(&tokens, "a-token-of-at-least-sixteen-characters\n").expect("it can be written");
    config.token_file = Some(tokens);
}

async fn send(wire: &mut Wire, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut head =
        format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    wire.send(format!("{head}\r\n{body}")).await;
    wire.answer().await
}

/// Of an event that is no JSON, in headers of its own.
const EVENT: [(&str, &str); 5] = [
    ("content-type", "text/plain"),
    ("ce-specversion", "1.0"),
    ("ce-id", "1"),
    ("ce-source", "/"),
    ("ce-type", "t"),
];

fn github<'a>(id: &'a str, signature: &'a str) -> Vec<(&'a str, &'a str)> {
    let signed =
        [("x-github-delivery", id), ("x-github-event", "push"), ("x-hub-signature-256", signature)];
    [&EVENT[..], &signed].concat()
}

#[tokio::test]
async fn what_is_signed_is_taken_once_without_a_token() {
    let server = Server::start_with(hooks).await;
    let mut wire = server.connect().await;
    let first = send(&mut wire, "/events/hooks", &github("a", SIGNATURE), BODY).await;
    assert_eq!(first.status, 202, "{}", first.text());
    let again = send(&mut wire, "/events/hooks", &github("a", SIGNATURE), BODY).await;
    assert_eq!((again.status, again.text()), (202, first.text()));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let (left, folder) = server.stop().await;
    assert_eq!(left.waiting, 0);
    let sink = rusqlite::Connection::open(folder.path().join("events.db")).expect("it is there");
    let sql =
        "SELECT count(*), min(attributes ->> 'webhook_id'), min(attributes ->> 'github_event'),
                      min(attributes ->> 'id'), min(body) FROM hooks";
    let row: (i64, String, String, String, String) =
        sink.query_row(sql, [], |row| row.try_into()).expect("SQL");
    let expected = (1, "a".to_owned(), "push".to_owned(), "1".to_owned(), format!("\"{BODY}\""));
    assert_eq!(row, expected);
}

#[tokio::test]
async fn what_is_not_signed_is_refused_and_nothing_is_stored() {
    let server = Server::start_with(hooks).await;
    let mut wire = server.connect().await;
    let wrong = SIGNATURE.replace('7', "8");
    for (headers, body) in [
        (github("a", &wrong), BODY),
        (github("a", SIGNATURE), "Hello, World?"),
        (github("", SIGNATURE), BODY),
        (EVENT.to_vec(), BODY),
    ] {
        let answer = send(&mut wire, "/events/hooks", &headers, body).await;
        let problem = answer.problem(401);
        assert_eq!(problem["type"], "urn:forebay:problem:unsigned", "{problem}");
        assert!(answer.header("www-authenticate").is_some());
        assert!(!answer.text().contains(SECRET));
    }
    // Signed long ago, as the specification's example was.
    let old = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("content-type", "application/json"),
    ];
    let old = send(&mut wire, "/events/pays", &old, "{\"test\": 2432232314}").await.problem(401);
    assert!(old["detail"].as_str().is_some_and(|why| why.contains("timestamp")), "{old}");
    // Other routes ask for a token as ever.
    wire.json("1").await.problem(401);
    server.abandon().await;
}
