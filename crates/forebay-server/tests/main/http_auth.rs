//! Nobody gets in who should not.

use std::fs;

use forebay_server::{Config, Service, StartError};

use crate::server::Server;
use crate::wire::{Answer, Wire};

async fn guarded() -> Server {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tokens = folder.path().join("tokens");
    fs::write(&tokens, "# ours\nalpha-token\n\nbeta-token\n").expect("a token file");
    let server = Server::start_with(|config| config.token_file = Some(tokens)).await;
    drop(folder);
    server
}

async fn send(wire: &mut Wire, method: &str, path: &str, authorization: &str) -> Answer {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\n{authorization}\
         content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    wire.send(request).await;
    wire.answer().await
}

#[tokio::test]
async fn each_token_of_the_file_opens_and_nothing_else_does() {
    let server = guarded().await;
    let mut wire = server.connect().await;
    for token in ["alpha-token", "beta-token"] {
        let header = format!("authorization: Bearer {token}\r\n");
        assert_eq!(send(&mut wire, "POST", "/events", &header).await.status, 202);
        assert_eq!(send(&mut wire, "GET", "/status", &header).await.status, 200);
    }
    for wrong in [
        "",
        "authorization: Bearer alpha\r\n",
        "authorization: Bearer alpha-token-\r\n",
        "authorization: Bearer # ours\r\n",
        "authorization: Bearer\r\n",
        "authorization: Basic alpha-token\r\n",
    ] {
        for (method, path) in [
            ("POST", "/events"),
            ("POST", "/events/orders"),
            ("GET", "/status"),
            ("GET", "/metrics"),
            ("GET", "/live"),
            ("POST", "/admin/pause"),
            ("GET", "/nothing"),
        ] {
            let answer = send(&mut wire, method, path, wrong).await;
            answer.problem(401);
            let asked = answer.header("www-authenticate").expect("how to come in");
            assert!(asked.starts_with("Bearer"), "{asked}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn health_needs_no_token() {
    let server = guarded().await;
    let mut wire = server.connect().await;
    assert_eq!(wire.get("/livez").await.status, 200);
    assert_eq!(wire.get("/readyz").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn beyond_loopback_needs_tokens_or_a_clear_word() {
    let open = Config { listen: "0.0.0.0:0".parse().expect("an address"), ..Config::default() };
    let error = Service::start(open).await.expect_err("nobody said this is wanted");
    assert!(matches!(error, StartError::OpenToAll { .. }));
    let text = error.to_string();
    assert!(text.contains("--token-file") && text.contains("--allow-anonymous"), "{text}");

    let server = Server::start_with(|config| {
        config.listen = "0.0.0.0:0".parse().expect("an address");
        config.allow_anonymous = true;
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_token_file_that_cannot_be_used_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tokens");
    let start = async || {
        let listen = "127.0.0.1:0".parse().expect("an address");
        let token_file = Some(path.clone());
        let config = Config { listen, token_file, ..Config::default() };
        Service::start(config).await.expect_err("not a token file").to_string()
    };
    assert!(start().await.contains("tokens"));
    fs::write(&path, "# nobody\n").expect("written");
    assert!(start().await.contains("no token"));
    fs::write(&path, "good\ntwo words\n").expect("written");
    assert!(start().await.contains("tokens:2:"));
}
