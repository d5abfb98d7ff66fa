//! The figures for people, as markdown, and for machines, as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::goals::{Bound, Goal};
use crate::provenance::Provenance;
use crate::rounds::Spread;

/// What a bench found.
#[derive(Debug)]
pub(crate) struct Report {
    bench: &'static str,
    provenance: Provenance,
    pub(crate) ratios: Vec<Ratio>,
    pub(crate) sections: Vec<Section>,
    /// Every single measurement.
    pub(crate) figures: Value,
}

/// One figure that is comparable from machine to machine.
#[derive(Debug, Serialize)]
pub(crate) struct Ratio {
    pub(crate) name: Cow<'static, str>,
    pub(crate) what: Cow<'static, str>,
    pub(crate) goal: Option<Goal>,
    #[serde(flatten)]
    pub(crate) spread: Spread,
}

/// A table with its title and what its figures mean.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) head: &'static [&'static str],
    pub(crate) rows: Vec<Vec<String>>,
}

impl Ratio {
    /// One of which there is one figure a round.
    pub(crate) fn of(
        name: impl Into<Cow<'static, str>>,
        what: impl Into<Cow<'static, str>>,
        goal: Option<Goal>,
        values: impl IntoIterator<Item = f64>,
    ) -> Result<Self, Failure> {
        let (name, what) = (name.into(), what.into());
        let spread = Spread::of(values);
        let spread = spread.ok_or_else(|| Failure::new(format!("{name} was not measured")))?;
        Ok(Ratio { name, what, goal, spread })
    }

    fn is_missed(&self) -> bool {
        self.goal.is_some_and(|goal| !goal.is_met(self.spread.median))
    }

    fn row(&self) -> Vec<String> {
        let Spread { median, min, max, lower_quartile, upper_quartile, rounds } = self.spread;
        let (goal, met) = match self.goal {
            None => ("–".to_owned(), "–"),
            Some(goal) => (goal_text(goal), if self.is_missed() { "**no**" } else { "yes" }),
        };
        let quartiles = format!("{lower_quartile:.2}–{upper_quartile:.2}");
        vec![
            format!("`{}`", self.name),
            format!("{median:.2}"),
            quartiles,
            format!("{min:.2}–{max:.2}"),
            rounds.to_string(),
            goal,
            met.to_owned(),
            self.what.clone().into_owned(),
        ]
    }
}

fn goal_text(goal: Goal) -> String {
    match goal.bound {
        Bound::AtLeast => format!("≥ {}", goal.limit),
        Bound::AtMost => format!("≤ {}", goal.limit),
    }
}

impl Report {
    /// An empty report.
    pub(crate) fn new(bench: &'static str, provenance: Provenance) -> Self {
        Self { bench, provenance, ratios: Vec::new(), sections: Vec::new(), figures: Value::Null }
    }

    /// Adds to where the figures come from what is known only afterwards.
    pub(crate) fn note(&mut self, name: &'static str, value: String) {
        self.provenance.add(name, value);
    }

    /// What is noted under that name of where the figures come from.
    pub(crate) fn noted(&self, name: &str) -> Option<&str> {
        let (_, value) = self.provenance.lines().iter().find(|(other, _)| *other == name)?;
        Some(value)
    }

    /// Says how long measuring took, setting up not counted.
    pub(crate) fn took(&mut self, duration: Duration) {
        self.provenance.add("took", format!("{:.0} s", duration.as_secs_f64()));
    }

    /// The whole as a markdown page.
    pub(crate) fn markdown(&self) -> String {
        let mut page = format!("# {}\n\n", self.bench);
        for (name, value) in self.provenance.lines() {
            let _ = writeln!(page, "- {name}: {value}");
        }
        let ratios = Section {
            title: "Ratios and goals",
            text: "The median over the rounds of the ratio within a round.",
            head: &["name", "median", "quartiles", "range", "rounds", "goal", "met", "what"],
            rows: self.ratios.iter().map(Ratio::row).collect(),
        };
        for section in std::iter::once(&ratios).chain(&self.sections) {
            section.write(&mut page);
        }
        page
    }

    /// Writes `results/<bench>.md` and `.json` and returns where.
    pub(crate) fn keep(&self) -> Result<PathBuf, Failure> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
        let page = folder.join(self.bench).with_extension("md");
        let json = serde_json::to_string_pretty(&self.json())
            .map_err(|error| Failure::because("writing JSON", error))?;
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&page, self.markdown()))
            .and_then(|()| std::fs::write(page.with_extension("json"), json + "\n"))
            .map_err(|error| Failure::because(folder.display(), error))?;
        Ok(page)
    }

    fn json(&self) -> Value {
        json!({
            "bench": self.bench,
            "provenance": self.provenance.lines().iter().cloned().collect::<BTreeMap<_, _>>(),
            "ratios": self.ratios,
            "figures": self.figures,
        })
    }

    /// The last line on standard output.
    pub(crate) fn verdict(&self) -> Value {
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let ratios: BTreeMap<_, _> =
            self.ratios.iter().map(|ratio| (&ratio.name, rounded(ratio.spread.median))).collect();
        let goals: BTreeMap<_, _> =
            self.ratios.iter().filter_map(|ratio| Some((&ratio.name, ratio.goal?.limit))).collect();
        let missed: Vec<_> =
            self.ratios.iter().filter(|ratio| ratio.is_missed()).map(|ratio| &ratio.name).collect();
        json!({ "bench": self.bench, "ratios": ratios, "goals": goals, "missed": missed })
    }
}

impl Section {
    fn write(&self, page: &mut String) {
        let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
        let _ = write!(page, "\n## {}\n\n{}\n\n", self.title, self.text);
        page.push_str(&line(self.head));
        page.push_str(&line(&vec!["---"; self.head.len()]));
        for row in &self.rows {
            page.push_str(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(value: f64, goal: Goal) -> Report {
        let mut report = Report::new("test", Provenance::of_this_run());
        let spread = Spread::of([value]).expect("one value");
        report.ratios.push(Ratio {
            name: "figure".into(),
            what: "a figure".into(),
            goal: Some(goal),
            spread,
        });
        report
    }

    #[test]
    fn a_missed_goal_is_named() {
        let verdict = report(0.8, Goal::at_least(0.85)).verdict();
        assert_eq!(verdict["missed"], json!(["figure"]));
        assert_eq!(verdict["goals"]["figure"], 0.85);
    }

    #[test]
    fn a_met_goal_is_not() {
        assert_eq!(report(0.9, Goal::at_least(0.85)).verdict()["missed"], json!([]));
    }

    #[test]
    fn the_page_says_on_what_it_was_measured() {
        let page = report(1.0, Goal::at_most(1.5)).markdown();
        assert!(page.contains("- cpu: ") && page.contains("| `figure` | 1.00 |"), "{page}");
    }
}
