//! Options that would do nothing, beside others.

use super::Setup;
use super::controller::Kind;

/// Says which option does nothing, and why.
pub(in crate::simulate) fn refused(
    setup: &Setup,
    said: &[(&'static str, String)],
) -> Result<(), String> {
    let is_said = |name: &str| said.iter().any(|(known, _)| *known == name);
    match said.iter().find_map(|(name, _)| Some((name, why(setup, name, &is_said)?))) {
        Some((name, why)) => Err(format!("--{name} does nothing {why}")),
        None => Ok(()),
    }
}

/// Why an option does nothing; `None` for one that does something.
fn why(setup: &Setup, name: &str, is_said: &dyn Fn(&str) -> bool) -> Option<String> {
    let kind = setup.controller.kind;
    let beside = match name {
        "arrivals" if is_said("replay") => "beside --replay, which says when items come",
        "format" if !is_said("replay") => return Some("without --replay FILE".to_owned()),
        "when-full" if !is_said("capacity") => {
            return Some("without --capacity: the queue is never full".to_owned());
        }
        "fast" | "tick" if kind == Kind::Fixed => "beside --controller fixed, which has one gear",
        "gears" if kind == Kind::Fixed && setup.gears != Some(1) => {
            "beside --controller fixed, which has one gear"
        }
        "engage" | "release" if kind != Kind::Gears => {
            let name = kind.name();
            return Some(format!(
                "beside --controller {name}, which has no thresholds; leave one of them out"
            ));
        }
        _ => return None,
    };
    Some(format!("{beside}; leave one of them out"))
}

#[cfg(test)]
mod tests {
    use crate::simulate::arguments::setup;

    #[test]
    fn an_option_that_would_do_nothing_is_named_with_the_one_that_makes_it_so() {
        for (said, other) in [
            (&[("replay", "a.csv"), ("arrivals", "exp:1s")][..], "--replay"),
            (&[("format", "csv:t")], "--replay"),
            (&[("when-full", "reject")], "--capacity"),
            (&[("controller", "fixed"), ("fast", "10ms")], "--controller fixed"),
            (&[("controller", "fixed"), ("gears", "3")], "--controller fixed"),
            (&[("controller", "proportional"), ("engage", "50")], "--controller proportional"),
        ] {
            let all: Vec<_> = said.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
            let error = setup(&all).expect_err("it does nothing");
            let (idle, _) = all.last().expect("there are some");
            assert!(error.starts_with(&format!("--{idle} does nothing")), "{error}");
            assert!(error.contains(other), "{error}");
        }
        let fine = [("capacity", "9"), ("when-full", "reject")];
        assert!(setup(&fine.map(|(name, text)| (name, text.to_owned()))).is_ok());
    }
}
