//! Spans of time: `10ms`, `30s`, `1h30m`.

use std::time::Duration;

use super::quoted;

/// A time of any length, always with its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "write a time with its unit, such as 500ms, 60s, 5m, 2h or 1h30m".to_owned())
}

/// A time whose setting has no unit in its name.
pub(in crate::settings) mod time {
    pub(in crate::settings) fn read(text: &str) -> Result<u64, String> {
        super::with_unit(text).ok_or_else(|| {
            "is not a time: write it with its unit, such as 10ms, 30s or 5m".to_owned()
        })
    }

    pub(in crate::settings) use super::millis::show;
}

/// A time whose setting is named in milliseconds: a bare number is that many.
pub(in crate::settings) mod millis {
    use std::time::Duration;

    pub(in crate::settings) fn read(text: &str) -> Result<u64, String> {
        text.parse().ok().or_else(|| super::with_unit(text)).ok_or_else(|| {
            "is not a time: write milliseconds, such as 250, or a unit, such as 10ms, 30s or 5m"
                .to_owned()
        })
    }

    pub(in crate::settings) fn show(ms: &u64) -> String {
        let text = humantime::format_duration(Duration::from_millis(*ms)).to_string();
        super::quoted(text.replace(' ', ""))
    }
}

/// In milliseconds. Parts of one are not dropped silently.
fn with_unit(text: &str) -> Option<u64> {
    let duration = humantime::parse_duration(text).ok()?;
    let is_whole = duration.subsec_nanos().is_multiple_of(1_000_000);
    u64::try_from(duration.as_millis()).ok().filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_runs_for_times_as_people_write_them() {
        for (text, seconds) in
            [("500ms", 0.5), ("60s", 60.0), ("5m", 300.0), ("2h", 7200.0), ("1h30m", 5400.0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_secs_f64(seconds)));
        }
        for wrong in ["60", "", "-5s", "long", "9999999999999999999y"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_have_a_unit_or_are_milliseconds() {
        assert_eq!(millis::read("30s"), Ok(30_000));
        assert_eq!(millis::read("10ms"), Ok(10));
        assert_eq!(millis::read("250"), Ok(250));
        assert_eq!(time::read("1m30s"), Ok(90_000));
        for wrong in ["", "soon", "-1s", "1us", "1.5", "1e3"] {
            assert!(millis::read(wrong).is_err(), "{wrong}");
        }
        assert!(time::read("30").is_err());
    }

    #[test]
    fn times_are_shown_as_they_can_be_written() {
        for ms in [0, 1, 10, 1500, 30_000, 61_001, 5_400_000] {
            assert_eq!(time::read(millis::show(&ms).trim_matches('"')), Ok(ms));
        }
    }
}
