//! Remarks on a place in a file, as people read them.

use core::fmt;

/// Why a file is no rate card: the place, the reason and the line itself.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(transparent)]
pub struct CardError(pub(crate) Remark);

/// What in a rate card looks like a slip; strict checking turns it into a failure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning(pub(crate) Remark);

/// A remark; line and column count from 1, and are 0 where there is no place.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) struct Remark {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
    pub(crate) excerpt: String,
}

impl CardError {
    /// The line of the file, from 1; 0 where the file as a whole is meant.
    pub const fn line(&self) -> usize {
        self.0.line
    }

    /// The column, in characters, from 1; 0 where the file as a whole is meant.
    pub const fn column(&self) -> usize {
        self.0.column
    }

    /// The reason alone.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl Warning {
    /// The line of the file, from 1.
    pub const fn line(&self) -> usize {
        self.0.line
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `file:line:column: reason`, then the line with a caret under the place.
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, excerpt } = self;
        write!(f, "{file}:{line}:{column}: {message}")?;
        if *line > 0 {
            let before = column.saturating_sub(1);
            write!(f, "\n{line:5} | {excerpt}\n      | {:before$}^", "")?;
        }
        Ok(())
    }
}
