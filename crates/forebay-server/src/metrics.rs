//! `GET /metrics`: the figures of a [`Status`] in Prometheus' text format, version 0.0.4.
//!
//! The names are an interface: dashboards and alerts depend on them.

use std::fmt::{Display, Write as _};
use std::sync::Arc;

use crate::http::Route;
use crate::status::{Figures, Report, SpoolFigures, Status};
use crate::tallies::{Histogram, seconds};

/// Writes the figures down. How many dead letters there are is left out when the sink does not say.
pub(crate) fn exposition(
    status: &Status,
    report: &Report,
    dead_letters: Option<u64>,
    answered: impl Iterator<Item = (Arc<str>, u16, u64)>,
) -> String {
    let mut page = Page::default();
    page.family("http_requests_total", Kind::Counter, "Requests answered, by route and code.");
    for (route, code, count) in answered {
        page.sample("http_requests_total", &[("route", &route), ("code", &code)], &count);
    }
    for (name, kind, help, figure) in OF_SPOOL {
        page.family(name, *kind, help);
        for (route, figures) in &status.routes {
            if let Some(spool) = &figures.spool {
                page.sample(name, &[("route", route)], &figure(spool));
            }
        }
    }
    for (name, kind, help, figure) in OF_ROUTE {
        page.family(name, *kind, help);
        for (route, figures) in &status.routes {
            page.sample(name, &[("route", route)], &figure(figures));
        }
    }
    for (name, help, figure) in WITH_REASON {
        page.family(name, Kind::Counter, help);
        for (route, figures) in &status.routes {
            let (reason, count) = figure(figures);
            page.sample(name, &[("route", route), ("reason", &reason)], &count);
        }
    }
    page.family("dead_letter_events", Kind::Gauge, "Dead letters there are in the sink.");
    if let Some(count) = dead_letters {
        page.sample("dead_letter_events", &[], &count);
    }
    sink_errors(&mut page, status);
    counted(&mut page, report);
    of_process(&mut page, status, report);
    page.text
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
}

type OfRoute = (&'static str, Kind, &'static str, fn(&Figures) -> f64);

/// Every figure that a route has one of.
const OF_ROUTE: &[OfRoute] = {
    use Kind::{Counter, Gauge};
    &[
        ("queue_events", Gauge, "Events that wait.", |f| float(f.waiting)),
        ("queue_in_flight_events", Gauge, "Events being written.", |f| float(f.in_flight)),
        ("queue_bytes", Gauge, "Bytes of all unfinished events.", |f| float(f.bytes)),
        ("queue_capacity_events", Gauge, "Limit of queue_events.", |f| float(f.events_max)),
        ("queue_capacity_bytes", Gauge, "Limit of queue_bytes.", |f| float(f.bytes_max)),
        ("queue_oldest_age_seconds", Gauge, "Age of the oldest unfinished event.", |f| {
            f.oldest_age_s
        }),
        ("ingest_events_total", Counter, "Events accepted.", |f| float(f.accepted)),
        ("queue_enqueued_total", Counter, "Events put into the backlog.", |f| float(f.accepted)),
        ("queue_delivered_total", Counter, "Events in the sink.", |f| float(f.delivered)),
        ("queue_acked_total", Counter, "Events finished, as rows or dead letters.", |f| {
            float(f.delivered + f.dead)
        }),
        ("corrupt_events_total", Counter, "Damaged places that were set aside.", |f| {
            float(f.damaged)
        }),
        ("stalled", Gauge, "1 while the backlog does not move.", |f| {
            float(u64::from(f.stalled_s.is_some()))
        }),
        ("consumer_gear", Gauge, "Gear of the consumer; 0 is the slowest.", |f| {
            float(f.consumer.gear_number as u64)
        }),
        ("consumer_shifts_total", Counter, "Changes of gear.", |f| float(f.consumer.shifts)),
        ("sink_concurrency", Gauge, "Writers at work.", |f| float(f.consumer.writers_busy as u64)),
        ("sink_concurrency_limit", Gauge, "Limit of sink_concurrency in this gear.", |f| {
            float(f.consumer.writers_max as u64)
        }),
        ("sink_batches_total", Counter, "Batches written.", |f| float(f.consumer.batches)),
        ("sink_rows_total", Counter, "Rows written.", |f| float(f.consumer.rows)),
        ("consumer_panics_total", Counter, "Writers that panicked.", |f| float(f.consumer.panics)),
        ("sink_up", Gauge, "1 while the sink takes rows.", |f| {
            float(u64::from(f.sink.state == "up"))
        }),
    ]
};

