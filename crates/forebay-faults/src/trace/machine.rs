//! The loop that stops a process at every system call and lets it go on.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::ChildStdin;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{self, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::call::{Call, Kind, Seen};
use super::journal::{Journal, Range};
use super::registers::Registers;
use super::rule::Files;
use super::{AtTheEnd, Calls, Does, Plan, Report, memory};
use crate::clock;

/// How often one looks while a call is held up.
const BETWEEN_LOOKS: Duration = Duration::from_micros(500);

/// How a process ends that a signal has ended, as shells say it.
const KILLED: i32 = 128;

/// A process, stopped at each of its calls.
pub(super) struct Machine {
    plan: Plan,
    process: Pid,
    /// The shell has become the program.
    has_begun: bool,
    threads: HashMap<Pid, Thread>,
    held_up: Vec<(Pid, Instant)>,
    /// How many calls each rule has counted.
    counts: Vec<u64>,
    journal: Journal,
    report: Report,
    code: i32,
}

/// Where a thread is.
#[derive(Default)]
struct Thread {
    is_inside: bool,
    /// What its call will have done.
    pending: Option<Pending>,
}

/// A call that is under way.
struct Pending {
    seen: Seen,
    /// Where the journal was before it.
    place: usize,
    does: Option<Does>,
}

impl Machine {
    /// Watches a process from the line that makes it go to its end.
    pub(super) fn watch(
        plan: Plan,
        process: Pid,
        mut go: ChildStdin,
    ) -> Result<(i32, Report), String> {
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_EXITKILL;
        let told = |errno: Errno| {
            format!("one process may not watch another here ({errno}): allow ptrace")
        };
        ptrace::seize(process, options).map_err(told)?;
        ptrace::interrupt(process).map_err(told)?;
        waitpid(process, Some(WaitPidFlag::__WALL)).map_err(told)?;
        ptrace::syscall(process, None).map_err(told)?;
        writeln!(go).map_err(|error| error.to_string())?;
        drop(go);
        let mut machine = Self {
            journal: Journal::new(plan.keep.clone()),
            counts: vec![0; plan.rules.len()],
            plan,
            process,
            has_begun: false,
            threads: HashMap::new(),
            held_up: Vec::new(),
            report: Report::default(),
            code: 0,
        };
        machine.run()?;
        if machine.plan.at_the_end == AtTheEnd::LoseUnsynced {
            machine.report.undone = machine.journal.lose().map_err(|error| error.to_string())?;
        }
        Ok((machine.code, machine.report))
    }

    fn run(&mut self) -> Result<(), String> {
        loop {
            match self.wait() {
                Ok(WaitStatus::StillAlive) => clock::pause(BETWEEN_LOOKS),
                Ok(status) => match self.stopped(status) {
                    // It was killed at that moment.
                    Ok(()) | Err(Errno::ESRCH) => {}
                    Err(errno) => return Err(format!("it cannot be watched: {errno}")),
                },
                Err(Errno::ECHILD) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(format!("it cannot be waited for: {errno}")),
            }
        }
    }

    fn wait(&mut self) -> Result<WaitStatus, Errno> {
        let now = clock::now();
        let due: Vec<Pid> =
            self.held_up.iter().filter(|(_, until)| *until <= now).map(|(pid, _)| *pid).collect();
        self.held_up.retain(|(_, until)| *until > now);
        for thread in due {
            let _ = ptrace::syscall(thread, None);
        }
        let patience = if self.held_up.is_empty() { None } else { Some(WaitPidFlag::WNOHANG) };
        let flags = WaitPidFlag::__WALL | patience.unwrap_or(WaitPidFlag::empty());
        waitpid(None, Some(flags))
    }

