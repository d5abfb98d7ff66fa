//! What stands out, and how: in the sixteen colors that every terminal has and its owner chose, or
//! without any.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use clap::builder::PossibleValue;
use ratatui::style::{Color, Modifier, Style};

/// When colors are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum When {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Whatever `NO_COLOR` says.
    Always,
    /// Bold and reversed text only.
    Never,
}

impl ValueEnum for When {
    fn value_variants<'a>() -> &'a [Self] {
        &[When::Auto, When::Always, When::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            When::Auto => "auto",
            When::Always => "always",
            When::Never => "never",
        }))
    }
}

impl When {
    /// The palette for standard output.
    pub(crate) fn palette(self) -> Palette {
        let is_colored = match self {
            When::Always => true,
            When::Never => false,
            When::Auto => io::stdout().is_terminal() && !is_no_color(),
        };
        // What resets a color would be an escape for colors, too.
        crossterm::style::force_color_output(is_colored);
        if is_colored { Palette::colored() } else { Palette::plain() }
    }
}

/// As <https://no-color.org> has it: the variable counts when it is there and not empty.
pub(crate) fn is_no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// One style for each meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Palette {
    /// Explanations, frames.
    pub(crate) quiet: Style,
    /// Figures.
    pub(crate) strong: Style,
    /// The slow gear, and what waits while it is in.
    pub(crate) slow: Style,
    /// Any faster gear.
    pub(crate) fast: Style,
    /// An item as a block.
    pub(crate) item: Style,
    /// The same, above the threshold.
    pub(crate) surplus: Style,
    /// Where a gear begins or ends.
    pub(crate) mark: Style,
    /// As it should be.
    pub(crate) good: Style,
    /// Not as it should be.
    pub(crate) bad: Style,
}

impl Palette {
    pub(crate) fn colored() -> Self {
        let fg = |color| Style::new().fg(color);
        Self {
            quiet: Style::new().add_modifier(Modifier::DIM),
            strong: Style::new().add_modifier(Modifier::BOLD),
            slow: fg(Color::Cyan),
            fast: fg(Color::Yellow),
            item: Style::new().fg(Color::Black).bg(Color::Cyan),
            surplus: Style::new().fg(Color::Black).bg(Color::Yellow),
            mark: fg(Color::Magenta),
            good: fg(Color::Green),
            bad: fg(Color::Red).add_modifier(Modifier::BOLD),
        }
    }

    pub(crate) fn plain() -> Self {
        let none = Style::new();
        let bold = none.add_modifier(Modifier::BOLD);
        Self {
            quiet: none.add_modifier(Modifier::DIM),
            strong: bold,
            slow: none,
            fast: bold,
            item: none.add_modifier(Modifier::REVERSED),
            surplus: none.add_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD),
            mark: none,
            good: none,
            bad: bold,
        }
    }

    /// The style of a gear.
    pub(crate) fn gear(&self, gear: usize) -> Style {
        if gear == 0 { self.slow } else { self.fast }
    }

    /// A word on the ground of its style.
    pub(crate) fn badge(style: Style) -> Style {
        style.add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }
}
