//! What a process has cost the machine so far. Linux only.

use std::fs;

use super::Program;

impl Program {
    /// Processor time it has used, in ticks (hundredths of a second).
    ///
    /// # Panics
    /// When the process has ended, or the system has no /proc.
    pub fn processor_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("it runs");
        // The name of the program stands in parentheses and may contain blanks.
        let (_, fields) = stat.rsplit_once(") ").expect("/proc/PID/stat has its form");
        let mut fields = fields.split(' ').skip(11);
        let mut ticks = || fields.next().and_then(|field| field.parse::<u64>().ok());
        let (user, system) = (ticks(), ticks());
        user.zip(system).map(|(user, system)| user + system).expect("fields 14 and 15 are numbers")
    }

    /// The memory that it has, in bytes.
    ///
    /// # Panics
    /// When the process has ended, or the system has no /proc.
    pub fn resident_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// The most memory that it ever had, in bytes.
    ///
    /// # Panics
    /// When the process has ended, or the system has no /proc.
    pub fn resident_bytes_peak(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.expect("every process has this line") * 1024
    }

    /// How often its threads have gone to sleep.
    ///
    /// # Panics
    /// When the process has ended, or the system has no /proc.
    pub fn voluntary_switches(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).expect("it runs");
        let statuses = tasks.flatten().map(|task| fs::read_to_string(task.path().join("status")));
        // A thread that has ended meanwhile has no file any more.
        statuses.flatten().map(|status| switches(&status)).sum()
    }
}

fn switches(status: &str) -> u64 {
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.and_then(|count| count.trim().parse().ok()).expect("every thread has this line")
}
