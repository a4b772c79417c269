//! The embedded database: one file, one writer, several readers, durable at every commit.

use core::time::Duration;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use super::{QUERY_DEADLINE, not_migrated};
use crate::StoreError;

/// How long SQLite itself waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

#[derive(Clone, Debug)]
pub(super) struct Pools {
    writer: SqlitePool,
    pub(super) reader: SqlitePool,
}

impl Pools {
    pub(super) async fn open(directory: &Path) -> Result<Self, StoreError> {
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
        sqlx::migrate!("./migrations/sqlite").run(&writer).await.map_err(not_migrated)?;
        let reader = pool().max_connections(READERS).connect_with(options.read_only(true)).await?;
        Ok(Self { writer, reader })
    }

    pub(super) async fn close(self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Takes the lock at once.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Makes an empty file that only its owner may read, where it is missing.
fn private_file(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::file(path)(error)),
    }
}
