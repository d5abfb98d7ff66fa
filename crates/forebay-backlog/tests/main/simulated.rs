//! A disk in memory that forgets, tears and fails as told. What was synced it keeps, nothing else for
//! sure.

#[path = "simulated/file.rs"]
mod file;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use forebay_backlog::{Storage, Volume};
use forebay_testkit::chance::Chance;

pub(crate) use file::PAGE_BYTES;
use file::{Content, File};

/// What the disk does wrong, and when.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// From this call on that changes something, nothing happens any more: the power is gone.
    pub(crate) power_until: Option<u64>,
    /// This sync fails, and what it was to bring to disk never gets there.
    pub(crate) sync_fails: Option<u64>,
    /// This write says that the disk is full, after a part of it.
    pub(crate) write_is_full: Option<u64>,
    /// This write fails.
    pub(crate) write_fails: Option<u64>,
    /// So many bytes fit.
    pub(crate) capacity_bytes: Option<u64>,
    /// One in so many reads and writes does less than it was asked, or is interrupted.
    pub(crate) short_one_in: Option<u64>,
    /// This read fails.
    pub(crate) read_fails: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Calls {
    pub(crate) changes: u64,
    pub(crate) writes: u64,
    pub(crate) syncs: u64,
    pub(crate) reads: u64,
}

/// A change of a name.
#[derive(Debug, Clone)]
enum Change {
    Set(String, u64),
    Remove(String),
}

#[derive(Debug, Clone)]
struct Inner {
    contents: BTreeMap<u64, Content>,
    next: u64,
    /// As a program sees them, and as they are on disk.
    names: BTreeMap<String, u64>,
    synced: BTreeMap<String, u64>,
    changes: Vec<Change>,
    faults: Faults,
    calls: Calls,
    chance: Chance,
}

/// The disk. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    inner: Arc<Mutex<Inner>>,
}

impl Disk {
    pub(crate) fn new(chance: Chance) -> Self {
        let inner = Inner {
            contents: BTreeMap::new(),
            next: 0,
            names: BTreeMap::new(),
            synced: BTreeMap::new(),
            changes: Vec::new(),
            faults: Faults::default(),
            calls: Calls::default(),
            chance,
        };
        Disk { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Another disk with the same on it, that goes its own ways.
    pub(crate) fn fork(&self) -> Self {
        Disk { inner: Arc::new(Mutex::new(self.lock().clone())) }
    }

    pub(crate) fn volume(&self) -> Arc<dyn Volume> {
        Arc::new(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panics with it")
    }

    /// What goes wrong from now on. Calls are counted anew.
    pub(crate) fn set(&self, faults: Faults) {
        let mut inner = self.lock();
        (inner.faults, inner.calls) = (faults, Calls::default());
    }

    pub(crate) fn calls(&self) -> Calls {
        self.lock().calls
    }

    /// The process is gone: what it has written is there, for whoever comes next.
    pub(crate) fn kill(&self) {
        self.set(Faults::default());
    }

    /// The power is gone: of what was not synced, any pages may be there, and names up to some
    /// change.
    pub(crate) fn lose_power(&self, mut keeps_page: impl FnMut(&mut Chance) -> bool) {
        let mut inner = self.lock();
        let Inner { contents, names, synced, changes, chance, .. } = &mut *inner;
        let kept = chance.below(changes.len() as u64 + 1) as usize;
        changes.drain(..).take(kept).for_each(|change| change.make(synced));
        *names = synced.clone();
        contents.values_mut().for_each(|content| content.lose(&mut || keeps_page(chance)));
        (inner.faults, inner.calls) = (Faults::default(), Calls::default());
    }

    /// How many pages are written and not synced.
    pub(crate) fn pages_at_risk(&self) -> u64 {
        self.lock().contents.values().map(Content::pages_at_risk).sum()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().names.keys().cloned().collect()
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        let inner = self.lock();
        inner.contents[&inner.names[name]].bytes().to_vec()
    }

    pub(crate) fn delete(&self, name: &str) {
        let mut inner = self.lock();
        inner.names.remove(name);
        inner.synced.remove(name);
    }

    /// Damages a file: `change` is on disk at once.
    pub(crate) fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut inner = self.lock();
        let id = inner.names[name];
        if let Some(content) = inner.contents.get_mut(&id) {
            content.damage(change);
        }
    }
}

impl Change {
    fn make(self, names: &mut BTreeMap<String, u64>) {
        match self {
            Change::Set(name, id) => drop(names.insert(name, id)),
            Change::Remove(name) => drop(names.remove(&name)),
        }
    }
}

impl Inner {
    /// Counts a call that changes something.
    fn change(&mut self) -> io::Result<()> {
        self.calls.changes += 1;
        match self.faults.power_until {
            Some(last) if self.calls.changes > last => Err(io::Error::other("the power is gone")),
            _ => Ok(()),
        }
    }

    fn rename(&mut self, change: Change) {
        change.clone().make(&mut self.names);
        self.changes.push(change);
    }

    fn used_bytes(&self) -> u64 {
        self.names.values().map(|id| self.contents[id].allocated_bytes()).sum()
    }

    fn is_short(&mut self) -> bool {
        match self.faults.short_one_in {
            Some(end) => self.chance.is_one_in(end),
            None => false,
        }
    }
}

impl Volume for Disk {
    fn list(&self) -> io::Result<Vec<String>> {
        let names = self.names().into_iter();
        Ok(names.filter(|name| !name.contains('/')).collect())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn Storage>> {
        let mut inner = self.lock();
        inner.change()?;
        let id = inner.next;
        inner.next += 1;
        inner.contents.insert(id, Content::default());
        inner.rename(Change::Set(name.to_owned(), id));
        Ok(Arc::new(File::new(self.clone(), id)))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn Storage>> {
        let id = self.lock().names.get(name).copied().ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(File::new(self.clone(), id)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.lock();
        inner.change()?;
        let id = inner.names.get(from).copied().ok_or(io::ErrorKind::NotFound)?;
        inner.rename(Change::Set(to.to_owned(), id));
        inner.rename(Change::Remove(from.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut inner = self.lock();
        inner.change()?;
        if !inner.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        inner.rename(Change::Remove(name.to_owned()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.lock();
        inner.change()?;
        inner.calls.syncs += 1;
        if inner.faults.sync_fails == Some(inner.calls.syncs) {
            inner.changes.clear();
            return Err(io::Error::other("the disk failed"));
        }
        let Inner { synced, changes, .. } = &mut *inner;
        changes.drain(..).for_each(|change| change.make(synced));
        Ok(())
    }
}
