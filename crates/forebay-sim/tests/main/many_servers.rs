//! Many workers: Erlang's delay formula (1917), with two workers and with three.

use forebay_sim::Model;

use crate::held::{agrees, plan, simulated};

/// Mean wait of M/M/c, by the recursion of Erlang's loss formula.
fn erlang_wait_s(offered: f64, workers: u32, service_s: f64) -> f64 {
    let mut loss = 1.0;
    for busy in 1..=workers {
        loss = offered * loss / (f64::from(busy) + offered * loss);
    }
    let load = offered / f64::from(workers);
    let delay = loss / (1.0 - load * (1.0 - loss));
    delay * service_s / (f64::from(workers) - offered)
}

fn holds(service: &str, workers: u32, horizon_s: u64) {
    let gap = "exp:1s".parse().expect("a gap");
    let model = Model::line(gap, service.parse().expect("a service"), workers as usize);
    let report = simulated(&model.expect("a model"), &plan(horizon_s));
    let service_s = forebay_sim::time("service", &service[4..]).expect("a time").as_secs_f64();
    agrees("wait", report.figures.mean_wait_s, erlang_wait_s(service_s, workers, service_s));
    agrees("busy", report.figures.mean_busy, service_s);
}

#[test]
fn three_workers_wait_as_erlang_says() {
    holds("exp:1950ms", 3, 900_000);
}

#[test]
fn two_workers_wait_as_erlang_says() {
    holds("exp:1s", 2, 900_000);
}
