//! Sizes: bytes, or a number with a unit (`256KiB`).

use super::quoted;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;
const UNITS: [(&str, u64); 4] = [("GiB", GIB), ("MiB", MIB), ("KiB", KIB), ("B", 1)];

pub(in crate::settings) fn read(text: &str) -> Result<u64, String> {
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), *factor)))
        .unwrap_or((text, 1));
    let size = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    size.ok_or_else(|| {
        "is not a size: write bytes, such as 1048576, or KiB, MiB, GiB, such as 256KiB".to_owned()
    })
}

/// In the largest unit that needs no fraction.
pub(in crate::settings) fn show(bytes: &u64) -> String {
    let fits = |unit: &&(&str, u64)| *bytes >= unit.1 && bytes.is_multiple_of(unit.1);
    let (unit, factor) = UNITS.iter().find(fits).unwrap_or(&("B", 1));
    quoted(format!("{}{unit}", bytes / factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        for (text, size) in
            [("1048576", MIB), ("1MiB", MIB), ("256KiB", 256 * KIB), ("2 GiB", 2 * GIB), ("7B", 7)]
        {
            assert_eq!(read(text), Ok(size), "{text}");
        }
        for wrong in ["", "MiB", "1MB", "1.5MiB", "-1", "1 048 576", "99999999999GiB"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_shown_as_they_can_be_written() {
        for size in [0, 1, 1000, KIB, 1536, 256 * KIB, MIB, 3 * GIB, u64::MAX] {
            assert_eq!(read(show(&size).trim_matches('"')), Ok(size));
        }
    }
}
