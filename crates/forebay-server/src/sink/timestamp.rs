//! How a time is written in each database.

const DAY_MS: i64 = 86_400_000;
/// From 1970 to 2000, where PostgreSQL counts from.
const POSTGRES_EPOCH_MS: i64 = 946_684_800_000;

/// The length of a time in [`iso`]'s form.
pub(crate) const ISO_BYTES: usize = 24;

/// Writes Unix milliseconds as `2026-01-02T03:04:05.678Z`, which sorts as text.
///
/// Years outside of 0 to 9999 do not fit this form and are clamped to its ends.
pub(crate) fn iso(unix_ms: i64) -> [u8; ISO_BYTES] {
    const YEAR_0_MS: i64 = -719_528 * DAY_MS;
    const YEAR_10000_MS: i64 = 2_932_897 * DAY_MS;
    let unix_ms = unix_ms.clamp(YEAR_0_MS, YEAR_10000_MS - 1);
    let (year, month, day) = civil(unix_ms.div_euclid(DAY_MS));
    let ms = unix_ms.rem_euclid(DAY_MS);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    digits(&mut text[0..4], year);
    digits(&mut text[5..7], month);
    digits(&mut text[8..10], day);
    digits(&mut text[11..13], ms / 3_600_000);
    digits(&mut text[14..16], ms / 60_000 % 60);
    digits(&mut text[17..19], ms / 1_000 % 60);
    digits(&mut text[20..23], ms % 1_000);
    text
}

/// Turns Unix milliseconds into PostgreSQL's `timestamptz`: microseconds since 2000.
///
/// A time that does not fit becomes PostgreSQL's `infinity`.
pub(crate) fn postgres(unix_ms: i64) -> i64 {
    let since = unix_ms.saturating_sub(POSTGRES_EPOCH_MS);
    since.checked_mul(1_000).unwrap_or(if since < 0 { i64::MIN } else { i64::MAX })
}

fn digits(out: &mut [u8], mut value: i64) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).expect("a digit is below 10");
        value /= 10;
    }
}

/// Turns days since 1970 into year, month and day (Howard Hinnant, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(unix_ms: i64) -> String {
        String::from_utf8(iso(unix_ms).to_vec()).expect("ASCII")
    }

    #[test]
    fn known_times_are_written_as_known() {
        // Each checked with `date --utc --date=… +%s`.
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(text(1_767_323_045_678), "2026-01-02T03:04:05.678Z");
        assert_eq!(text(951_782_399_999), "2000-02-28T23:59:59.999Z");
        assert_eq!(text(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(text(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1_600, 1, 1);
        for days in -135_140.. {
            assert_eq!(civil(days), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + i64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
            if year == 2_400 {
                break;
            }
        }
    }

    #[test]
    fn times_beyond_the_form_are_clamped() {
        assert_eq!(text(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(text(i64::MIN), "0000-01-01T00:00:00.000Z");
        assert_eq!(postgres(i64::MAX), i64::MAX);
        assert_eq!(postgres(i64::MIN), i64::MIN);
    }

    #[test]
    fn postgres_counts_microseconds_from_2000() {
        assert_eq!(postgres(POSTGRES_EPOCH_MS + 1), 1_000);
    }
}
