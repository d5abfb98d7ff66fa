//! A program of the field: what it is asked on its command line, and what it answers on standard output.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cell::Cell;
use crate::contender::Contender;
use crate::floor;
use crate::measure::Figures;

const USAGE: &str = "one of:
  list                          who is here, and in which cells, a line of JSON each
  measure <cell> <contender>    the figures of one cell
  repeat <cell> <contender> <n> what the cell does, n times
  floor                         the figures of the machine";

/// Does what the command line says.
pub fn run(contenders: &[Contender]) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments[..] {
        ["list"] => Ok(list(contenders)),
        ["floor"] => floor::measure().map(said),
        ["measure", cell, contender] => {
            asked(contenders, cell, contender).and_then(|(who, cell)| who.measure(&cell)).map(said)
        }
        ["repeat", cell, contender, count] => asked(contenders, cell, contender)
            .and_then(|(who, cell)| who.repeat(&cell, count.parse().map_err(|_| USAGE)?))
            .map(|()| said(Vec::new())),
        _ => Err(USAGE.to_owned()),
    };
    let (line, code) = match answer {
        Ok(answer) => (answer, ExitCode::SUCCESS),
        Err(why) => (json!({ "error": why }).to_string(), ExitCode::FAILURE),
    };
    match writeln!(std::io::stdout(), "{line}") {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

fn asked<'a>(
    contenders: &'a [Contender],
    cell: &str,
    name: &str,
) -> Result<(&'a Contender, Cell), String> {
    let cell = Cell::named(cell).ok_or_else(|| format!("there is no cell {cell}"))?;
    let contender = contenders.iter().find(|contender| contender.name == name);
    Ok((contender.ok_or_else(|| format!("there is no contender {name}"))?, cell))
}

fn list(contenders: &[Contender]) -> String {
    let line = |contender: &Contender| {
        json!({
            "name": contender.name,
            "package": contender.package,
            "role": contender.role.name(),
            "cells": contender.cells().collect::<Vec<_>>(),
        })
    };
    contenders.iter().map(|contender| line(contender).to_string()).collect::<Vec<_>>().join("\n")
}

fn said(figures: Figures) -> String {
    let figures = figures.into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
    Value::Object(figures.collect()).to_string()
}
