//! Why it drains or accumulates, in words.

use std::time::Duration;

use super::Outcome;
use super::trend::Trend;
use crate::model::{Control, Model};
use crate::report::Figures;
use crate::sink::Trouble;
use crate::time::ns_of;

/// More loads than this are told by their ends.
const LOADS_MAX: usize = 8;

/// The whole reason: load, trend, what befell the sink, what was lost, what was never reached.
pub(super) fn of(
    model: &Model,
    figures: &Figures,
    loads: &[f64],
    trend: Trend,
    outcome: Outcome,
) -> String {
    let mut parts = vec![told(loads), trend.to_string()];
    parts.extend(model.sink.troubles.iter().filter_map(trouble));
    parts.extend(but(figures).map(|but| format!("it {but}")));
    parts.extend(unreached(model, figures, outcome));
    parts.join("; ")
}

/// What a full queue costs.
pub(super) fn but(figures: &Figures) -> Option<String> {
    let share =
        |found: Option<crate::Estimate>| found.map(|found| found.mean).filter(|share| *share > 0.0);
    if let Some(lost) = share(figures.lost_share) {
        return Some(format!("loses {} of what comes to a full queue", percent(lost)));
    }
    let stands = share(figures.blocked_share)?;
    Some(format!("lets the producer stand before a full queue {} of the time", percent(stands)))
}

/// Gears that a full queue keeps from being reached, or that nothing ever called for.
fn unreached(model: &Model, figures: &Figures, outcome: Outcome) -> Option<String> {
    let within = model.gears_within_capacity();
    if let (Control::Gears(gears), Some(capacity)) = (&model.control, model.capacity)
        && let Some(step) = gears.steps().get(within - 1)
    {
        return Some(format!(
            "gear {within} is never reached: it engages above {}, and no more than {capacity} can \
             wait",
            step.engage_above
        ));
    }
    let was = |share: &Option<crate::Estimate>| share.is_some_and(|share| share.mean > 0.0);
    let top = figures.gear_share.iter().rposition(was)?;
    let is_short = outcome != Outcome::Drains && top + 1 < model.gears.len();
    is_short.then(|| format!("it never came above gear {top}"))
}

/// What befell the sink; the load is that of a sink that does well, or is up now and then.
fn trouble(trouble: &Trouble) -> Option<String> {
    Some(match *trouble {
        Trouble::Dead { from, to } => {
            format!("the sink is dead from {from:?} to {to:?}, which no load shows")
        }
        Trouble::Flaps { up, down } => format!(
            "the sink is down {} of the time ({up:?} up, {down:?} down), and who failed pauses \
             before the next attempt, which no load shows",
            percent(share(down, up + down))
        ),
        Trouble::Slow { from, to, times } => {
            format!("the sink takes {times} times as long from {from:?} to {to:?}")
        }
        Trouble::Contention { .. } => return None,
    })
}

fn share(part: Duration, all: Duration) -> f64 {
    ns_of(part) as f64 / ns_of(all) as f64
}

fn told(loads: &[f64]) -> String {
    let each: Vec<String> = loads.iter().map(|load| percent(*load)).collect();
    match loads {
        [_] => format!("what comes is {} of what can be taken", each[0]),
        _ if loads.len() > LOADS_MAX => format!(
            "what comes is {} of what can be taken in gear 0, and {} in gear {}",
            each[0],
            each[each.len() - 1],
            each.len() - 1
        ),
        _ => format!(
            "what comes is {} of what can be taken in gear {}",
            each.join(", "),
            (0..loads.len()).map(|gear| gear.to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        small if small > 0.0 && small < 0.05 => "less than 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}
