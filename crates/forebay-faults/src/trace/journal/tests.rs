//! What is lost and what is not.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Journal, Range};

struct Disk {
    folder: TempDir,
    journal: Journal,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let keep = folder.path().join("keep");
        fs::create_dir(&keep).expect("it is ours");
        fs::create_dir(folder.path().join("data")).expect("it is ours");
        Self { folder, journal: Journal::new(keep) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    fn write(&mut self, name: &str, text: &str) {
        let path = self.path(name);
        if path.exists() {
            self.journal.bytes(&path, &path, Range::All).expect("it is there");
        } else {
            self.journal.appears(&path).expect("its folder is there");
        }
        fs::write(path, text).expect("it is ours");
    }

    fn sync(&mut self, name: &str) {
        let place = self.journal.place();
        self.journal.synced(&self.path(name), place).expect("it is there");
    }

    fn read(self, name: &str) -> Option<String> {
        let path = self.path(name);
        self.journal.lose().expect("everything can be undone");
        fs::read_to_string(path).ok()
    }
}

/// A disk with a file on it, text, name and all.
fn with_a_file() -> Disk {
    let mut disk = Disk::new();
    disk.write("a", "old");
    disk.sync("a");
    disk.sync("");
    disk
}

#[test]
fn what_is_synced_stays_and_what_is_not_is_lost() {
    assert_eq!(with_a_file().read("a").as_deref(), Some("old"));
    let mut disk = with_a_file();
    disk.write("a", "new and longer");
    assert_eq!(disk.read("a").as_deref(), Some("old"));
    let mut disk = with_a_file();
    disk.write("a", "new");
    disk.sync("a");
    disk.write("a", "newer");
    assert_eq!(disk.read("a").as_deref(), Some("new"));
}

#[test]
fn a_name_is_on_disk_when_its_folder_was_synced() {
    let mut disk = Disk::new();
    disk.write("a", "text");
    disk.sync("a");
    assert_eq!(disk.read("a"), None);
}

#[test]
fn what_was_removed_or_renamed_comes_back() {
    let mut disk = with_a_file();
    disk.journal.goes(&disk.path("a")).expect("it is there");
    fs::remove_file(disk.path("a")).expect("it is ours");
    assert_eq!(disk.read("a").as_deref(), Some("old"));

    let mut disk = with_a_file();
    disk.write("b", "new");
    disk.sync("b");
    disk.sync("");
    disk.journal.moves(&disk.path("b"), &disk.path("a")).expect("both are there");
    fs::rename(disk.path("b"), disk.path("a")).expect("they are ours");
    assert_eq!(disk.read("a").as_deref(), Some("old"));
}

#[test]
fn what_a_failed_sync_lost_does_not_come_back_with_a_later_one() {
    let mut disk = with_a_file();
    disk.write("a", "new");
    disk.journal.lost(&disk.path("a")).expect("it is there");
    disk.sync("a");
    assert_eq!(disk.read("a").as_deref(), Some("old"));
}
