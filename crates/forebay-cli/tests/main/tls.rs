//! Encrypted connections, with the clients that people use.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use forebay_testkit::program::{Program, Signal, Start};

use crate::start::{PATIENCE, forebay, open, serve};

/// Makes a certificate for this machine, and its key.
fn certify(folder: &Path, name: &str) {
    let said = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"])
        // A CA's certificate is nobody's own, for those who look closely.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
        .current_dir(folder)
        .output()
        .expect("openssl is installed: cargo xtask setup");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

fn replace(folder: &Path, by: &str) {
    for kind in ["key", "pem"] {
        let (from, to) = (format!("{by}.{kind}"), format!("a.{kind}"));
        std::fs::rename(folder.join(from), folder.join(to)).expect("both are ours");
    }
}

fn encrypted(args: &[&str]) -> Start {
    let start = serve(&["--tls-cert", "a.pem", "--tls-key", "a.key"]).args(args);
    certify(start.folder(), "a");
    start
}

/// What curl says about a request that trusts `a.pem`.
fn curl(program: &Program, scheme: &str, args: &[&str]) -> Output {
    let url = format!("{scheme}://{}/events", program.address());
    Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--max-time", "60", "--cacert", "a.pem", "-d", "1"])
        .args(["-H", "content-type: application/json", "-w", " %{http_code} %{http_version}"])
        .args(args)
        .arg(url)
        .current_dir(program.folder())
        .output()
        .expect("curl is installed: cargo xtask setup")
}

fn said(output: &Output) -> String {
    let Output { stdout, stderr, .. } = output;
    format!("{}{}", String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr))
}

/// What `openssl s_client` says about the handshake.
fn handshake(program: &Program, args: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(["s_client", "-connect", &program.address().to_string(), "-CAfile", "a.pem"])
        .args(args)
        .current_dir(program.folder())
        .stdin(Stdio::null())
        .output()
        .expect("openssl is installed: cargo xtask setup");
    said(&output)
}

#[test]
fn events_come_in_over_tls_and_whoever_speaks_plain_http_is_told() {
    let program = encrypted(&[]).start();
    for args in [&["--tlsv1.3"][..], &["--tlsv1.2", "--tls-max", "1.2"], &["--http2"]] {
        let said = said(&curl(&program, "https", args));
        assert!(said.ends_with(" 202 1.1"), "{args:?}: {said}");
    }
    let plain = said(&curl(&program, "http", &[]));
    assert!(plain.contains("use https://") && plain.ends_with(" 400 1.1"), "{plain}");
    let agreed = handshake(&program, &["-alpn", "h2,http/1.1"]);
    assert!(agreed.contains("ALPN protocol: http/1.1"), "{agreed}");
    assert!(agreed.contains("Verify return code: 0 (ok)"), "{agreed}");
    let old = handshake(&program, &["-tls1_1"]);
    assert!(old.contains("no peer certificate available"), "{old}");
}

#[test]
fn whoever_asks_from_the_command_line_knows_the_service_by_its_certificate() {
    let program = encrypted(&["--sink", "sqlite:events.db"]).start();
    certify(program.folder(), "b");
    let [ca, other, key] =
        ["a.pem", "b.pem", "a.key"].map(|name| program.folder().join(name).display().to_string());
    let [secret, plain] =
        ["https", "http"].map(|scheme| format!("{scheme}://{}", program.address()));
    let ends = |args: &[&str], code, parts: &[&str]| {
        // What this machine trusts is another one.
        let ended = forebay(args).env("SSL_CERT_FILE", &other).start().wait(PATIENCE);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(code), "{args:?}: {said}");
        assert!(parts.iter().all(|part| said.contains(part)), "{args:?}: {said}");
    };
    ends(&["ready", &secret, "--ca", &ca], 0, &["ready"]);
    ends(&["backlog", "dead", "list", "--url", &secret, "--ca", &ca], 0, &[]);
    ends(&["ready", &secret], 1, &["is not trusted", "--ca FILE"]);
    ends(&["ready", &plain], 1, &["use https://"]);
    ends(&["ready", &plain, "--ca", &ca], 2, &["--ca is for https://"]);
    ends(&["ready", &secret, "--ca", "/nowhere/ca.pem"], 2, &["/nowhere/ca.pem"]);
    ends(&["ready", &secret, "--ca", &key], 2, &["a.key", "BEGIN CERTIFICATE"]);
    let top = forebay(&["top", &secret, "--ca", &ca]).start_on_terminal(80, 24);
    top.see_text(PATIENCE, "accepted 0");
    top.press("q");

    let (_open, client) = open(serve(&["--backlog", "memory:"]));
    let wrong = client.url("").replace("http:", "https:");
    ends(&["ready", &wrong, "--ca", &ca], 1, &["does not speak TLS"]);
}

