//! The grid of a sweep: ranges of options, and all points that they make together.

use std::time::Duration;

use forebay_sim::{Distribution, time};

use crate::simulate::Said;
use crate::simulate::setup::Setup;
use crate::simulate::setup::knob::{self, Knob, Range};

/// An option and the values it takes.
#[derive(Clone, Debug)]
pub(in crate::simulate) struct Axis {
    pub(in crate::simulate) knob: &'static Knob,
    pub(in crate::simulate) values: Vec<Value>,
}

/// One value of an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) struct Value {
    /// For people: a mean, where the whole would be long.
    pub(in crate::simulate) label: String,
    /// As the option takes it.
    pub(in crate::simulate) text: String,
}

impl Axis {
    /// Whether it goes anywhere.
    pub(in crate::simulate) fn is_range(&self) -> bool {
        self.values.len() > 1
    }
}

/// Every whole number of a range up to this length is a value.
const EACH_MAX: usize = 50;
/// So many values of a longer one.
const WHOLE_COUNT: usize = 20;
/// So many means of a range.
const MEANS_COUNT: usize = 9;
/// So many values of an axis, at most.
const VALUES_MAX: usize = 1000;

/// Reads one value, a list, or a range.
pub(in crate::simulate) fn read(knob: &'static Knob, text: &str) -> Result<Axis, String> {
    let texts = match knob.range {
        Range::Whole if is_many(text) => {
            many(text, knob.range)?.iter().map(|n| n.round().to_string()).map(same).collect()
        }
        Range::Number if is_many(text) => {
            many(text, knob.range)?.iter().map(f64::to_string).map(same).collect()
        }
        Range::Mean(of) if is_many(text) && !is_range_of_times(text) => means(text, of)?,
        _ => vec![same(text.to_owned())],
    };
    let mut values: Vec<Value> = texts;
    values.dedup();
    for value in &values {
        knob::check(knob, &value.text)?;
    }
    Ok(Axis { knob, values })
}

fn same(text: String) -> Value {
    Value { label: text.clone(), text }
}

fn is_many(text: &str) -> bool {
    text.contains("..") || text.contains(',')
}

/// Distributions that are ranges by nature, written with their name.
fn is_range_of_times(text: &str) -> bool {
    text.starts_with("uniform:") || text.starts_with("continuous:")
}

/// Means of the family that is named, or of the one in force.
fn means(text: &str, of: fn(&Setup) -> Distribution) -> Result<Vec<Value>, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (range, family) = match parts[..] {
        [range] => (range, None),
        [family, range] => (range, Some((family, String::new()))),
        [family, range, cv] => (range, Some((family, format!(":{cv}")))),
        _ => return Err("write a range of means, such as 200ms..600ms or exp:200ms..600ms".into()),
    };
    let default = of(&Setup::default());
    let mut values = Vec::new();
    for mean_s in many(range, Range::Mean(of))? {
        let mean = Duration::from_secs_f64(mean_s);
        let text = match &family {
            Some((family, rest)) => format!("{family}:{mean:?}{rest}"),
            None if default.mean_s() == 0.0 => {
                return Err("it has no shape yet: name one, as in exp:200ms..600ms".to_owned());
            }
            None => default.scaled_to_mean(mean).map_err(|error| error.to_string())?.to_string(),
        };
        values.push(Value { label: format!("{mean:?}"), text });
    }
    Ok(values)
}

