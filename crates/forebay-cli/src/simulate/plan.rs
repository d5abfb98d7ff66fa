//! `forebay simulate plan`: the cheapest setting that keeps a promise.

use forebay_sim::SimError;

use super::setup::controller::Kind;
use super::sweep::all::Outcome;
use super::{Options, Said, open, print, refused, work};
use crate::outcome::Failure;

mod candidate;
pub(super) mod promise;
mod score;
mod search;
mod told;

use promise::Promise;
use search::Search;
use told::Extent;

/// What it looks for whatever was said; the pause and the workers of the fast gear are where it
/// starts.
const SEARCHED: [&str; 2] = ["engage", "release"];

/// Searches and tells what was found.
pub(super) fn run(
    mut options: Options,
    promises: &[Promise],
    said: Said,
    workers_max: Option<usize>,
) -> Result<(), Failure> {
    let setup = open(&mut options, &said)?;
    if promises.is_empty() {
        let what = "give at least one promise, such as --p99-wait 4s".to_owned();
        return Err(Failure::Usage(what));
    }
    if setup.controller.kind != Kind::Gears || setup.count() != 2 {
        let what = "plan searches thresholds of two gears: leave out --controller and --gears";
        return Err(Failure::Usage(what.to_owned()));
    }
    if options.plan.runs < 2 {
        return Err(Failure::Usage(
            "--runs is 1, it must be 2 or more, to know how sure".to_owned(),
        ));
    }
    if let Some((name, _)) = said.iter().find(|(name, _)| SEARCHED.contains(name)) {
        let what =
            format!("plan looks for --{name} itself: leave it out, or simulate without plan");
        return Err(Failure::Usage(what));
    }
    let model = setup.model().map_err(Failure::Usage)?;
    match options.plan.check(&model) {
        // What accumulates now may drain with another setting.
        Ok(()) | Err(SimError::TooMuch { .. }) => {}
        Err(error) => return Err(refused(error)),
    }
    let least = setup.workers.map_or(1, |span| span.fast);
    let workers_max = workers_max.unwrap_or(least).max(least);
    let (found, extent) = work::watched(None, |watch| {
        let search = Search { setup: &setup, promises, plan: &options.plan, workers_max, watch };
        let found = search.run();
        (found, if watch.is_canceled() { Extent::Partial } else { Extent::Whole })
    })?;
    let found = found.map_err(refused)?;
    if options.json {
        print(&told::json(&found, promises, &options, &said, extent))?;
    }
    match &found.setting {
        Some(_) if options.json => Ok(()),
        Some(setting) => print(&told::text(setting, promises, &options, &said)),
        None if extent == Extent::Partial => Err(Failure::Failed(told::interrupted(&found))),
        None => Err(Failure::Failed(told::none(&found, promises))),
    }
}