    fn stopped(&mut self, status: WaitStatus) -> Result<(), Errno> {
        match status {
            WaitStatus::PtraceSyscall(thread) => self.at_a_call(thread),
            WaitStatus::PtraceEvent(thread, _, event) => {
                self.has_begun |= event == libc::PTRACE_EVENT_EXEC;
                ptrace::syscall(thread, None)
            }
            WaitStatus::Stopped(thread, signal) => ptrace::syscall(thread, signal),
            WaitStatus::Exited(thread, code) => self.ended(thread, code),
            WaitStatus::Signaled(thread, signal, _) => self.ended(thread, KILLED + signal as i32),
            _ => Ok(()),
        }
    }

    fn ended(&mut self, thread: Pid, code: i32) -> Result<(), Errno> {
        self.threads.remove(&thread);
        self.held_up.retain(|(other, _)| *other != thread);
        if thread == self.process {
            self.code = code;
        }
        Ok(())
    }

    fn at_a_call(&mut self, thread: Pid) -> Result<(), Errno> {
        let state = self.threads.entry(thread).or_default();
        state.is_inside = !state.is_inside;
        if !self.has_begun {
            return ptrace::syscall(thread, None);
        }
        if state.is_inside {
            return self.enters(thread);
        }
        if let Some(pending) = state.pending.take() {
            self.leaves(thread, &pending)?;
        }
        ptrace::syscall(thread, None)
    }

    fn enters(&mut self, thread: Pid) -> Result<(), Errno> {
        let registers = Registers::of(thread)?;
        if !registers.are_of_an_entry() {
            // It was taken for inside a call when it was not: from here on it is right.
            self.threads.entry(thread).or_default().is_inside = false;
            return ptrace::syscall(thread, None);
        }
        let seen = Seen::at(self.process, &registers);
        let kind = seen.as_ref().map_or(Kind::Other, |seen| seen.kind);
        let files = seen.as_ref().map_or(Files::Others, |seen| self.files(seen));
        self.count(kind, files);
        let does = self.rules(kind, files);
        if does == Some(Does::Kill) {
            signal::kill(self.process, Signal::SIGKILL)?;
            return Ok(());
        }
        match does {
            Some(Does::Fail(_) | Does::FailForGood(_)) => registers.skip()?,
            Some(Does::Halve) if registers.argument(2) > 1 => {
                registers.set_third(registers.argument(2) / 2)?;
            }
            _ => {}
        }
        if let Some(seen) = seen.filter(|seen| self.is_on_the_disk(seen)) {
            let place = self.journal.place();
            if !matches!(does, Some(Does::Fail(_) | Does::FailForGood(_))) {
                self.remember(&seen);
            }
            let pending = Pending { seen, place, does };
            self.threads.entry(thread).or_default().pending = Some(pending);
        }
        if let Some(Does::Delay(ms)) = does {
            self.held_up.push((thread, clock::now() + Duration::from_millis(ms)));
            return Ok(());
        }
        ptrace::syscall(thread, None)
    }

    fn files(&self, seen: &Seen) -> Files {
        if seen.paths.iter().any(|path| path.starts_with(&self.plan.root)) {
            Files::BelowTheRoot
        } else {
            Files::Others
        }
    }

    fn is_on_the_disk(&self, seen: &Seen) -> bool {
        // io_uring and a sync of everything have no path.
        let is_everywhere = matches!(seen.call, Call::Hidden { file: -1, .. });
        is_everywhere || seen.paths.iter().any(|path| path.starts_with(&self.plan.disk))
    }

    fn count(&mut self, kind: Kind, files: Files) {
        let report = &mut self.report;
        report.calls += 1;
        report.lasting += u64::from(Calls::Lasting.count(kind, files));
        report.writes += u64::from(Calls::Writes.count(kind, files));
        report.syncs += u64::from(Calls::Syncs.count(kind, files));
        report.reads += u64::from(Calls::Reads.count(kind, files));
    }

    fn rules(&mut self, kind: Kind, files: Files) -> Option<Does> {
        let mut does = None;
        for (rule, count) in self.plan.rules.iter().zip(&mut self.counts) {
            if rule.calls.count(kind, files) {
                *count += 1;
                if rule.at.is(*count) {
                    self.report.fired += 1;
                    does = Some(rule.does);
                }
            }
        }
        does
    }

