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
    /// What a payer's provider says contradicts what is known; a person has to look.
    #[error(transparent)]
    Payment(#[from] linka_payment::purchase::Refusal),
    /// Another process carries calls with this data directory.
    #[error("another linka is serving from {}", .0.display())]
    Serving(PathBuf),
    /// Another node has taken over the calls of this one; it may write nothing more (I20).
    #[error("the term of this node is over: another node settled its calls. Start it again")]
    TermOver,
    /// A file or folder could not be made, read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The secret of the case codes is gone, and reports have codes that only it finds.
    #[error(
        "{} is missing, and reports have case codes that only it can find: put it back from where it was kept. If it is lost for good, move the folder `reports` beside it elsewhere; linka then begins with a new one, and no code of those reports is ever found again",
        .0.display()
    )]
    SecretGone(PathBuf),
    /// The database holds what this program never writes.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
    /// The tables are those of another version of linka.
    #[error(
        "the database holds the tables of another version of linka: start with an empty data folder or an empty database (the demo: `linka demo --fresh`)"
    )]
    Foreign,
    /// The database server cannot be reached, or does not let linka in.
    #[error("the database {server} does not let linka in: {why}")]
    Away {
        /// Its address, which holds no password.
        server: String,
        /// Why.
        why: String,
    },
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

impl StoreError {
    /// Whether a constraint or a trigger of the database forbids it: asking again changes nothing.
    pub(crate) fn is_forbidden(&self) -> bool {
        let Self::Database(sqlx::Error::Database(refusal)) = self else { return false };
        refusal.code().is_some_and(|code| match code.len() {
            5 => code.starts_with("23") || code == RAISED,
            // The low byte of a result code of SQLite is its class.
            _ => code.parse::<u32>().is_ok_and(|code| code & 0xFF == SQLITE_CONSTRAINT),
        })
    }
}

/// What `RAISE EXCEPTION` of a trigger gives in PostgreSQL.
const RAISED: &str = "P0001";
/// The class of refusals in SQLite (sqlite.org/rescode.html).
const SQLITE_CONSTRAINT: u32 = 19;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_no_answer(&error) { Self::Unavailable } else { Self::Database(error) }
    }
}

/// Whether an error says that the database did not answer, rather than that it refused.
fn is_no_answer(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Database(refusal) = error {
        return refusal
            .code()
            .is_some_and(|code| NO_ANSWER.iter().any(|class| code.starts_with(class)));
    }
    matches!(
        error,
        sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
    )
}

/// Codes of PostgreSQL (appendix A of its manual), or how they begin: the connection broke (08),
/// the transaction failed before (25P02) or sat idle too long (25P03), another was preferred (40),
/// resources are short (53), a lock did not come (55P03), a statement was cut short or the server is
/// going or coming (57).
const NO_ANSWER: [&str; 7] = ["08", "25P02", "25P03", "40", "53", "55P03", "57"];
