//! The system of two loops: its figures, with how sure they are.

#![expect(clippy::print_stdout, reason = "an example shows")]

use forebay_sim::{Model, Plan, SimError, Watch, simulate};

fn main() -> Result<(), SimError> {
    let report = simulate(&Model::two_loops(), &Plan::default(), &Watch::default())?;
    println!("{}: {}", report.verdict.outcome, report.verdict.reason);
    let figures = &report.figures;
    for (name, estimate) in [
        ("first shift up, s", figures.first_shift_up_s),
        ("up to down, s", figures.up_to_down_s),
        ("mean length", figures.mean_length),
        ("longest", figures.max_length),
        ("share of fast", figures.fast_share),
        ("shifts up per hour", figures.shifts_up_per_hour),
        ("mean wait, s", figures.mean_wait_s),
        ("95 % wait at most, s", figures.p95_wait_s),
    ] {
        if let Some(found) = estimate {
            let [from, to] = found.ci95;
            println!("{name:22}{:10.4}  {from:.4} to {to:.4}", found.mean);
        }
    }
    println!("{} events", report.events);
    Ok(())
}
