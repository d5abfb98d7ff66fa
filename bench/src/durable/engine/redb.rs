//! redb with its defaults: a commit is on disk when it returns.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::grouped;
use crate::failure::Failure;

const ROWS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rows");

pub(super) struct Rows {
    database: Database,
    next: u64,
}

impl Rows {
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let database = Database::create(folder.join("rows.redb")).map_err(because)?;
        Ok(Rows { database, next: 0 })
    }

    fn try_commit(&mut self, row: &[u8]) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        transaction.open_table(ROWS)?.insert(self.next, row)?;
        transaction.commit()?;
        self.next += 1;
        Ok(())
    }
}

impl grouped::Rows for Rows {
    fn commit(&mut self, row: &[u8]) -> Result<(), Failure> {
        self.try_commit(row).map_err(because)
    }
}

pub(super) fn read(folder: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let rows = || -> Result<_, redb::Error> {
        let database = Database::open(folder.join("rows.redb"))?;
        let table = database.begin_read()?.open_table(ROWS)?;
        let mut rows = Vec::new();
        for row in table.iter()? {
            rows.push(row?.1.value().to_vec());
        }
        Ok(rows)
    };
    rows().map_err(because)
}

fn because(error: impl Into<redb::Error>) -> Failure {
    Failure::because("redb", error.into())
}
