//! What a simulation came to, told: as JSON, as text, as a table.

pub(super) mod csv;
pub(super) mod json;
pub(super) mod table;
pub(super) mod text;
