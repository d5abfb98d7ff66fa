//! How often a test repeats what chance or timing decides: usually so often that nobody has to
//! wait for it, and as many times more often as somebody with time to spare asks for.

/// The environment variable that says how many times more often.
const VARIABLE: &str = "FOREBAY_TEST_ROUNDS";

/// How many rounds of `what` a test makes: so many as `usually`, times `FOREBAY_TEST_ROUNDS`.
/// Printed, in the form that `cargo xtask soak` adds up.
///
/// # Panics
/// When `FOREBAY_TEST_ROUNDS` is not a whole number from 1 to 2^32 - 1.
#[expect(clippy::print_stdout, reason = "the test runner shows it when asked to")]
pub fn rounds(usually: u32, what: &str) -> u32 {
    let rounds = usually.saturating_mul(times(std::env::var(VARIABLE).ok().as_deref()));
    println!("rounds: {rounds} {what}");
    rounds
}

fn times(text: Option<&str>) -> u32 {
    let number = text.map_or(Some(1), |text| text.parse().ok().filter(|&times| times > 0));
    number.expect("FOREBAY_TEST_ROUNDS is a whole number from 1 to 4294967295")
}

#[cfg(test)]
mod tests {
    use super::{rounds, times};

    #[test]
    fn without_the_variable_everything_is_done_once_as_often() {
        assert_eq!((times(None), times(Some("1")), times(Some("200"))), (1, 1, 200));
    }

    #[test]
    #[should_panic(expected = "a whole number from 1")]
    fn no_rounds_at_all_are_refused() {
        times(Some("0"));
    }

    #[test]
    fn more_rounds_than_can_be_counted_are_as_many_as_can_be() {
        assert_eq!(rounds(u32::MAX, "nothing"), u32::MAX);
    }
}
