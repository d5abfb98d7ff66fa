//! The colors of all pictures.

/// What is written and drawn in.
pub(super) const INK: &str = "#16202c";
/// What is said beside.
pub(super) const MUTED: &str = "#5b6673";
pub(super) const GRID: &str = "#e4e8ed";
/// The length of the queue.
pub(super) const LENGTH: &str = "#1f5fa8";
/// Faster gears.
pub(super) const GEAR: &str = "#f2a93b";
/// Where it shifts up, and where down.
pub(super) const ENGAGE: &str = "#c0392b";
pub(super) const RELEASE: &str = "#1e7f54";
/// What accumulates.
pub(super) const ACCUMULATES: &str = "#d9dde3";

/// From little to much: the eye sees equal steps, also in gray and with any eyes (after Viridis
/// by Stéfan van der Walt and Nathaniel Smith).
const SCALE: [[f64; 3]; 6] = [
    [253.0, 231.0, 37.0],
    [122.0, 209.0, 81.0],
    [34.0, 168.0, 132.0],
    [42.0, 120.0, 142.0],
    [65.0, 68.0, 135.0],
    [68.0, 1.0, 84.0],
];

/// The color of a share from 0 to 1.
pub(super) fn of_share(share: f64) -> String {
    let [red, green, blue] = mixed(share).map(|part| part.round() as u8);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// What can be read on it.
pub(super) fn on_share(share: f64) -> &'static str {
    let [red, green, blue] = mixed(share);
    if 0.3 * red + 0.59 * green + 0.11 * blue > 140.0 { INK } else { "#ffffff" }
}

fn mixed(share: f64) -> [f64; 3] {
    let at = share.clamp(0.0, 1.0) * (SCALE.len() - 1) as f64;
    let below = (at.floor() as usize).min(SCALE.len() - 2);
    let part = at - below as f64;
    std::array::from_fn(|index| {
        SCALE[below][index] + (SCALE[below + 1][index] - SCALE[below][index]) * part
    })
}