/// `a,b,c`, `a..b` or `a..b/n`, as numbers: of a time, its seconds.
fn many(text: &str, range: Range) -> Result<Vec<f64>, String> {
    let number = |text: &str| match range {
        Range::Mean(_) => {
            time("mean", text).map(|mean| mean.as_secs_f64()).map_err(|error| error.to_string())
        }
        Range::Whole => whole(text),
        _ => text.trim().parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(wrong),
    };
    let Some((from, rest)) = text.split_once("..") else {
        return text.split(',').map(number).collect();
    };
    let (to, count) = rest.split_once('/').map_or((rest, None), |(to, n)| (to, Some(n)));
    let (from, to) = (number(from)?, number(to.trim_start_matches('='))?);
    if from >= to {
        return Err(format!("the range is empty: {text}; write the smaller end first"));
    }
    let count = match count {
        Some(count) => count
            .parse()
            .ok()
            .filter(|count| (2..=VALUES_MAX).contains(count))
            .ok_or_else(|| format!("after / write how many values: 2 to {VALUES_MAX}"))?,
        None => match range {
            Range::Whole if to - from < EACH_MAX as f64 => (to - from) as usize + 1,
            Range::Whole => WHOLE_COUNT,
            _ => MEANS_COUNT,
        },
    };
    let step = (to - from) / (count - 1) as f64;
    // Nothing but what a person would write: no 0.30000000000000004.
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    Ok((0..count).map(|at| rounded(from + step * at as f64)).collect())
}

fn whole(text: &str) -> Result<f64, String> {
    let number: Result<u32, _> = text.trim().parse();
    number.map(f64::from).map_err(|_| wrong())
}

fn wrong() -> String {
    "write a value, a list such as 1,2,5, or a range such as 1..20 or 1..20/5".to_owned()
}

/// So many points, at most.
const POINTS_MAX: usize = 10_000;

/// For each point of the grid, which value of each axis: the last axis goes first.
pub(super) fn points(axes: &[Axis]) -> Result<Vec<Vec<usize>>, String> {
    let count = axes.iter().fold(1_usize, |count, axis| count.saturating_mul(axis.values.len()));
    if count > POINTS_MAX {
        return Err(format!(
            "the grid has {count} points, at most {POINTS_MAX}; write fewer values, as in 1..20/5"
        ));
    }
    let mut points = vec![Vec::new()];
    for axis in axes {
        let longer = points.iter().flat_map(|point| {
            (0..axis.values.len()).map(|at| point.iter().copied().chain([at]).collect())
        });
        points = longer.collect();
    }
    Ok(points)
}

/// What a point says.
pub(super) fn said(axes: &[Axis], point: &[usize]) -> Said {
    let each = axes.iter().zip(point);
    each.map(|(axis, at)| (axis.knob.name, axis.values[*at].text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(name: &str, text: &str) -> Vec<String> {
        let axis = read(knob::find(name), text).expect("it can be read");
        axis.values.into_iter().map(|value| value.label).collect()
    }

    #[test]
    fn ranges_lists_and_values_are_read() {
        assert_eq!(labels("engage", "1..4"), ["1", "2", "3", "4"]);
        assert_eq!(labels("engage", "10..1000/3"), ["10", "505", "1000"]);
        assert_eq!(labels("capacity", "5,50"), ["5", "50"]);
        assert_eq!(labels("times", "0.5..1.5/3"), ["0.5", "1", "1.5"]);
        assert_eq!(labels("fast", "200ms..600ms/3"), ["200ms", "400ms", "600ms"]);
        assert_eq!(labels("fast", "uniform:200ms..600ms"), ["uniform:200ms..600ms"]);
        assert_eq!(labels("sink", "slow:5min..10min:10"), ["slow:5min..10min:10"]);
    }

    #[test]
    fn a_range_of_means_keeps_the_shape() {
        let fast = read(knob::find("fast"), "200ms..600ms/3").expect("it can be read");
        let texts: Vec<&str> = fast.values.iter().map(|value| value.text.as_str()).collect();
        assert_eq!(texts, ["100ms..300ms", "200ms..600ms", "300ms..900ms"]);
        let service = read(knob::find("service"), "gamma:1s,2s:0.5").expect("it can be read");
        assert_eq!(service.values[1].text, "gamma:2s:0.5");
        assert!(read(knob::find("service"), "1s..2s").is_err());
    }

    #[test]
    fn a_range_that_is_empty_or_no_range_is_refused() {
        for wrong in ["5..5", "7..2", "1..", "..3", "1..2/1", "a..b", "-1..3", "1..5/0"] {
            assert!(read(knob::find("engage"), wrong).is_err(), "{wrong}");
        }
    }
}
