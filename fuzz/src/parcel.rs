//! An item that notices when it is lost or doubled.

use std::cell::Cell;
use std::cmp::Ordering;

use forebay_testkit::subject::Item;

thread_local! {
    static ALIVE: Cell<isize> = const { Cell::new(0) };
}

/// How many there are, made by this thread.
pub fn alive() -> isize {
    ALIVE.get()
}

/// An item, on the heap: used when it is gone or dropped twice, it is found by the address
/// sanitizer; forgotten, by the count of those alive.
#[derive(Debug)]
pub struct Parcel {
    item: Box<Item>,
    /// So large that the queue keeps few of them together, and small plans meet its seams.
    _padding: [u64; 63],
}

impl Parcel {
    /// Wraps an item.
    pub fn of(item: Item) -> Self {
        ALIVE.set(ALIVE.get() + 1);
        Parcel { item: Box::new(item), _padding: [0; 63] }
    }

    /// The item inside.
    pub fn item(&self) -> Item {
        *self.item
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

impl PartialEq for Parcel {
    fn eq(&self, other: &Self) -> bool {
        self.item == other.item
    }
}

impl Eq for Parcel {}

impl PartialOrd for Parcel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Parcel {
    fn cmp(&self, other: &Self) -> Ordering {
        self.item.cmp(&other.item)
    }
}
