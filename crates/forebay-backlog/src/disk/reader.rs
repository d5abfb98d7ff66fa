//! Reads rows back when those before them have gone out: one thread, and a window of memory.

use std::sync::Arc;

use super::Shared;
use super::folder::Folder;
use super::record;
use super::store::Rows;
use crate::event::size_of;

pub(super) struct Reader {
    shared: Arc<Shared>,
    folder: Arc<Folder>,
    rows: Rows,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>, folder: Arc<Folder>, rows: Rows) -> Self {
        Reader { shared, folder, rows }
    }

    /// Reads on whenever the window runs low, until the backlog ends.
    pub(super) fn run(self) {
        while let Some(after) = self.shared.wait_for_room() {
            if let Err(why) = self.read(after) {
                // Should that fail too, the damage is met again.
                let _ = self.folder.mark_damaged(&why);
                self.shared.books().fail(&why);
                return;
            }
        }
    }

    fn read(&self, after: i64) -> Result<(), String> {
        let Some((row, events, bytes, blob)) =
            self.rows.after(after).map_err(|error| format!("reading row {after}: {error}"))?
        else {
            return Err(format!("the rows behind row {after} are not to be found"));
        };
        let found = record::read(&blob);
        if found.is_damaged {
            self.folder
                .set_aside(row, &blob)
                .map_err(|error| format!("setting the damaged row {row} aside: {error}"))?;
            self.shared.note_damage();
        }
        let at_ms = found.events.first().map_or(0, |event| event.received_at_ms);
        let mut books = self.shared.books();
        books.read(row, (events, bytes), size_of(&found.events), at_ms);
        self.shared.show(row, found.events);
        Ok(())
    }
}
