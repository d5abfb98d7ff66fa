//! What a process has used so far, as the kernel counts it in `/proc`.

use std::fs;
use std::time::Duration;

use crate::failure::Failure;

/// Processor time of a process, all threads, those that ended included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticks(pub(crate) u64);

impl Ticks {
    /// What `process` has used since its start.
    pub(crate) fn of(process: u32) -> Result<Self, Failure> {
        let stat = read(format!("/proc/{process}/stat"))?;
        parse_ticks(&stat)
            .ok_or_else(|| Failure::new(format!("unknown form of /proc/{process}/stat")))
    }

    /// What `process` has used, those it has started, and those of them that have ended.
    pub(crate) fn of_family(process: u32) -> Result<Self, Failure> {
        let stat = read(format!("/proc/{process}/stat"))?;
        let mut ticks = parse_family_ticks(&stat)
            .ok_or_else(|| Failure::new(format!("unknown form of /proc/{process}/stat")))?;
        for child in read(format!("/proc/{process}/task/{process}/children"))?.split_whitespace() {
            // One that ends at this moment is counted the next time.
            let used = child.parse().ok().and_then(|child| Self::of(child).ok());
            ticks.0 += used.map_or(0, |used| used.0);
        }
        Ok(ticks)
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    pub(crate) fn as_duration(self) -> Duration {
        Duration::from_secs(self.0) / rustix::param::clock_ticks_per_second() as u32
    }
}

/// The voluntary context switches of the threads that `process` has now.
pub(crate) fn voluntary_switches(process: u32) -> Result<u64, Failure> {
    let folder = format!("/proc/{process}/task");
    let threads = fs::read_dir(&folder).map_err(|error| Failure::because(&folder, error))?;
    let mut switches = 0;
    for thread in threads {
        let thread = thread.map_err(|error| Failure::because(&folder, error))?;
        let status = read(thread.path().join("status").display().to_string())?;
        switches += field(&status, "voluntary_ctxt_switches:")?;
    }
    Ok(switches)
}

/// The resident memory of a process, in KiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resident {
    pub(crate) now_kib: u64,
    pub(crate) peak_kib: u64,
}

impl Resident {
    pub(crate) fn of(process: u32) -> Result<Self, Failure> {
        let status = read(format!("/proc/{process}/status"))?;
        Ok(Self { now_kib: field(&status, "VmRSS:")?, peak_kib: field(&status, "VmHWM:")? })
    }
}

fn read(path: String) -> Result<String, Failure> {
    fs::read_to_string(&path).map_err(|error| Failure::because(path, error))
}

/// The number after `name` at the start of a line.
fn field(status: &str, name: &str) -> Result<u64, Failure> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| Failure::new(format!("no {name} in the status of a process")))
}

/// Who has started a process.
pub(crate) fn parent_of(process: u32) -> Result<u32, Failure> {
    let status = read(format!("/proc/{process}/status"))?;
    let parent = field(&status, "PPid:")?;
    u32::try_from(parent).map_err(|error| Failure::because("the number of a process", error))
}

/// User and system time: the 14th and 15th field.
fn parse_ticks(stat: &str) -> Option<Ticks> {
    sum_of_times::<2>(stat)
}

/// The same, and that of ended children: the two fields behind.
fn parse_family_ticks(stat: &str) -> Option<Ticks> {
    sum_of_times::<4>(stat)
}

/// Of so many fields from the 14th on. The second, the name, may hold spaces and ends at the last `)`.
fn sum_of_times<const FIELDS: usize>(stat: &str) -> Option<Ticks> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    (0..FIELDS).map(|_| fields.next()?.parse::<u64>().ok()).sum::<Option<u64>>().map(Ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_a_name_with_spaces_and_brackets() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 100 0 0 0 30 12 0 0 20 0 1 0 5 1 1";
        assert_eq!(parse_ticks(stat), Some(Ticks(42)));
        assert_eq!(parse_family_ticks(&stat.replace("12 0 0", "12 5 2")), Some(Ticks(49)));
    }

    #[test]
    fn voluntary_is_not_taken_for_nonvoluntary() {
        let status = "nonvoluntary_ctxt_switches:\t9\nvoluntary_ctxt_switches:\t4\n";
        assert_eq!(field(status, "voluntary_ctxt_switches:").expect("it is there"), 4);
    }
}
