//! What the terminal can show: colour, characters beyond ASCII, a line that is written over.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

/// A line that the next one replaces; nothing at all when nobody is looking.
#[derive(Debug, Default)]
pub struct Passing {
    shown: bool,
}

impl Passing {
    /// Shows a line in the place of the last one.
    pub fn show(&mut self, line: &str) {
        if io::stdout().is_terminal() {
            let mut out = io::stdout();
            // A line wider than the terminal would leave its first half behind.
            let line = console::truncate_str(
                line,
                usize::from(console::Term::stdout().size().1).saturating_sub(1),
                "",
            );
            let _ = write!(out, "\r\x1b[2K{line}").and_then(|()| out.flush());
            self.shown = true;
        }
    }

    /// Takes it away.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let mut out = io::stdout();
            let _ = write!(out, "\r\x1b[2K").and_then(|()| out.flush());
        }
    }
}

/// How many columns text may take: those of the terminal, as long as a line can still be read, or 80.
pub fn width() -> usize {
    columns().map_or(80, |columns| columns.clamp(20, 100))
}

/// How many columns the terminal has; none, when nobody is looking.
pub fn columns() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// What to tell a child of ours about colour, since its own output may be a pipe to us.
pub fn color_of_stdout() -> &'static str {
    color(io::stdout().is_terminal())
}

/// The same for what it writes to standard error.
pub fn color_of_stderr() -> &'static str {
    color(io::stderr().is_terminal())
}

fn color(terminal: bool) -> &'static str {
    let refused = env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    if terminal && !refused {
        "always"
    } else {
        "never"
    }
}
