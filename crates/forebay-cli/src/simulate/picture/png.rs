//! An SVG as a PNG, with the fonts that come with the program.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::canvas::FONT;

/// Inter by Rasmus Andersson and others, cut down to Latin letters; see OFL.txt beside them.
static REGULAR: &[u8] = include_bytes!("../../../fonts/Inter-Regular.otf");
static SEMI_BOLD: &[u8] = include_bytes!("../../../fonts/Inter-SemiBold.otf");

/// Twice as many points: as sharp as today's screens.
const SCALE: f32 = 2.0;

/// The bytes of the file.
pub(super) fn of(svg: &str) -> Result<Vec<u8>, String> {
    let mut fonts = Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(SEMI_BOLD.to_vec());
    fonts.set_sans_serif_family(FONT);
    let options =
        Options { fontdb: Arc::new(fonts), font_family: FONT.to_owned(), ..Options::default() };
    let cannot = |what: &dyn std::fmt::Display| format!("cannot draw the picture: {what}");
    let tree = Tree::from_str(svg, &options).map_err(|error| cannot(&error))?;
    let size = tree.size().to_int_size();
    let (width, height) = (size.width() * SCALE as u32, size.height() * SCALE as u32);
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| cannot(&"it has no size"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| cannot(&error))
}
