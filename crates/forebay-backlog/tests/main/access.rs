//! Who is let in by a NATS server, and what is said when it is not so: passwords, accounts, rights, credentials, certificates.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forebay_backlog::jetstream::JetStreamOptions;
use forebay_backlog::{AppendError, Appended, Backlog, JetStreamBacklog};
use forebay_testkit::nats::{ACCOUNTS, NatsServer};
use nkeys::KeyPair;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::engines::ROOMY;
use crate::event::events;
use crate::jetstream::runtime;

/// A folder for what a server and its client are told.
fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("the folder is ours");
    path
}

fn started(folder: &TempDir, settings: &str) -> NatsServer {
    let settings = write(folder, "nats.conf", settings);
    NatsServer::start_with(&["-js", "-c", settings.to_str().expect("it is UTF-8")])
}

/// The options of who calls itself `user`, by `scheme`.
fn options(server: &NatsServer, scheme: &str, user: &str) -> JetStreamOptions {
    let url = server.url("events").replace("nats://", &format!("{scheme}://{user}"));
    JetStreamOptions::new(url.parse().expect("an address"), ROOMY)
}

/// What is said of an opening that is refused.
fn refusal(runtime: &Runtime, options: &JetStreamOptions) -> String {
    let refused = runtime.block_on(JetStreamBacklog::open(options.clone()));
    let told = refused.expect_err("it is refused").to_string();
    let looked = runtime.block_on(JetStreamBacklog::inspect(options));
    assert!(looked.is_err(), "a look says the same");
    assert!(!told.contains("s3cret"), "{told}");
    told
}

fn works(runtime: &Runtime, options: JetStreamOptions) -> JetStreamBacklog {
    let backlog = runtime.block_on(JetStreamBacklog::open(options)).expect("it is let in");
    let put = runtime.block_on(backlog.append(events(0..1).into()));
    assert_eq!(put, Ok(Appended::WHOLE));
    backlog
}

#[test]
fn who_is_not_let_in_or_may_not_do_what_is_needed_is_told_what_is_wrong() {
    let (folder, runtime) = (folder(), runtime());
    let server = started(&folder, ACCOUNTS);
    let told = |user| refusal(&runtime, &options(&server, "nats", user));
    for stranger in ["", "ann:s3cret-no@", "dan:s3cret@", "s3cret@"] {
        let told = told(stranger);
        assert!(told.contains("does not let us in"), "{stranger}: {told}");
    }
    let bare = told("cy:s3cret@");
    assert!(bare.contains("JetStream is not enabled"), "{bare}");
    let denied = told("bob:s3cret@");
    assert!(denied.contains("$JS.API.STREAM."), "{denied}");
    assert!(denied.contains("let the user publish to events.events"), "{denied}");
    works(&runtime, options(&server, "nats", "ann:s3cret@"));
}

#[test]
fn who_may_look_and_not_publish_is_told_so_at_once_and_for_as_long_as_it_is_so() {
    let (folder, runtime) = (folder(), runtime());
    let server = started(&folder, ACCOUNTS);
    let options = options(&server, "nats", "eve:s3cret@");
    let backlog = runtime.block_on(JetStreamBacklog::open(options)).expect("it may look");
    let put = runtime.block_on(async {
        // The first is sent before anybody listens for what is not allowed.
        let _ = backlog.append(events(0..1).into()).await;
        backlog.append(events(1..2).into()).await
    });
    let Err(AppendError::Away { why }) = put else { panic!("{put:?}") };
    assert!(why.contains("events.events"), "{why}");
    let fault = backlog.fault().expect("nothing can be taken in");
    assert!(fault.contains("events.events") && !fault.contains("s3cret"), "{fault}");
    assert_eq!(backlog.snapshot().accepted, 0);
}

