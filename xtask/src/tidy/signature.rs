//! What a function may ask of its callers.

use super::finding::{Finding, Reason};
use super::function::{Reach, functions_in};
use super::token::Token;
use super::tree::Tree;

const FLAG: Reason = Reason {
    why: "`true` at the place of the call says nothing",
    fix: "take an enum with two names, or make it two functions",
};

pub(super) fn no_flags_in_what_others_call(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        let functions = functions_in(&file.tokens);
        for function in functions.iter().filter(|function| function.reach == Reach::Public) {
            for flag in flags_in(function.parameters) {
                let what = format!("`{}` takes the flag `{flag}`", function.name);
                findings.push(FLAG.broken(&file.path, function.line, what));
            }
        }
    }
    findings
}

/// The names of the parameters whose type is `bool`, and nothing more than `bool`.
fn flags_in(parameters: &[Token]) -> Vec<&str> {
    let is_end = |at: usize| parameters.get(at).is_none_or(|token| token.text == ",");
    let named = parameters.windows(3).enumerate();
    named
        .filter(|(at, window)| window[1].text == ":" && window[2].text == "bool" && is_end(at + 3))
        .map(|(_, window)| window[0].text.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::no_flags_in_what_others_call;

    fn findings(code: &str) -> usize {
        no_flags_in_what_others_call(&Tree::of(&[("src/a.rs", code)])).len()
    }

    #[test]
    fn a_flag_in_a_public_function_is_found() {
        assert_eq!(findings("pub fn close(now: bool) {}"), 1);
        assert_eq!(findings("pub(crate) fn close(&self, now: bool, quiet: bool,) {}"), 2);
        assert_eq!(findings("pub trait Gate { fn close(&self, now: bool); }"), 1);
    }

    #[test]
    fn answers_callbacks_and_private_functions_may_be_flags() {
        assert_eq!(findings("pub fn is_closed(&self) -> bool { true }"), 0);
        assert_eq!(findings("pub fn on_close(f: impl Fn(u8) -> bool) {}"), 0);
        assert_eq!(findings("pub fn told(seen: &AtomicBool, all: Option<bool>) {}"), 0);
        assert_eq!(findings("fn close(now: bool) {}"), 0);
    }
}
