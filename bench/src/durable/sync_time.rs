//! What one sync takes here and now: a group written into a file that is there already, and `fdatasync`.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use crate::clock;
use crate::failure::Failure;

/// So many places in the file are written to in turn, so that nothing grows.
const PLACES: usize = 8;

const SYNCS_MIN: usize = 16;
const FOR_AT_LEAST: Duration = Duration::from_millis(60);

/// How long each of some syncs took, in seconds.
#[derive(Debug, Default)]
pub(super) struct SyncTimes(Vec<f64>);

impl SyncTimes {
    /// Measures some more beside `folder`, each after a write of `bytes`.
    pub(super) fn measure(&mut self, folder: &Path, bytes: usize) -> Result<(), Failure> {
        // The same file for all runs: one that is removed costs whoever syncs next.
        let path = folder.with_file_name("sync-times");
        self.try_measure(&path, bytes).map_err(|error| Failure::because(path.display(), error))
    }

    fn try_measure(&mut self, path: &Path, bytes: usize) -> std::io::Result<()> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let group = vec![b'.'; bytes];
        if file.metadata()?.len() < (PLACES * bytes) as u64 {
            for place in 0..PLACES {
                file.write_all_at(&group, (place * bytes) as u64)?;
            }
            file.sync_all()?;
        }
        let started = clock::now();
        let mut syncs = 0;
        while syncs < SYNCS_MIN || started.elapsed() < FOR_AT_LEAST {
            let start = clock::now();
            file.write_all_at(&group, ((syncs % PLACES) * bytes) as u64)?;
            file.sync_data()?;
            self.0.push(start.elapsed().as_secs_f64());
            syncs += 1;
        }
        Ok(())
    }

    pub(super) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// The greatest of the lowest 99 in a hundred.
    pub(super) fn p99(&mut self) -> f64 {
        percentile(&mut self.0, 0.99)
    }
}

/// The value that `share` of all do not exceed; not a number if there are none.
pub(super) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let mut values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.99), 198.0);
        assert_eq!(percentile(&mut values, 0.5), 100.0);
        assert_eq!(percentile(&mut values[..1], 0.99), 1.0);
        assert!(percentile(&mut [], 0.5).is_nan());
    }
}