/// A token, signed by whoever issues it.
fn token(issuer: &KeyPair, subject: &KeyPair, name: &str, claims: &str) -> String {
    let header = r#"{"typ":"JWT","alg":"ed25519-nkey"}"#;
    let (by, of) = (issuer.public_key(), subject.public_key());
    let body = format!(
        r#"{{"jti":"{name}","iat":0,"iss":"{by}","name":"{name}","sub":"{of}","nats":{claims}}}"#
    );
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(body));
    let signature = issuer.sign(signed.as_bytes()).expect("it has its own key");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn account(issuer: &KeyPair, account: &KeyPair, name: &str, disk_bytes: i64) -> String {
    let limits = format!(
        r#"{{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1,
            "mem_storage":{disk_bytes},"disk_storage":{disk_bytes},"streams":-1,"consumer":-1}}"#
    );
    let claims = format!(r#"{{"type":"account","version":2,"limits":{limits}}}"#);
    token(issuer, account, name, &claims)
}

/// A file of credentials, as `nsc` writes them, for a new user of an account.
fn credentials(folder: &TempDir, account: &KeyPair, name: &str) -> PathBuf {
    let user = KeyPair::new_user();
    let claims =
        r#"{"type":"user","version":2,"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1}"#;
    let token = token(account, &user, name, claims);
    let seed = user.seed().expect("it is a new one");
    let text = format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    );
    write(folder, name, &text)
}

#[test]
fn a_file_of_credentials_lets_in_whoever_an_account_knows() {
    let (folder, runtime) = (folder(), runtime());
    let operator = KeyPair::new_operator();
    let [shop, system, stranger] = [(); 3].map(|()| KeyPair::new_account());
    let server = started(
        &folder,
        &format!(
            "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}\n",
            token(&operator, &operator, "op", r#"{"type":"operator","version":2}"#),
            system.public_key(),
            shop.public_key(),
            account(&operator, &shop, "shop", -1),
            system.public_key(),
            account(&operator, &system, "system", 0),
        ),
    );
    let with = |path: &Path| {
        let mut options = options(&server, "nats", "");
        options.credentials = Some(path.to_owned());
        options
    };
    works(&runtime, with(&credentials(&folder, &shop, "ann.creds")));

    let told = |path: &Path| refusal(&runtime, &with(path));
    let unknown = told(&credentials(&folder, &stranger, "dan.creds"));
    assert!(unknown.contains("does not let us in"), "no such account: {unknown}");
    let missing = told(&folder.path().join("none.creds"));
    assert!(missing.contains("none.creds cannot be used as credentials of NATS"), "{missing}");
    let other = told(&write(&folder, "other.creds", "s3cret"));
    assert!(other.contains("cannot parse user JWT"), "{other}");
}

#[test]
fn a_connection_is_encrypted_and_a_server_that_nobody_vouches_for_is_told() {
    let (folder, runtime) = (folder(), runtime());
    let said = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"])
        // A CA's certificate is nobody's own, for those who look closely.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "a.key", "-out", "a.pem"])
        .current_dir(folder.path())
        .output()
        .expect("openssl is installed: cargo xtask setup");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let [cert, key] = ["a.pem", "a.key"].map(|name| folder.path().join(name));
    let settings = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\" }}\nauthorization {{ user: ann, password: s3cret }}\n",
        cert.display(),
        key.display()
    );
    let server = started(&folder, &settings);
    let trusting = |path: &Path| {
        let mut options = options(&server, "tls", "ann:s3cret@");
        options.ca = Some(path.to_owned());
        options
    };
    works(&runtime, trusting(&cert));

    let told = refusal(&runtime, &options(&server, "tls", "ann:s3cret@"));
    assert!(told.contains("cannot be encrypted") && told.contains("--nats-ca FILE"), "{told}");
    let none = refusal(&runtime, &trusting(&write(&folder, "none.pem", "s3cret")));
    assert!(none.contains("none.pem cannot be used as certificates"), "{none}");
    let plain = NatsServer::start_new();
    let mut options = options(&plain, "tls", "");
    options.ca = Some(cert);
    let told = refusal(&runtime, &options);
    assert!(told.contains("cannot be encrypted"), "{told}");
}
