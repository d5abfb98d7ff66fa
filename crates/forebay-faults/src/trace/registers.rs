//! A system call in the registers of a thread that has stopped at it. Linux on x86-64 only.

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::unistd::Pid;

/// A thread's registers at a system call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registers {
    thread: Pid,
    values: libc::user_regs_struct,
}

impl Registers {
    pub(super) fn of(thread: Pid) -> Result<Self, Errno> {
        Ok(Self { thread, values: ptrace::getregs(thread)? })
    }

    /// Which call it is.
    pub(super) fn number(&self) -> i64 {
        self.values.orig_rax.cast_signed()
    }

    /// Whether it is about to be made: then the kernel has put this where its answer will be.
    pub(super) fn are_of_an_entry(&self) -> bool {
        self.returned() == -i64::from(libc::ENOSYS)
    }

    /// Its argument at this place, from 0 to 5.
    pub(super) fn argument(&self, place: usize) -> u64 {
        let Self { values: of, .. } = self;
        [of.rdi, of.rsi, of.rdx, of.r10, of.r8, of.r9][place]
    }

    /// What it returned; an error is less than nothing.
    pub(super) fn returned(&self) -> i64 {
        self.values.rax.cast_signed()
    }

    /// Makes the kernel do nothing instead of this call.
    pub(super) fn skip(mut self) -> Result<(), Errno> {
        self.values.orig_rax = u64::MAX;
        ptrace::setregs(self.thread, self.values)
    }

    /// Makes the call return this error.
    pub(super) fn fail(mut self, errno: i32) -> Result<(), Errno> {
        self.values.rax = i64::from(-errno).cast_unsigned();
        ptrace::setregs(self.thread, self.values)
    }

    /// Changes the third argument: how many bytes, or how many pieces.
    pub(super) fn set_third(mut self, value: u64) -> Result<(), Errno> {
        self.values.rdx = value;
        ptrace::setregs(self.thread, self.values)
    }
}
