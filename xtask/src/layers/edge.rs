//! Who depends on whom, read from what `cargo tree --prefix depth` prints.

/// When a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In what users build.
    Normal,
    /// In the crate's own tests only.
    Test,
}

/// `from` names `to` in its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) kind: Kind,
}

/// Reads a tree of depth one, where each line is `DEPTH NAME vVERSION ...`.
pub(super) fn edges_in(tree: &str, kind: Kind) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut from = String::new();
    for (depth, name) in packages_in(tree) {
        if depth == 0 {
            from = name.to_owned();
        } else {
            edges.push(Edge { from: from.clone(), to: name.to_owned(), kind });
        }
    }
    edges
}

/// Depth and name of every package in the tree; other lines (blank ones, headings) are passed over.
pub(super) fn packages_in(tree: &str) -> impl Iterator<Item = (usize, &str)> {
    tree.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let depth = words.next()?.parse().ok()?;
        Some((depth, words.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::{Kind, edges_in};

    #[test]
    fn each_line_below_a_package_is_a_dependency_of_it() {
        let tree = "0 forebay v0.1.0 (/src/crates/forebay)\n1 futures-core v0.3.34\n\n\
                    0 forebay-backlog v0.1.0\n1 bytes v1.12.0\n1 forebay v0.1.0 (/src) (*)\n";
        let edges: Vec<(String, String)> =
            edges_in(tree, Kind::Normal).into_iter().map(|edge| (edge.from, edge.to)).collect();
        let wanted = [
            ("forebay", "futures-core"),
            ("forebay-backlog", "bytes"),
            ("forebay-backlog", "forebay"),
        ];
        assert_eq!(edges, wanted.map(|(from, to)| (from.to_owned(), to.to_owned())));
    }
}
