//! What was set, in words that need no table of options beside the picture.

use forebay_sim::{Arrivals, Distribution, Family, Trouble};

use crate::simulate::figure::{digits, seconds};
use crate::simulate::setup::Setup;
use crate::simulate::setup::controller::Kind;
use crate::simulate::setup::span::Span;

/// When items come.
pub(super) fn arrivals(setup: &Setup) -> String {
    let often = match setup.times {
        times if (times - 1.0).abs() > f64::EPSILON => format!(", {times} times as often"),
        _ => String::new(),
    };
    let come = match (&setup.replay, &setup.arrivals) {
        (Some(path), _) => format!("items as in {}", path.display()),
        (None, Arrivals::Gaps(gap)) => format!("items every {}", span_of(gap)),
        (None, Arrivals::Bursts(bursts)) => format!(
            "{} items a second for some {}, then {} for some {}",
            bursts.burst_per_s,
            seconds(bursts.burst.as_secs_f64()),
            bursts.quiet_per_s,
            seconds(bursts.quiet.as_secs_f64())
        ),
        (None, Arrivals::Daily(daily)) => format!(
            "{} items a second, {} % more and less over {}",
            daily.mean_per_s,
            digits(daily.amplitude * 100.0),
            seconds(daily.period.as_secs_f64())
        ),
        (None, other) => format!("items by {other}"),
    };
    come + &often
}

/// A distribution.
pub(super) fn span_of(times: &Distribution) -> String {
    let told = times.to_string();
    match (times.family(), told.split_once(':')) {
        _ if times.mean_s() == 0.0 => "none".to_owned(),
        (Family::Constant { .. }, Some((_, time))) => time.to_owned(),
        (Family::WholeMs { .. }, _) => told,
        (_, Some((family, _))) => format!("{} ({family})", seconds(times.mean_s())),
        _ => told,
    }
}

/// What the consumer does: its pauses, its work, how many it is, and who decides.
pub(super) fn consumer(setup: &Setup) -> String {
    let mut told = vec![if setup.count() > 1 {
        format!("pauses of {}, {} when fast", span_of(&setup.slow), span_of(&setup.fast))
    } else {
        format!("pauses of {}", span_of(&setup.slow))
    }];
    if setup.service.mean_s() > 0.0 {
        told.push(format!("{} at the sink", span_of(&setup.service)));
    }
    if setup.per_item.mean_s() > 0.0 {
        told.push(format!("{} more for each item", span_of(&setup.per_item)));
    }
    told.extend(setup.workers.and_then(|workers| several(workers, "workers")));
    told.extend(several(setup.batch, "items at once"));
    match setup.controller.kind {
        Kind::Gears => {}
        Kind::Fixed => told.push("one gear".to_owned()),
        kind => told.push(format!("{} gears by {}", setup.count(), kind.name())),
    }
    told.extend(setup.capacity.map(|capacity| format!("room for {capacity}")));
    told.join(", ")
}

fn several(span: Span, what: &str) -> Option<String> {
    match span {
        Span { slow: 1, fast: 1 } => None,
        Span { slow, fast } if slow == fast => Some(format!("{slow} {what}")),
        Span { slow, fast } => Some(format!("{slow} to {fast} {what}")),
    }
}

/// What befalls the sink.
pub(super) fn trouble(trouble: &Trouble) -> String {
    let time = |time: &std::time::Duration| seconds(time.as_secs_f64());
    match trouble {
        Trouble::Dead { from, to } => {
            format!("the sink is dead from {} to {}", time(from), time(to))
        }
        Trouble::Slow { from, to, times } => {
            format!("the sink takes {times} times as long from {} to {}", time(from), time(to))
        }
        Trouble::Flaps { up, down } => {
            format!("the sink is up for {} and down for {}", time(up), time(down))
        }
        Trouble::Contention { workers, .. } => {
            format!("more than {workers} workers are in each other's way")
        }
        _ => "the sink is in trouble".to_owned(),
    }
}
