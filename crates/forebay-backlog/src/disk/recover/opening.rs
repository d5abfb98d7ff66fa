//! The batch that opens a segment, and says all about the older ones.

use bytes::Bytes;

use crate::disk::payload::{Head, Stray, Summary, read_marks};
use crate::disk::record::{Header, Kind};
use crate::marks::Remembered;

#[derive(Debug)]
pub(super) struct Opening {
    pub(super) head: Head,
    pub(super) next_seq: u64,
    pub(super) batch: u64,
    pub(super) summaries: Vec<Summary>,
    pub(super) strays: Vec<Stray>,
    pub(super) marks: Vec<(i64, Remembered)>,
}

impl Opening {
    /// Begins with its head; nothing if it is another.
    pub(super) fn begin(header: &Header, payload: &Bytes) -> Option<Self> {
        let head = (header.kind == Kind::Head).then(|| Head::read(payload)).flatten()?;
        head.is_opening.then(|| Opening {
            head,
            next_seq: header.seq,
            batch: header.batch,
            summaries: Vec::new(),
            strays: Vec::new(),
            marks: Vec::new(),
        })
    }

    /// How many records follow.
    pub(super) fn records(&self) -> u32 {
        self.head.records
    }

    /// Adds a record, and says whether it belongs there.
    pub(super) fn add(&mut self, header: &Header, payload: &Bytes) -> bool {
        match header.kind {
            Kind::Segment => {
                Summary::read(payload).map(|summary| self.summaries.push(summary)).is_some()
            }
            Kind::Stray => Stray::read(payload).map(|stray| self.strays.push(stray)).is_some(),
            Kind::Marks => read_marks(payload).map(|marks| self.marks.extend(marks)).is_some(),
            Kind::Head | Kind::Event | Kind::Mark => false,
        }
    }
}
