//! Lesson 8: when the length of the queue is not the right question.

#![expect(clippy::print_stdout, reason = "an example shows")]

use std::time::Duration;

use forebay::{
    Combined, CombinedConfig, Controller, Gears, Gradient, GradientConfig, Proportional,
    ProportionalConfig, QueueDelay, QueueDelayConfig, Snapshot, Step,
};

/// The same 18 seconds, looked at twice a second: a spike that is worked off, and a sink that
/// takes its usual 10 ms for each item.
fn spike() -> impl Iterator<Item = (Duration, Snapshot)> {
    (0..36_u32).map(|look| {
        let waiting = if look < 4 { 0 } else { 1600_u32.saturating_sub((look - 4) * 200) };
        let snapshot = Snapshot {
            len: waiting as usize,
            arrivals_per_s: if look == 4 { 3200.0 } else { 10.0 },
            completions_per_s: 400.0,
            oldest_age: Duration::from_millis(u64::from(waiting) * 3 / 2),
            in_flight: 4,
            service_time: Duration::from_millis(10),
            ..Snapshot::default()
        };
        (Duration::from_millis(500) * look, snapshot)
    })
}

fn show(name: &str, mut controller: impl Controller) {
    let gears = spike().map(|(now, snapshot)| {
        controller.shift(&snapshot, now);
        controller.gear().to_string()
    });
    println!("{name:13}{}", gears.collect::<Vec<_>>().join(" "));
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let waiting = spike().map(|(_, snapshot)| (snapshot.len / 100).to_string());
    println!("{:13}{}", "hundreds", waiting.collect::<Vec<_>>().join(" "));

    // How many wait: a staircase of thresholds.
    let steps = [1, 2, 3].map(|n| Step { engage_above: 300 * n, release_at: 100 * n });
    show("Gears", Gears::staircase(steps)?);

    // How long they wait, whatever their number.
    let target = Duration::from_millis(100);
    show("QueueDelay", QueueDelay::new(QueueDelayConfig { target, ..Default::default() })?);

    // How fast they must go to be done in two seconds.
    let demand = || Proportional::new(ProportionalConfig::default());
    show("Proportional", demand()?);

    // The same, as far as the sink is seen to take it.
    let ceiling = Gradient::new(GradientConfig::default())?;
    show("Combined", Combined::new(demand()?, ceiling, CombinedConfig::default())?);
    Ok(())
}
