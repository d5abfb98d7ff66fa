//! The rounds: every contender of a cell once, in an order that moves on, then the next cell.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::field::{Contender, Field, Figures, Role};
use super::plan::Plan;
use crate::failure::Failure;
use crate::rounds::{Spread, order};

/// Everything that was measured.
#[derive(Debug)]
pub(super) struct Samples {
    pub(super) roster: Vec<Contender>,
    /// In the order of the table.
    pub(super) cells: Vec<String>,
    /// One a round, by the place of the cell and of the contender.
    taken: BTreeMap<(usize, usize), Vec<Figures>>,
    /// Who was taken out of which cell, and why.
    struck: BTreeMap<(usize, usize), String>,
    floors: Vec<Figures>,
}

/// Measures all cells in all rounds.
pub(super) async fn take(
    field: &Field,
    roster: Vec<Contender>,
    plan: &Plan,
) -> Result<Samples, Failure> {
    let mut samples = Samples::of(roster, plan)?;
    for round in 0..plan.rounds {
        samples.floors.push(field.floor().await?);
        for cell in 0..samples.cells.len() {
            samples.take_cell(cell, round, plan).await?;
        }
    }
    Ok(samples)
}

impl Samples {
    fn of(roster: Vec<Contender>, plan: &Plan) -> Result<Self, Failure> {
        let ours = roster.iter().find(|contender| contender.role == Role::Ours);
        let ours = ours.ok_or_else(|| Failure::new("forebay is not in the field"))?;
        let wanted = ours.cells.iter().filter(|cell| plan.rounds_of(cell, ours) > 0);
        let cells: Vec<String> = wanted.cloned().collect();
        if cells.is_empty() {
            return Err(Failure::new("no cell has such a name; see bench/field/cells/src/cell.rs"));
        }
        let (taken, struck) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { roster, cells, taken, struck, floors: Vec::new() })
    }

    async fn take_cell(&mut self, cell: usize, round: usize, plan: &Plan) -> Result<(), Failure> {
        let name = self.cells[cell].clone();
        if round == 0 || cell == 0 {
            eprintln!("round {} of {}: {name}", round + 1, plan.rounds);
        }
        let is_in = |place: &usize| {
            let contender = &self.roster[*place];
            contender.cells.contains(&name)
                && round < plan.rounds_of(&name, contender)
                && !self.struck.contains_key(&(cell, *place))
        };
        let entrants: Vec<usize> = (0..self.roster.len()).filter(is_in).collect();
        for place in order(round + cell, entrants.len()) {
            let entrant = entrants[place];
            match self.roster[entrant].measure(&name).await {
                Ok(figures) => self.taken.entry((cell, entrant)).or_default().push(figures),
                Err(why) => self.strike(cell, entrant, why)?,
            }
        }
        Ok(())
    }

    /// A peer that does not come to an end is out of that cell. Ours has to.
    fn strike(&mut self, cell: usize, entrant: usize, why: String) -> Result<(), Failure> {
        let what = format!("{} in {}", self.roster[entrant].name, self.cells[cell]);
        if self.roster[entrant].role == Role::Ours {
            return Err(Failure::because(what, why));
        }
        eprintln!("{what}: {why}");
        self.struck.insert((cell, entrant), why);
        Ok(())
    }

    /// One figure of one contender in one cell, a value a round. Nothing when it was taken out.
    pub(super) fn values(&self, cell: &str, contender: &str, figure: &str) -> Option<Vec<f64>> {
        let cell = self.cells.iter().position(|name| name == cell)?;
        let contender = self.roster.iter().position(|other| other.name == contender)?;
        if self.struck.contains_key(&(cell, contender)) {
            return None;
        }
        let rounds = self.taken.get(&(cell, contender))?;
        rounds.iter().map(|figures| figures.get(figure).copied()).collect()
    }

    /// The nanoseconds of a contender in a cell.
    pub(super) fn ns(&self, cell: &str, contender: &str) -> Option<Spread> {
        Spread::of(self.values(cell, contender, "ns")?)
    }

    /// A figure of the machine over the rounds.
    pub(super) fn floor(&self, name: &str) -> Option<Spread> {
        Spread::of(self.floors.iter().filter_map(|floor| floor.get(name).copied()))
    }

    /// A figure of the machine, a value a round.
    pub(super) fn floor_values(&self, name: &str) -> Vec<f64> {
        self.floors.iter().filter_map(|floor| floor.get(name).copied()).collect()
    }

    /// The names of the figures of the machine.
    pub(super) fn floors(&self) -> Vec<&str> {
        self.floors
            .first()
            .map(|floor| floor.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }

    /// Cell, contender and reason of those that did not come to an end.
    pub(super) fn struck(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.struck.iter().map(|((cell, contender), why)| {
            (self.cells[*cell].as_str(), self.roster[*contender].name.as_str(), why.as_str())
        })
    }

    /// Every single measurement.
    pub(super) fn figures(&self) -> Value {
        let mut cells: BTreeMap<&str, BTreeMap<&str, &Vec<Figures>>> = BTreeMap::new();
        for ((cell, contender), figures) in &self.taken {
            let row = cells.entry(&self.cells[*cell]).or_default();
            row.insert(&self.roster[*contender].name, figures);
        }
        let struck: Vec<Value> = self
            .struck()
            .map(|(cell, contender, why)| json!({"cell": cell, "contender": contender, "why": why}))
            .collect();
        json!({ "cells": cells, "struck": struck, "machine": self.floors })
    }
}
