//! Pictures: drawn as SVG, and from that, where asked for, as PNG.

use std::path::Path;

use super::write;
use crate::outcome::Failure;

mod axis;
mod canvas;
mod color;
mod frame;
pub(super) mod length;
pub(super) mod map;
mod png;
mod words;

/// Saves it, as the end of the name says.
pub(super) fn save(path: &Path, svg: &str) -> Result<(), Failure> {
    if path.extension().is_some_and(|extension| extension == "png") {
        let bytes = png::of(svg).map_err(Failure::Failed)?;
        return write(path, &bytes);
    }
    write(path, svg.as_bytes())
}
