//! One worker, one item after the other: Pollaczek and Khinchine.

use forebay_sim::{Distribution, Model};

use crate::held::{agrees, plan, simulated};

/// Mean wait and length of M/G/1 (Pollaczek 1930, Khinchine 1932), from the first two moments.
fn holds(service: &str, horizon_s: u64) {
    let service: Distribution = service.parse().expect("a distribution");
    let model = Model::line("exp:1s".parse().expect("a distribution"), service, 1);
    let report = simulated(&model.expect("a model"), &plan(horizon_s));
    let load = service.mean_s();
    let second_moment = service.variance_s2() + load * load;
    let wait_s = second_moment / (2.0 * (1.0 - load));
    agrees("wait", report.figures.mean_wait_s, wait_s);
    agrees("length", report.figures.mean_length, wait_s);
    agrees("busy", report.figures.mean_busy, load);
}

#[test]
fn exponential_service_is_m_m_1() {
    holds("exp:500ms", 300_000);
}

#[test]
fn constant_service_is_m_d_1() {
    holds("500ms", 150_000);
}

#[test]
fn uniform_service_is_m_g_1() {
    holds("100ms..900ms", 150_000);
}

#[test]
fn gamma_service_is_m_g_1() {
    holds("gamma:500ms:0.5", 150_000);
}

#[test]
fn lognormal_service_is_m_g_1() {
    holds("lognormal:500ms:0.8", 330_000);
}

#[test]
fn waiting_times_of_m_m_1_are_exponential_above_none() {
    let model = Model::line("exp:1s".parse().expect("a gap"), "exp:500ms".parse().expect("one"), 1);
    let report = simulated(&model.expect("a model"), &plan(200_000));
    // P(W > t) = ρ e^(−(μ − λ) t): solved for the shares.
    let waited_at_most = |share: f64| (0.5 / (1.0 - share)).ln();
    for (share, found) in [(0.95, report.figures.p95_wait_s), (0.99, report.figures.p99_wait_s)] {
        let found = found.expect("items were got").mean;
        let theory = waited_at_most(share);
        assert!((found / theory - 1.0).abs() < 0.015, "{share}: {found} for {theory}");
        let merged = report.waits.quantile_ns(share).expect("items were got") as f64 / 1e9;
        assert!((merged / theory - 1.0).abs() < 0.015, "{share}: {merged} for {theory}");
    }
}

#[test]
fn the_share_of_time_at_each_length_is_geometric() {
    let model = Model::line("exp:1s".parse().expect("a gap"), "exp:500ms".parse().expect("one"), 1);
    let report = simulated(&model.expect("a model"), &plan(200_000));
    // n wait while n + 1 are there: (1 − ρ) ρ^(n + 1); with none or one there, nobody waits.
    let half = 0.5_f64;
    for (len, share) in report.length_share.iter().enumerate().take(5) {
        let theory = if len == 0 { 0.75 } else { half.powi(len as i32 + 2) };
        assert!((share / theory - 1.0).abs() < 0.015, "{len}: {share} for {theory}");
    }
}
