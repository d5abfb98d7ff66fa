//! One worker with two speeds and a memory, against a Markov chain that is solved exactly.

use forebay::Gears;
use forebay_sim::{Arrivals, Control, Model, Speed};

use crate::held::{agrees, plan, simulated};

const ENGAGE_ABOVE: usize = 5;
const RELEASE_AT: usize = 1;
/// Items per second: what comes, and what is served in each gear.
const COME: f64 = 1.0;
const SERVED: [f64; 2] = [0.8, 2.0];
/// Longer queues are not looked at: in the fast gear their chance halves with each item.
const LONGEST: usize = 120;

/// State 0 has nobody there; the others have one at the worker in a gear, and so many that wait.
fn state(waiting: usize, gear: usize) -> usize {
    1 + waiting * 2 + gear
}

const STATES: usize = 1 + (LONGEST + 1) * 2;

/// The gear after a look.
fn shifted(waiting: usize, gear: usize) -> usize {
    match waiting {
        many if many > ENGAGE_ABOVE => 1,
        few if few <= RELEASE_AT => 0,
        _ => gear,
    }
}

/// From where to where, and how often per second.
fn transitions() -> Vec<(usize, usize, f64)> {
    let mut all = vec![(0, state(0, 0), COME)];
    for waiting in 0..=LONGEST {
        for (gear, served) in SERVED.into_iter().enumerate() {
            if waiting < LONGEST {
                all.push((state(waiting, gear), state(waiting + 1, gear), COME));
            }
            let next = match waiting {
                0 => 0,
                _ => state(waiting - 1, shifted(waiting, gear)),
            };
            all.push((state(waiting, gear), next, served));
        }
    }
    all
}

/// The share of time in each state: what flows in flows out, and together they are 1.
fn shares() -> Vec<f64> {
    let mut rows = vec![vec![0.0; STATES + 1]; STATES];
    for (from, to, rate) in transitions() {
        rows[to][from] += rate;
        rows[from][from] -= rate;
    }
    rows[0] = vec![1.0; STATES + 1];
    solve(rows)
}

/// Gauss, with the largest pivot; the last column is the right side.
fn solve(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let count = rows.len();
    for column in 0..count {
        let largest = (column..count)
            .max_by(|one, other| rows[*one][column].abs().total_cmp(&rows[*other][column].abs()))
            .expect("there are rows");
        rows.swap(column, largest);
        let pivot = rows[column].clone();
        for (at, row) in rows.iter_mut().enumerate() {
            if at != column && row[column] != 0.0 {
                let times = row[column] / pivot[column];
                for (value, above) in row.iter_mut().zip(&pivot).skip(column) {
                    *value -= times * above;
                }
            }
        }
    }
    rows.iter().enumerate().map(|(at, row)| row[count] / row[at]).collect()
}

#[test]
fn two_gears_behave_as_the_markov_chain_says() {
    let serving = |per_s: f64| {
        Speed::serving(format!("exp:{}ms", 1000.0 / per_s).parse().expect("a service"))
    };
    let model = Model {
        arrivals: Arrivals::Gaps("exp:1s".parse().expect("a gap")),
        style: forebay_sim::Style::GetThenServe,
        gears: SERVED.map(serving).to_vec(),
        control: Control::Gears(Gears::two(ENGAGE_ABOVE, RELEASE_AT).expect("a band")),
        ..Model::two_loops()
    };
    let report = simulated(&model, &plan(200_000));
    let shares = shares();
    let sum = |of: &dyn Fn(usize, usize) -> f64| -> f64 {
        let each = (0..=LONGEST).flat_map(|waiting| [(waiting, 0), (waiting, 1)]);
        each.map(|(waiting, gear)| shares[state(waiting, gear)] * of(waiting, gear)).sum()
    };
    let length = sum(&|waiting, _| waiting as f64);
    agrees("length", report.figures.mean_length, length);
    agrees("wait", report.figures.mean_wait_s, length / COME);
    agrees("fast", report.figures.fast_share, sum(&|_, gear| gear as f64));
    agrees("busy", report.figures.mean_busy, 1.0 - shares[0]);
    let up_per_s = sum(&|waiting, gear| {
        if gear == 0 && shifted(waiting, 0) == 1 { SERVED[0] } else { 0.0 }
    });
    agrees("shifts up", report.figures.shifts_up_per_hour, up_per_s * 3600.0);
}