type OfSpool = (&'static str, Kind, &'static str, fn(&SpoolFigures) -> f64);

/// Every figure of a spool, of routes that have one.
const OF_SPOOL: &[OfSpool] = {
    use Kind::{Counter, Gauge};
    &[
        ("spool_events", Gauge, "Events that the stream does not have yet.", |s| float(s.waiting)),
        (
            "spool_kept_events",
            Gauge,
            "Events kept until the stream's server has synced them.",
            |s| float(s.kept),
        ),
        ("spool_bytes", Gauge, "Bytes of both.", |s| float(s.bytes)),
        ("spool_capacity_bytes", Gauge, "Limit of spool_bytes.", |s| float(s.bytes_max)),
        ("spool_oldest_age_seconds", Gauge, "Age of the oldest event not in the stream.", |s| {
            s.oldest_age_s
        }),
        ("spool_resends_total", Counter, "Times that all that was kept was sent again.", |s| {
            float(s.resends)
        }),
        ("spool_forwarding", Gauge, "1 while nothing keeps events from the stream.", |s| {
            float(u64::from(s.trouble.is_none()))
        }),
    ]
};

type WithReason = (&'static str, &'static str, fn(&Figures) -> (&'static str, u64));

/// Every figure that says why; there is one reason each so far.
const WITH_REASON: &[WithReason] = &[
    ("dead_letter_total", "Events put into dead letters.", |f| ("refused", f.dead)),
    ("queue_dropped_total", "Events thrown away.", |f| ("policy", f.dropped)),
];

fn sink_errors(page: &mut Page, status: &Status) {
    page.family("sink_errors_total", Kind::Counter, "Errors of the sink, by class.");
    for (route, figures) in &status.routes {
        for (class, count) in &figures.sink.errors {
            page.sample("sink_errors_total", &[("route", route), ("class", class)], count);
        }
    }
}

type OfTallies = (&'static str, &'static str, fn(&Route) -> &Histogram);

/// How long things take.
const HISTOGRAMS: &[OfTallies] = &[
    ("http_request_duration_seconds", "From a request's head to its answer.", |route| {
        &route.tallies.request
    }),
    ("commit_duration_seconds", "From a group to what its backlog promises.", |route| {
        &route.tallies.commit
    }),
    ("sink_write_duration_seconds", "One write into the sink.", |route| &route.tallies.write),
    ("end_to_end_latency_seconds", "From an event's coming to its row.", |route| {
        &route.tallies.end_to_end
    }),
];

/// How much comes at once, as a sum and a count.
type Summary = (&'static str, &'static str, fn(&Route) -> (f64, u64));

const SUMMARIES: &[Summary] = &[
    ("fsync_duration_seconds", "Bringing a group to disk.", |route| {
        let syncs = route.backlog.syncs();
        (seconds(syncs.sum_us), syncs.count)
    }),
    ("commit_group_events", "Events brought to disk by one sync.", |route| {
        let syncs = route.backlog.syncs();
        (float(syncs.events), syncs.count)
    }),
    ("sink_batch_events", "Rows of one write into the sink.", |route| {
        let consumer = route.consumer.status();
        (float(consumer.rows_written), consumer.batches)
    }),
];

type Counter = (&'static str, &'static str, fn(&Route) -> u64);

const COUNTERS: &[Counter] = &[
    ("ingest_bytes_total", "Bytes of the bodies that came.", |route| route.tallies.bytes.get()),
    ("queue_redelivered_total", "Events that were handed out before.", |route| {
        route.tallies.redelivered.get()
    }),
];

/// What is counted as it goes.
fn counted(page: &mut Page, report: &Report) {
    for (name, help, of) in HISTOGRAMS {
        page.family(name, Kind::Histogram, help);
        for route in report.routes() {
            page.histogram(name, &route.name, of(route));
        }
    }
    for (name, help, of) in SUMMARIES {
        page.family(name, Kind::Summary, help);
        for route in report.routes() {
            let (sum, count) = of(route);
            page.sample(&format!("{name}_sum"), &[("route", &route.name)], &sum);
            page.sample(&format!("{name}_count"), &[("route", &route.name)], &count);
        }
    }
    for (name, help, of) in COUNTERS {
        page.family(name, Kind::Counter, help);
        for route in report.routes() {
            page.sample(name, &[("route", &route.name)], &of(route));
        }
    }
    page.family("recovery_duration_seconds", Kind::Gauge, "Opening the backlog at the start.");
    for route in report.routes() {
        let took = route.recovery.as_secs_f64();
        page.sample("recovery_duration_seconds", &[("route", &route.name)], &took);
    }
}

fn of_process(page: &mut Page, status: &Status, report: &Report) {
    let limits = &status.limits;
    let in_flight_max = report.terms.load().limits.in_flight_bytes_max;
    for (name, help, figure) in [
        ("http_connections", "Open connections.", float(status.connections)),
        ("http_connections_max", "Limit of connections.", float(limits.connections_max.into())),
        ("http_in_flight_bytes", "Bodies in memory.", float(report.budget.used())),
        ("http_in_flight_bytes_max", "Limit of bodies in memory.", float(in_flight_max)),
        ("uptime_seconds", "Time since the start.", status.uptime_s),
    ] {
        page.family(name, Kind::Gauge, help);
        page.sample(name, &[], &figure);
    }
    page.family("build_info", Kind::Gauge, "What is running; always 1.");
    let labels = [("version", &status.version as &dyn Display), ("sqlite", &status.sqlite)];
    page.sample("build_info", &labels, &1);
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, and Prometheus has only floats")]
fn float(count: u64) -> f64 {
    count as f64
}

/// The text, as it grows.
#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        };
        self.line(format_args!("# HELP forebay_{name} {help}"));
        self.line(format_args!("# TYPE forebay_{name} {kind}"));
    }

    fn histogram(&mut self, name: &str, route: &str, histogram: &Histogram) {
        let bucket = format!("{name}_bucket");
        let (buckets, all) = histogram.up_to();
        for (end, count) in buckets {
            self.sample(&bucket, &[("route", &route), ("le", &end)], &count);
        }
        self.sample(&bucket, &[("route", &route), ("le", &"+Inf")], &all);
        self.sample(&format!("{name}_sum"), &[("route", &route)], &histogram.sum_s());
        self.sample(&format!("{name}_count"), &[("route", &route)], &all);
    }

    /// Writes one figure. Label values are names of ours, with nothing in them to escape.
    fn sample(&mut self, name: &str, labels: &[(&str, &dyn Display)], figure: &dyn Display) {
        let mut braced = String::new();
        for (index, (label, value)) in labels.iter().enumerate() {
            let open = if index == 0 { "{" } else { "," };
            braced.push_str(open);
            braced.push_str(&format!("{label}=\"{value}\""));
        }
        if !labels.is_empty() {
            braced.push('}');
        }
        self.line(format_args!("forebay_{name}{braced} {figure}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let written = writeln!(self.text, "{line}");
        debug_assert!(written.is_ok(), "a string takes everything");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_a_line_under_its_help_and_its_type() {
        let mut page = Page::default();
        page.family("answers_total", Kind::Counter, "Answers.");
        page.sample("answers_total", &[("route", &"default"), ("code", &202)], &float(3));
        page.sample("answers_total", &[], &1.5);
        let expected = "# HELP forebay_answers_total Answers.\n\
            # TYPE forebay_answers_total counter\n\
            forebay_answers_total{route=\"default\",code=\"202\"} 3\n\
            forebay_answers_total 1.5\n";
        assert_eq!(page.text, expected);
    }
}