#[test]
fn a_new_certificate_is_shown_after_a_reload_and_a_wrong_one_never() {
    let program = encrypted(&[]).start();
    let folder = program.folder().to_owned();
    let reload = |expected: &str| {
        program.signal(Signal::HUP);
        let line = program.stderr().wait_for(PATIENCE, |line| line.contains(expected));
        line.unwrap_or_else(|| panic!("{}", program.stderr().text()))
    };
    // A connection that is open goes on with the keys that it has.
    let mut lasting = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &program.address().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed: cargo xtask setup");
    let mut sending = lasting.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(lasting.stdout.take().expect("a pipe")).lines();
    let mut ask = || {
        sending.write_all(b"GET /livez HTTP/1.1\r\nhost: test\r\n\r\n").expect("it lives");
        let first = answers.next().expect("it answers").expect("text");
        answers.by_ref().map_while(Result::ok).find(|line| line == "alive").expect("all of it");
        first
    };
    assert_eq!(ask(), "HTTP/1.1 200 OK");
    certify(&folder, "b");
    replace(&folder, "b");
    reload("the settings were read again");
    assert_eq!(ask(), "HTTP/1.1 200 OK");
    // Verified against the new one, which stands where the old one stood.
    let answer = said(&curl(&program, "https", &[]));
    assert!(answer.ends_with(" 202 1.1"), "{answer}");
    std::fs::write(folder.join("a.key"), "no key\n").expect("it is ours");
    assert!(reload("stay as they were").contains("a.key holds no private key"));
    let answer = said(&curl(&program, "https", &[]));
    assert!(answer.ends_with(" 202 1.1"), "{answer}");
    drop(sending);
    let _ = lasting.kill();
    let _ = lasting.wait();
}

#[test]
fn a_handshake_that_does_not_go_on_is_ended() {
    let program = encrypted(&[]).env("FOREBAY__HTTP__HEADER_READ_MS_MAX", "300").start();
    let mut silent = TcpStream::connect(program.address()).expect("it listens");
    silent.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    // The beginning of a record with a handshake, and no more.
    silent.write_all(&[22, 3, 1, 2, 0, 1]).expect("it is read");
    assert_eq!(silent.read(&mut [0; 64]).expect("it is closed, not reset"), 0);
}

#[test]
fn what_is_wrong_with_certificate_or_key_is_told_at_the_start() {
    let refused = |args: &[&str], change: &dyn Fn(&Path)| {
        let start = forebay(&["serve"]).args(args);
        certify(start.folder(), "a");
        certify(start.folder(), "b");
        change(start.folder());
        let ended = start.start().wait(PATIENCE);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        ended.stderr
    };
    let nothing = |_: &Path| {};
    let said = refused(&["--tls-cert", "a.pem"], &nothing);
    assert!(said.contains("tls.key"), "{said}");
    let said = refused(&["--tls-cert", "a.pem", "--tls-key", "c.key"], &nothing);
    assert!(said.contains("cannot read c.key: No such file"), "{said}");
    assert!(said.contains("tls.key"), "{said}");
    let said = refused(&["--tls-cert", "a.key", "--tls-key", "a.key"], &nothing);
    assert!(said.contains("a.key holds no certificate"), "{said}");
    let said = refused(&["--tls-cert", "a.pem", "--tls-key", "b.key"], &nothing);
    assert!(said.contains("cannot be used together"), "{said}");
}
