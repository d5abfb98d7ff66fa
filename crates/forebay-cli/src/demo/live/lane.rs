//! The queue as a lane: items come in on the left and leave on the right, each a block.
//!
//! The blocks stand as close as they have to. Not one of them is ever left out silently.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::terminal::Palette;
use crate::terminal::number;

/// How a block looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// With its number.
    Told,
    /// Two columns.
    Broad,
    /// One column, and the next one beside it.
    Narrow,
}

impl Block {
    /// Columns of a block, and of the gap behind it.
    fn widths(self) -> (u16, u16) {
        match self {
            Block::Told => (7, 1),
            Block::Broad => (2, 1),
            Block::Narrow => (1, 0),
        }
    }

    fn columns(self, count: usize) -> usize {
        let (block, gap) = self.widths();
        count * usize::from(block + gap)
    }

    fn text(self, item: f64) -> String {
        match self {
            Block::Told => format!("{item:^7?}"),
            Block::Broad => "  ".to_owned(),
            Block::Narrow => "▐".to_owned(),
        }
    }
}

/// Draws the items, the oldest first, at the right end of `area`. Beyond `surplus_above` they
/// are what the fast gear is for.
pub(super) fn draw(
    items: impl ExactSizeIterator<Item = f64>,
    surplus_above: u64,
    palette: &Palette,
    area: Rect,
    buffer: &mut Buffer,
) {
    let (count, width) = (items.len(), usize::from(area.width));
    let kinds = [Block::Told, Block::Broad, Block::Narrow];
    let fitting = kinds.into_iter().find(|kind| kind.columns(count) <= width);
    let kind = fitting.unwrap_or(Block::Narrow);
    let more = if fitting.is_some() { 0 } else { more(count, width) };
    let (block, gap) = kind.widths();
    let mut right = area.right();
    for (at, item) in items.take(count - more).enumerate() {
        let is_surplus = at as u64 >= surplus_above;
        let style = match (kind, is_surplus) {
            (Block::Narrow, false) => palette.slow,
            (Block::Narrow, true) => palette.fast,
            (_, false) => palette.item,
            (_, true) => palette.surplus,
        };
        right -= block;
        for y in area.top()..area.bottom() {
            let is_middle = y == area.y + area.height / 2;
            let text = match kind {
                Block::Told if !is_middle => " ".repeat(usize::from(block)),
                kind => kind.text(item),
            };
            buffer.set_string(right, y, text, style);
        }
        right = right.saturating_sub(gap).max(area.x);
    }
    if more > 0 {
        let text = label(more);
        buffer.set_string(area.x, area.y + area.height / 2, text, palette.strong);
    }
}

fn label(more: usize) -> String {
    format!("{} more ▸", number::count(more as u64))
}

/// How many there is no room for, beside the label that says so.
fn more(count: usize, width: usize) -> usize {
    // The label of all of them is as long as any label of some of them.
    let room = width.saturating_sub(label(count).chars().count());
    count - room.min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: u16 = 40;

    fn drawn(count: usize) -> String {
        let area = Rect::new(0, 0, WIDTH, 1);
        let mut buffer = Buffer::empty(area);
        draw((0..count).map(|_| 0.25), 5, &Palette::colored(), area, &mut buffer);
        (0..WIDTH).map(|x| buffer[(x, 0)].symbol()).collect()
    }

    #[test]
    fn blocks_stand_at_the_right_end_as_close_as_they_have_to() {
        assert_eq!(drawn(0).trim(), "");
        assert_eq!(drawn(2), format!("{}{}", " ".repeat(25), " 0.25    0.25  "));
        assert_eq!(drawn(5).matches("0.25").count(), 5);
        assert!(!drawn(6).contains("0.25"));
        assert_eq!(drawn(14).matches('▐').count(), 14);
        assert_eq!(drawn(40).matches('▐').count(), 40);
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let lane = drawn(5_000);
        assert!(lane.starts_with("4,972 more ▸"), "{lane}");
        assert_eq!(lane.matches('▐').count(), 28);
    }

    #[test]
    fn each_block_is_a_run_of_its_own_ground() {
        let area = Rect::new(0, 0, WIDTH, 1);
        let mut buffer = Buffer::empty(area);
        let palette = Palette::colored();
        draw((0..9).map(|_| 1.5), 5, &palette, area, &mut buffer);
        let ground = |x| buffer[(x, 0)].bg;
        let begins = |x: &u16| {
            ground(*x) != ratatui::style::Color::Reset
                && (*x == 0 || ground(*x - 1) == ratatui::style::Color::Reset)
        };
        assert_eq!((0..WIDTH).filter(begins).count(), 9);
        let surplus = (0..WIDTH).filter(|x| Some(ground(*x)) == palette.surplus.bg).count();
        assert_eq!(surplus, 4 * 2);
    }
}
