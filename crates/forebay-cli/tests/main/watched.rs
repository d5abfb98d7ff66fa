//! The dashboard and the alerts show what there is: a real Prometheus asks a real service.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Start};
use serde_json::Value;

use crate::cloud_events::installed;
use crate::start::{PATIENCE, open, serve};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

fn text_of(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A service that has taken and written something.
fn at_work() -> (Program, Client) {
    let (program, client) = open(serve(&[]));
    send(&client);
    crate::start::wait_for_status(&program, &client, |status| status["delivered"] == 3);
    (program, client)
}

fn send(client: &Client) {
    assert_eq!(client.post_json("[1,2,3]").status, 202);
}

/// The names of our metrics in a text.
fn named_in(text: &str) -> BTreeSet<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_of_name(c));
    words.filter(|word| word.starts_with("forebay_")).map(str::to_owned).collect()
}

/// Every query of the dashboard, for all instances and routes.
fn queries() -> Vec<String> {
    let dashboard: Value =
        serde_json::from_str(&text_of("packaging/grafana/forebay.json")).expect("it is JSON");
    let panels = dashboard["panels"].as_array().expect("it has panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let written = targets.map(|target| target["expr"].as_str().expect("a target has a query"));
    let filled = written.map(|query| {
        let of_all = query.replace("$instance", ".*").replace("$route", ".*");
        of_all.replace("$__rate_interval", "10s")
    });
    filled.collect()
}

/// Every document of a YAML file, as a client's own library reads it.
fn documents(name: &str) -> Vec<Value> {
    let read =
        "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let mut python = Command::new(installed("schemathesis").join("bin/python"));
    let said = python.args(["-c", read]).arg(file(name)).output();
    let said = said.expect("its environment is there: cargo xtask setup");
    assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).expect("it prints JSON")
}

/// Every query by which consumers are scaled, for the one service that a test has.
fn scaling_queries() -> Vec<String> {
    let mut queries = Vec::new();
    for object in documents("packaging/kubernetes/keda.yml") {
        let triggers = object["spec"]["triggers"].as_array().expect("it has triggers");
        let of = |trigger: &Value| trigger["metadata"]["query"].as_str().map(str::to_owned);
        queries.extend(triggers.iter().map(|trigger| of(trigger).expect("it has a query")));
    }
    let adapter = documents("packaging/kubernetes/hpa.yml").remove(1);
    let rules = adapter["data"]["config.yaml"].as_str().expect("it has rules");
    for line in rules.split("metricsQuery: >-").skip(1) {
        let lines = line.lines().take_while(|line| !line.contains("- seriesQuery")).map(str::trim);
        let query = lines.collect::<Vec<_>>().join(" ").replace("<<.GroupBy>>", "instance");
        let query = query.split(" rules:").next().unwrap_or_default();
        queries.push(query.trim().replace("<<.LabelMatchers>>", "route=\"default\""));
    }
    assert_eq!(queries.len(), 3, "{queries:?}");
    queries
}

#[test]
fn who_takes_in_and_who_delivers_are_scaled_by_what_they_are_called() {
    let workloads = documents("packaging/kubernetes/forebay.yml");
    let consume = workloads.iter().find(|one| one["metadata"]["name"] == "forebay-consume");
    let consume = consume.expect("somebody delivers");
    assert!(consume["spec"]["replicas"].is_null(), "two would say how many there are");
    let writers = consume["spec"]["template"]["spec"]["containers"][0]["env"].as_array();
    let writers = writers
        .expect("it has settings")
        .iter()
        .find(|setting| setting["name"] == "FOREBAY__CONSUMER__WRITERS");
    assert_eq!(writers.expect("the ceiling of the sink is said")["value"], "2");
    for (scaler, most) in [("keda.yml", "maxReplicaCount"), ("hpa.yml", "maxReplicas")] {
        let scaler = documents(&format!("packaging/kubernetes/{scaler}")).remove(0);
        assert_eq!(scaler["spec"]["scaleTargetRef"]["name"], "forebay-consume");
        assert_eq!(scaler["spec"][most], 10);
    }
}

