//! Figures as they are read at a glance.

use std::time::Duration;

/// Thousands apart: `12,345`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Per second: `1.14/s`, `12,345/s`.
pub(crate) fn rate(value: f64) -> String {
    if value < 99.95 {
        return format!("{}/s", crate::simulate::figure::digits(value));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "above 99, and cut to what a u64 holds"
    )]
    let whole = value.round() as u64;
    format!("{}/s", count(whole))
}

/// A share of the whole: `26 %`.
pub(crate) fn share(part: f64, whole: f64) -> String {
    let share = if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    format!("{share:.0} %")
}

/// `1.21 MiB`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn bytes(value: u64) -> String {
    let mut size = value as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 999.5 {
            return match unit {
                "B" => format!("{value} B"),
                unit => format!("{} {unit}", crate::simulate::figure::digits(size)),
            };
        }
        size /= 1024.0;
    }
    format!("{} TiB", crate::simulate::figure::digits(size))
}

/// On a clock: `0:07`, `1:02:03`, `2 d 03:04:05`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{seconds:02}"),
        (0, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("{days} d {hours:02}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_never_cut_a_digit_of_a_count() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 1.142, 99.0, 12_345.4].map(rate), ["0/s", "1.14/s", "99.0/s", "12,345/s"]);
        assert_eq!([0, 999, 1536, 3 << 30].map(bytes), ["0 B", "999 B", "1.50 KiB", "3.00 GiB"]);
        assert_eq!(share(1.0, 3.0), "33 %");
        assert_eq!(share(0.0, 0.0), "0 %");
    }

    #[test]
    fn a_clock_shows_what_it_needs() {
        let at = |seconds| clock(Duration::from_secs(seconds));
        assert_eq!([7, 67, 3_723, 183_845].map(at), ["0:07", "1:07", "1:02:03", "2 d 03:04:05"]);
    }
}
