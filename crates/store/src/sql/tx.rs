//! Where a query runs: a connection that reads, or a transaction.

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

use crate::StoreError;

/// A connection of one of the two databases.
pub(crate) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// What a query can run on.
pub(crate) trait Access: Send {
    fn connection(&mut self) -> Connection<'_>;
}

/// A connection that only reads, each query by itself.
pub(crate) enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A transaction, or a savepoint in one. Dropped without [`Tx::commit`] it leaves nothing behind.
pub(crate) enum Tx<'a> {
    Sqlite(Transaction<'a, Sqlite>),
    Postgres(Transaction<'a, Postgres>),
}

impl Tx<'_> {
    /// Begins a part that can be undone alone.
    pub(crate) async fn savepoint(&mut self) -> Result<Tx<'_>, StoreError> {
        Ok(match self {
            Self::Sqlite(tx) => Tx::Sqlite(tx.begin().await?),
            Self::Postgres(tx) => Tx::Postgres(tx.begin().await?),
        })
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let ended = match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        };
        Ok(ended?)
    }

    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        let ended = match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        };
        Ok(ended?)
    }
}

impl Access for Tx<'_> {
    fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(tx) => Connection::Sqlite(tx),
            Self::Postgres(tx) => Connection::Postgres(tx),
        }
    }
}

impl Access for Reader {
    fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}
