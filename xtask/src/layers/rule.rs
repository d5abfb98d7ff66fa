//! The layers, as a table, and what breaks them.

use super::edge::{Edge, Kind, packages_in};

/// Which members of the workspace each member may depend on, in the order an item passes. Nobody
/// has server, sim or cli in the list but cli itself: they are ends, not parts.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("forebay", &[]),
    ("forebay-backlog", &["forebay"]),
    ("forebay-server", &["forebay", "forebay-backlog"]),
    ("forebay-sim", &["forebay"]),
    ("forebay-cli", &["forebay", "forebay-backlog", "forebay-server", "forebay-sim"]),
    ("forebay-testkit", &["forebay", "forebay-backlog"]),
    ("forebay-faults", &["forebay-testkit"]), // it sees the program from outside only
    ("forebay-bench", &["forebay", "forebay-backlog", "forebay-sim", "forebay-testkit"]),
    ("xtask", &[]),
];

/// Every member may have it for its own tests; outside of them, those whose line above says so.
const TESTKIT: &str = "forebay-testkit";

/// All that a user of the queue gets with it: the trait `Stream`, and a macro that keeps the futures
/// free of `unsafe`. Neither has a dependency, a runtime or a thread.
const QUEUE: &str = "forebay";
const QUEUE_MAY_USE: [&str; 4] = ["futures-core", "futures-sink", "libc", "pin-project-lite"];
/// There under `--cfg forebay_loom` only, which no user sets.
const QUEUE_MODEL: &str = "loom";

/// What we are measured against. Only the bench may have them, so that no one can say that we
/// are made of what we compare ourselves with.
const BENCH: &str = "forebay-bench";
const COMPETITORS: [&str; 24] = [
    "actix-web",
    "async-channel",
    "async-priority-channel",
    "axum",
    "bb8",
    "concurrent-queue",
    "crossbeam",
    "crossbeam-channel",
    "crossbeam-queue",
    "deadpool",
    "deadpool-postgres",
    "deadpool-sqlite",
    "diesel",
    "flume",
    "futures-channel",
    "kanal",
    "loole",
    "postage",
    "r2d2",
    "rocket",
    "sqlx",
    "tachyonix",
    "thingbuf",
    "warp",
];

/// What breaks the table, as lines to print.
pub(super) fn broken_by(edges: &[Edge]) -> Vec<String> {
    edges.iter().filter_map(|edge| Some(told(edge, reason(edge)?))).collect()
}

fn reason(edge: &Edge) -> Option<String> {
    let Edge { from, to, kind } = edge;
    let Some((_, may_use)) = MAY_USE.iter().find(|(member, _)| member == from) else {
        return Some("a new member needs a line in MAY_USE, xtask/src/layers/rule.rs".to_owned());
    };
    if from != BENCH && COMPETITORS.contains(&to.as_str()) {
        return Some(format!("only {BENCH} may depend on what we are measured against"));
    }
    if MAY_USE.iter().any(|(member, _)| member == to) {
        let in_tests = *kind == Kind::Test && to == TESTKIT;
        let allowed = may_use.contains(&to.as_str()) || in_tests;
        return (!allowed).then(|| match may_use {
            _ if to == TESTKIT => "the testkit is for tests: [dev-dependencies]".to_owned(),
            [] => format!("{from} stands alone in the workspace"),
            some => format!("{from} may use {} only", some.join(", ")),
        });
    }
    let in_queue = from == QUEUE && *kind == Kind::Normal;
    let extra = in_queue && !QUEUE_MAY_USE.contains(&to.as_str()) && to != QUEUE_MODEL;
    extra.then(queue_reason)
}

/// What else a user of the queue would get, as lines to print. `tree` is the queue's whole tree.
pub(super) fn too_much_in_the_queue(tree: &str) -> Vec<String> {
    let below = packages_in(tree).filter(|(depth, name)| *depth > 0 && *name != QUEUE);
    let extra = below.filter(|(_, name)| !QUEUE_MAY_USE.contains(name));
    extra
        .map(|(_, name)| {
            let edge = Edge { from: QUEUE.to_owned(), to: name.to_owned(), kind: Kind::Normal };
            told(&edge, queue_reason())
        })
        .collect()
}

fn queue_reason() -> String {
    format!("the queue has no runtime and no I/O: it may use {} only", QUEUE_MAY_USE.join(", "))
}

fn told(edge: &Edge, why: String) -> String {
    let Edge { from, to, kind } = edge;
    let when = match kind {
        Kind::Normal => "",
        Kind::Test => " in its tests",
    };
    format!(
        "{from} depends on {to}{when}\n    why: {why}\n    do:  take it out of {from}'s Cargo.toml"
    )
}

#[cfg(test)]
mod tests {
    use super::{Edge, Kind, broken_by, too_much_in_the_queue};

    fn broken(from: &str, to: &str, kind: Kind) -> usize {
        broken_by(&[Edge { from: from.to_owned(), to: to.to_owned(), kind }]).len()
    }

    #[test]
    fn the_way_of_an_item_is_the_only_direction() {
        assert_eq!(broken("forebay-server", "forebay-backlog", Kind::Normal), 0);
        assert_eq!(broken("forebay-cli", "forebay-server", Kind::Normal), 0);
        assert_eq!(broken("forebay-backlog", "forebay-server", Kind::Normal), 1);
        assert_eq!(broken("forebay", "forebay-backlog", Kind::Test), 1);
        assert_eq!(broken("forebay-bench", "forebay-server", Kind::Normal), 1);
        assert_eq!(broken("forebay-testkit", "forebay-cli", Kind::Test), 1);
    }

    #[test]
    fn the_queue_brings_next_to_nothing() {
        assert_eq!(broken("forebay", "futures-core", Kind::Normal), 0);
        assert_eq!(broken("forebay", "loom", Kind::Normal), 0);
        assert_eq!(broken("forebay", "tokio", Kind::Normal), 1);
        assert_eq!(broken("forebay", "tokio", Kind::Test), 0);
    }

    #[test]
    fn what_the_queue_drags_in_behind_its_dependencies_counts() {
        let good = "0 forebay v0.1.0 (/src)\n1 futures-core v0.3.34\n";
        assert!(too_much_in_the_queue(good).is_empty());
        let bad = format!("{good}2 portable-atomic v1.0.0\n");
        let lines = too_much_in_the_queue(&bad);
        assert!(lines[0].starts_with("forebay depends on portable-atomic\n"), "{lines:?}");
    }

    #[test]
    fn competitors_are_in_the_bench_only() {
        assert_eq!(broken("forebay-bench", "axum", Kind::Normal), 0);
        assert_eq!(broken("forebay-server", "axum", Kind::Normal), 1);
        assert_eq!(broken("forebay", "flume", Kind::Test), 1);
    }

    #[test]
    fn the_testkit_is_for_tests() {
        assert_eq!(broken("forebay-server", "forebay-testkit", Kind::Test), 0);
        assert_eq!(broken("forebay-bench", "forebay-testkit", Kind::Normal), 0);
        assert_eq!(broken("forebay-server", "forebay-testkit", Kind::Normal), 1);
    }

    #[test]
    fn a_member_nobody_knows_is_told_where_to_enter() {
        assert_eq!(broken("forebay-new", "serde", Kind::Normal), 1);
    }
}