#[test]
fn every_metric_that_is_looked_at_is_there() {
    let (_program, client) = at_work();
    let page = client.get("/metrics").body;
    let samples: String =
        page.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
    let (sampled, known) = (named_in(&samples), named_in(&page));
    for (name, there) in [
        ("packaging/grafana/forebay.json", &sampled),
        ("packaging/prometheus/forebay.rules.yml", &sampled),
        ("docs/operate.md", &known), // which names a summary as a whole
    ] {
        let mut looked_at = named_in(&text_of(name));
        looked_at.remove("forebay_server"); // a part of the program
        // There where a spool is: `spooled.rs` looks at them.
        looked_at.retain(|name| !name.starts_with("forebay_spool_"));
        assert!(looked_at.len() > 3, "{name}: {looked_at:?}");
        let missing = looked_at.difference(there).next();
        assert_eq!(missing, None, "{name} looks at what is not in /metrics");
    }
    for query in scaling_queries() {
        let missing = named_in(&query).difference(&sampled).next().cloned();
        assert_eq!(missing, None, "{query}");
    }
}

#[test]
fn the_alerts_fire_on_a_bad_day_and_on_no_other() {
    for (what, name) in [("check", "forebay.rules.yml"), ("test", "forebay.rules.test.yml")] {
        let mut promtool = Command::new("promtool");
        promtool.args([what, "rules", name]).current_dir(file("packaging/prometheus"));
        let said = promtool.output().expect("promtool is installed: cargo xtask setup");
        let text = [said.stdout, said.stderr].concat();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&text));
    }
}

/// A Prometheus that looks at a service ten times a second, and a client of its.
fn prometheus_of(service: SocketAddr) -> (Program, Client) {
    let rules = file("packaging/prometheus/forebay.rules.yml");
    let config = format!(
        "global: {{scrape_interval: 100ms, scrape_timeout: 100ms, evaluation_interval: 100ms}}\n\
         rule_files: [{rules:?}]\n\
         scrape_configs: [{{job_name: forebay, static_configs: [{{targets: [\"{service}\"]}}]}}]\n"
    );
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    let address = free.expect("there is a free port");
    let start = Start::new("prometheus").file("prometheus.yml", &config);
    let listen = format!("--web.listen-address={address}");
    let own = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", &listen];
    let program = start.args(own).start();
    let ready = |line: &str| line.contains("ready to receive web requests");
    let said = program.stderr().wait_for(PATIENCE, ready);
    assert!(said.is_some(), "it said: {}", program.stderr().text());
    (program, Client::new(address))
}

/// What it answers to a query; none while there is no number in it.
fn numbers(prometheus: &Client, query: &str) -> Option<usize> {
    let escaped: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = prometheus.get(&format!("/api/v1/query?query={escaped}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body).expect("it answers in JSON");
    let result = answer["data"]["result"].as_array().expect("a query has results");
    let values = result.iter().filter_map(|one| one["value"][1].as_str()?.parse::<f64>().ok());
    Some(values.filter(|value| value.is_finite()).count()).filter(|count| *count > 0)
}

#[test]
fn a_real_prometheus_answers_every_query_of_the_dashboard_and_of_who_scales() {
    let (service, client) = at_work();
    let (program, prometheus) = prometheus_of(service.address());
    let mut queries = queries();
    queries.extend(scaling_queries());
    assert!(queries.len() > 20, "{queries:?}");
    let mut unanswered: Vec<&String> = queries.iter().collect();
    let pause = Duration::from_millis(200);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        send(&client); // so that rates are not 0 / 0
        unanswered.retain(|query| numbers(&prometheus, query).is_none());
        if unanswered.is_empty() {
            break;
        }
        assert!(program.runs_for(pause), "it ended; it said:\n{}", program.stderr().text());
    }
    assert!(unanswered.is_empty(), "no number comes of {unanswered:?}");
    let rules: Value =
        serde_json::from_str(&prometheus.get("/api/v1/rules").body).expect("it answers in JSON");
    for rule in rules["data"]["groups"][0]["rules"].as_array().expect("it has our rules") {
        assert_eq!((&rule["health"], &rule["state"]), (&"ok".into(), &"inactive".into()), "{rule}");
    }
}