    fn leaves(&mut self, thread: Pid, pending: &Pending) -> Result<(), Errno> {
        let registers = Registers::of(thread)?;
        let sync = match pending.seen.call {
            Call::Sync { file } => Some(memory::link(self.process, file)),
            _ => None,
        };
        if let Some(Does::Fail(errno) | Does::FailForGood(errno)) = pending.does {
            if let (Some(link), Some(Does::FailForGood(_))) = (&sync, pending.does) {
                let outcome = self.journal.lost(link);
                self.note(outcome);
            }
            return registers.fail(errno);
        }
        let has_failed = registers.returned() < 0;
        match sync {
            Some(_) if pending.does == Some(Does::Lie) => {}
            Some(link) if !has_failed => {
                let outcome = self.journal.synced(&link, pending.place);
                self.note(outcome);
            }
            _ => self.finish_names(pending, has_failed),
        }
        Ok(())
    }

    /// A name that did not change after all is not undone.
    fn finish_names(&mut self, pending: &Pending, has_failed: bool) {
        let is_last = self.journal.place() <= pending.place + 2;
        if has_failed && is_last && pending.seen.kind != Kind::Sync {
            self.journal.back_to(pending.place);
        }
    }

    /// Remembers how things are before a call.
    fn remember(&mut self, seen: &Seen) {
        if self.plan.at_the_end == AtTheEnd::Leave {
            return;
        }
        let outcome = match (&seen.call, seen.paths.as_slice()) {
            (Call::Write { file, at, bytes, is_synced }, [path]) => {
                self.remember_write(*file, *at, *bytes, *is_synced, path)
            }
            (Call::Rewrite { file } | Call::Resize { file }, [path]) => {
                self.journal.bytes(&memory::link(self.process, *file), path, Range::All)
            }
            (Call::Open { path, flags }, _) if flags & libc::O_CREAT != 0 && !path.exists() => {
                self.journal.appears(path)
            }
            (Call::Open { path, flags }, _) if flags & libc::O_TRUNC != 0 => {
                self.journal.bytes(path, path, Range::All)
            }
            (Call::Folder { path } | Call::Link { path }, _) if !path.exists() => {
                self.journal.appears(path)
            }
            (Call::Remove { path }, _) if path.exists() => self.journal.goes(path),
            (Call::Rename { from, to }, _) => self.journal.moves(from, to),
            (Call::Hidden { what, .. }, paths) => {
                self.hidden(what, paths);
                Ok(())
            }
            _ => Ok(()),
        };
        self.note(outcome);
    }

    fn remember_write(
        &mut self,
        file: i32,
        at: Option<u64>,
        bytes: u64,
        is_synced: bool,
        path: &std::path::Path,
    ) -> std::io::Result<()> {
        let link = memory::link(self.process, file);
        let opened = memory::opened(self.process, file);
        let flags = opened.map_or(0, |opened| opened.flags);
        if is_synced || flags & libc::O_DSYNC != 0 {
            // It goes to disk with all that its file has, which is somewhat more than is promised.
            return self.journal.synced(&link, self.journal.place());
        }
        let at = match (at, opened) {
            (Some(at), _) => at,
            (None, Some(_)) if flags & libc::O_APPEND != 0 => std::fs::metadata(&link)?.len(),
            (None, Some(opened)) => opened.position,
            (None, None) => return Err(std::io::Error::other("a file without a position")),
        };
        self.journal.bytes(&link, path, Range::From { at, bytes })
    }

    /// SQLite's index of its log is made anew after a crash, whatever is in it.
    fn hidden(&mut self, what: &str, paths: &[std::path::PathBuf]) {
        let is_index = |path: &std::path::PathBuf| path.to_string_lossy().ends_with("-shm");
        if !paths.first().is_some_and(is_index) {
            self.report.unfollowed.push(format!("{what}: {paths:?}"));
        }
    }

    fn note(&mut self, outcome: std::io::Result<()>) {
        if let Err(error) = outcome {
            self.report.unfollowed.push(error.to_string());
        }
    }
}
