//! Opening a database: SQLite in a file, or a PostgreSQL server.

mod postgres;
mod sqlite;

use core::future::Future;
use core::time::Duration;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

pub use postgres::{Server, ServerError};

use crate::StoreError;
use crate::sql::{Query, Reader, Text, Tx};

/// The longest that anything waits for the database (D4).
pub const QUERY_DEADLINE: Duration = Duration::from_secs(1);

/// The books, in whichever database they lie. Cheap to clone; all clones share the connections.
///
/// Several processes may open the same books, so that the command line works beside a running
/// server. Calls are carried under a term ([`Store::start_node`]).
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
    pools: Pools,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite(sqlite::Pools),
    Postgres(postgres::Pools),
}

/// The longest that is waited for a database that was away, to see whether it is back.
pub(crate) const PROBE_DEADLINE: Duration = Duration::from_millis(500);

impl Store {
    /// Opens the embedded database of a directory and brings its tables up to date. Both are made
    /// where they are missing, readable by their owner alone.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        private_directory(directory)?;
        let pools = Pools::Sqlite(sqlite::Pools::open(directory).await?);
        Ok(Self { directory: directory.to_owned(), pools })
    }

    /// Connects to a server and brings the tables of its database up to date. What is kept in files
    /// lies in the directory; every node has one of its own.
    pub async fn connect(server: &Server, directory: &Path) -> Result<Self, StoreError> {
        private_directory(directory)?;
        let pools = Pools::Postgres(postgres::Pools::connect(server).await?);
        Ok(Self { directory: directory.to_owned(), pools })
    }

    /// Lets go of the database. Dropping the store does the same without waiting.
    pub async fn close(self) {
        match self.pools {
            Pools::Sqlite(pools) => pools.close().await,
            Pools::Postgres(pools) => pools.close().await,
        }
    }

    /// The directory of this node's files.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Which database answers, for people: `SQLite 3.50.2`, `PostgreSQL 15.14`.
    pub async fn version(&self) -> Result<String, StoreError> {
        in_time(async {
            let (version,): (String,) = Query::new(Text::Either {
                sqlite: "SELECT 'SQLite ' || sqlite_version()",
                postgres: "SELECT 'PostgreSQL ' || current_setting('server_version')",
            })
            .fetch_one(&mut self.reader().await?)
            .await?;
            Ok(version)
        })
        .await
    }

    pub(crate) async fn reader(&self) -> Result<Reader, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite(pools) => Reader::Sqlite(pools.reader.acquire().await?),
            Pools::Postgres(pools) => Reader::Postgres(pools.reader.acquire().await?),
        })
    }

    /// Starts a transaction that writes. There is one at a time in the whole database: whoever
    /// reads in it first reads what it then changes.
    pub(crate) async fn begin(&self) -> Result<Tx<'static>, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite(pools) => Tx::Sqlite(pools.begin().await?),
            Pools::Postgres(pools) => Tx::Postgres(pools.begin().await?),
        })
    }

    /// Starts a transaction that reads, for as long as it likes, what stood at its first query.
    pub(crate) async fn snapshot(&self) -> Result<Tx<'static>, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite(pools) => Tx::Sqlite(pools.reader.begin().await?),
            Pools::Postgres(pools) => Tx::Postgres(pools.snapshot().await?),
        })
    }

    /// Whether a database that gives no answer is away for every node, and not for this one alone:
    /// nobody else has the embedded one, and a server says so itself by refusing connections.
    pub(crate) async fn is_away_for_all(&self) -> bool {
        match &self.pools {
            Pools::Sqlite(_) => true,
            Pools::Postgres(pools) => pools.is_down().await,
        }
    }

    /// Whether only one process may carry calls.
    pub(crate) const fn is_embedded(&self) -> bool {
        matches!(self.pools, Pools::Sqlite(_))
    }
}

/// Waits for an answer of the database for at most [`QUERY_DEADLINE`].
pub(crate) async fn in_time<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    tokio::time::timeout(QUERY_DEADLINE, work).await.unwrap_or(Err(StoreError::Unavailable))
}

/// Makes a directory that only its owner may look into, where it is missing.
pub(crate) fn private_directory(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(StoreError::file(path))
}

/// What is wrong when the tables cannot be brought up to date.
fn not_migrated(error: MigrateError) -> StoreError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is open; all other variants are faults of the database or of the program"
    )]
    match error {
        MigrateError::VersionMismatch(_) | MigrateError::VersionMissing(_) => StoreError::Foreign,
        other => StoreError::Database(other.into()),
    }
}
