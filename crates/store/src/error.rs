//! Why the store did not do what it was asked.

use std::io;
use std::path::PathBuf;

/// An error of the store. None of its texts holds anything of a caller's.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database gave no answer in time; what was asked may stand or not. Ask again.
    #[error("the database did not answer in time")]
    Unavailable,
    /// There is no such thing.
    #[error("{0} does not exist")]
    NotFound(String),
    /// There is one already.
    #[error("{0} exists already")]
    Exists(String),
    /// The credit does not cover it; nothing was written.
    #[error("the credit does not cover it")]
    NoCredit,
    /// Another thing stands under the same name (I5), or the rules forbid it.
    #[error("{0}")]
    Conflict(String),
    /// Another process carries calls with this data directory.
    #[error("another linka is serving from {}", .0.display())]
    Serving(PathBuf),
    /// A file or folder could not be made, read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database holds what this program never writes.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
    /// The database refused.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// For `map_err` on operations on a file.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) {
            Self::Unavailable
        } else {
            Self::Database(error)
        }
    }
}
