//! Lines of cells: for people in columns, for programs with commas.

/// A head and lines of as many cells.
#[derive(Debug)]
pub(in crate::simulate) struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    pub(in crate::simulate) fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Table { lines: vec![head.into_iter().map(Into::into).collect()] }
    }

    pub(in crate::simulate) fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.lines.push(cells.into_iter().collect());
    }

    /// As RFC 4180 has it.
    pub(in crate::simulate) fn csv(&self) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for line in &self.lines {
            writer.write_record(line).expect("a vector takes everything");
        }
        let bytes = writer.into_inner().expect("a vector takes everything");
        String::from_utf8(bytes).expect("all cells are text")
    }

    /// In columns, numbers to the right.
    pub(in crate::simulate) fn columns(&self) -> String {
        let count = self.lines.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..count).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
            format!("  {}", padded.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
        };
        self.lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_with_a_comma_is_quoted_and_columns_stand_below_each_other() {
        let mut table = Table::new(["a", "b"]);
        table.push(["1,5".to_owned(), "x".to_owned()]);
        assert_eq!(table.csv(), "a,b\n\"1,5\",x\n");
        assert_eq!(table.columns(), "    a  b\n  1,5  x");
    }
}
