//! Opening the database: one writer, several readers, durable at every commit.

use core::future::Future;
use core::time::Duration;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use crate::StoreError;

/// The longest that anything waits for the database (D4).
pub const QUERY_DEADLINE: Duration = Duration::from_secs(1);
/// How long SQLite itself waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

/// The database of one node. Cheap to clone; all clones share the connections.
///
/// Several processes may open the same directory, so that the command line works beside a running
/// server; only one may carry calls ([`Store::start_node`]).
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
    writer: SqlitePool,
    reader: SqlitePool,
}

impl Store {
    /// Opens the database in a directory and brings its tables up to date. Both are made where they
    /// are missing, readable by their owner alone.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        private_directory(directory)?;
        let path = directory.join("linka.db");
        private_file(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            // What is deleted is overwritten.
            .pragma("secure_delete", "ON")
            .foreign_keys(true);
        // One connection: writers of this process queue here instead of in SQLite.
        let pool = || SqlitePoolOptions::new().acquire_timeout(QUERY_DEADLINE);
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!("./migrations")
            .run(&writer)
            .await
            .map_err(|error| StoreError::Database(error.into()))?;
        let reader = pool().max_connections(READERS).connect_with(options.read_only(true)).await?;
        Ok(Self { directory: directory.to_owned(), writer, reader })
    }

    /// Lets go of the database. Dropping the store does the same without waiting.
    pub async fn close(self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// The directory that the database lies in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) const fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// Starts a transaction that writes. It takes the lock at once: whoever reads in it first reads
    /// what it then changes.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
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

/// Makes an empty file that only its owner may read, where it is missing.
fn private_file(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::file(path)(error)),
    }
}
