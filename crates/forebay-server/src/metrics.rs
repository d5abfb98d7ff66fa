//! `GET /metrics`: the figures of a [`Status`] in Prometheus' text format, version 0.0.4.
//!
//! The names are an interface: dashboards and alerts depend on them.

use std::fmt::{Display, Write as _};

use crate::status::{Figures, Status};

/// Writes the figures down.
pub(crate) fn exposition(
    status: &Status,
    answered: impl Iterator<Item = (&'static str, u16, u64)>,
) -> String {
    let mut page = Page::default();
    page.family("http_requests_total", Kind::Counter, "Requests answered, by route and code.");
    for (route, code, count) in answered {
        page.sample("http_requests_total", &[("route", &route), ("code", &code)], &count);
    }
    for (name, kind, help, figure) in OF_ROUTE {
        page.family(name, *kind, help);
        for (route, figures) in &status.routes {
            page.sample(name, &[("route", route)], &figure(figures));
        }
    }
    sink_errors(&mut page, status);
    of_process(&mut page, status);
    page.text
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
}

type OfRoute = (&'static str, Kind, &'static str, fn(&Figures) -> f64);

/// Every figure that a route has one of.
const OF_ROUTE: &[OfRoute] = {
    use Kind::{Counter, Gauge};
    &[
        ("queue_events", Gauge, "Events that wait.", |f| float(f.waiting)),
        ("queue_in_flight_events", Gauge, "Events being written.", |f| float(f.in_flight)),
        ("queue_bytes", Gauge, "Bytes of all unfinished events.", |f| float(f.bytes)),
        ("queue_oldest_age_seconds", Gauge, "Age of the oldest unfinished event.", |f| {
            f.oldest_age_s
        }),
        ("ingest_events_total", Counter, "Events accepted.", |f| float(f.accepted)),
        ("queue_delivered_total", Counter, "Events in the sink.", |f| float(f.delivered)),
        ("queue_dropped_total", Counter, "Events thrown away.", |f| float(f.dropped)),
        ("dead_letter_total", Counter, "Events in dead letters.", |f| float(f.dead)),
        ("consumer_gear", Gauge, "Gear of the consumer; 0 is the slowest.", |f| {
            float(f.consumer.gear_number as u64)
        }),
        ("consumer_shifts_total", Counter, "Changes of gear.", |f| float(f.consumer.shifts)),
        ("sink_concurrency", Gauge, "Writers at work.", |f| float(f.consumer.writers_busy as u64)),
        ("sink_batches_total", Counter, "Batches written.", |f| float(f.consumer.batches)),
        ("sink_rows_total", Counter, "Rows written.", |f| float(f.consumer.rows)),
        ("consumer_panics_total", Counter, "Writers that panicked.", |f| float(f.consumer.panics)),
        ("sink_up", Gauge, "1 while the sink takes rows.", |f| {
            float(u64::from(f.sink.state == "up"))
        }),
    ]
};

fn sink_errors(page: &mut Page, status: &Status) {
    page.family("sink_errors_total", Kind::Counter, "Errors of the sink, by class.");
    for (route, figures) in &status.routes {
        for (class, count) in &figures.sink.errors {
            page.sample("sink_errors_total", &[("route", route), ("class", class)], count);
        }
    }
}

fn of_process(page: &mut Page, status: &Status) {
    let limits = &status.limits;
    for (name, help, figure) in [
        ("queue_capacity_events", "Limit of queue_events.", float(limits.events_max)),
        ("queue_capacity_bytes", "Limit of queue_bytes.", float(limits.bytes_max)),
        ("http_connections", "Open connections.", float(status.connections)),
        ("http_connections_max", "Limit of connections.", float(limits.connections_max.into())),
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
        };
        self.line(format_args!("# HELP forebay_{name} {help}"));
        self.line(format_args!("# TYPE forebay_{name} {kind}"));
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
