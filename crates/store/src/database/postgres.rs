//! A PostgreSQL server: many nodes, one writer at a time.

use core::fmt;
use core::time::Duration;
use std::io;

use linka_model::Redacted;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::{PROBE_DEADLINE, QUERY_DEADLINE, in_time, not_migrated};
use crate::StoreError;

/// Connections of each kind that a node keeps at most.
const CONNECTIONS_MAX: u32 = 4;
/// How long the server may take to answer a start.
const START_LIMIT: Duration = Duration::from_secs(10);

/// All of them end before [`QUERY_DEADLINE`] does, so that no abandoned statement goes on behind a
/// node's back. The last frees the books of a node that was stopped in the middle of a transaction.
const LIMITS: [(&str, &str); 3] = [
    ("statement_timeout", "900ms"),
    ("lock_timeout", "800ms"),
    ("idle_in_transaction_session_timeout", "2s"),
];

/// Writers take turns, as they do in SQLite: without this, two nodes that settle calls of two
/// organisations would wait for each other's accounts. The number is ours alone in this database.
///
/// It is asked for inside the transaction and not together with `BEGIN`: where the turn does not
/// come in time, the transaction is there to be rolled back, and the connection is as good as new.
const TURN: &str = "SELECT pg_advisory_xact_lock(5496823047)";
/// One state of the books for all queries, however long they take.
const SNAPSHOT: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0";

/// Where the server is, and how to be let in. It is shown without the password.
#[derive(Clone)]
pub struct Server {
    url: String,
    options: PgConnectOptions,
    password: Option<Redacted<String>>,
}

/// Why a text names no server. The text itself is not repeated: it may hold a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ServerError {
    /// It is no address of a database.
    #[error(
        "the address of the database is not of the form postgres://USER@HOST[:PORT]/DATABASE[?sslmode=verify-full]"
    )]
    Address,
    /// It holds a password.
    #[error(
        "the address of the database holds a password: remove it there, and put it in the environment variable LINKA_DATABASE_PASSWORD or in a file that database_password_file names"
    )]
    Password,
}

impl Server {
    /// Reads an address such as `postgres://linka@db.example.org/linka`.
    pub fn parse(url: &str) -> Result<Self, ServerError> {
        let (scheme, rest) = url.split_once("://").ok_or(ServerError::Address)?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(ServerError::Address);
        }
        if holds_password(rest) {
            return Err(ServerError::Password);
        }
        let options: PgConnectOptions = url.parse().map_err(|_| ServerError::Address)?;
        if options.get_database().is_none_or(str::is_empty) {
            return Err(ServerError::Address);
        }
        let options = options.application_name("linka");
        Ok(Self { url: url.to_owned(), options, password: None })
    }

    /// The same server, with a password.
    #[must_use]
    pub fn with_password(self, password: String) -> Self {
        Self { password: Some(Redacted::new(password)), ..self }
    }

    /// Connects once, changes nothing, and gives back what answers: `PostgreSQL 15.14`.
    pub async fn version(&self) -> Result<String, StoreError> {
        let mut connection = self.once().await?;
        let text = "SELECT 'PostgreSQL ' || current_setting('server_version')";
        let (version,) = in_time(async {
            Ok(sqlx::query_as::<_, (String,)>(text).fetch_one(&mut connection).await?)
        })
        .await?;
        drop(connection.close().await);
        Ok(version)
    }

    /// A connection without limits, beside those that the store keeps.
    async fn once(&self) -> Result<PgConnection, StoreError> {
        let away = |why: String| StoreError::Away { server: self.to_string(), why };
        let options = self.options();
        let connecting = PgConnection::connect_with(&options);
        tokio::time::timeout(START_LIMIT, connecting)
            .await
            .map_err(|_| away("no answer".to_owned()))?
            .map_err(|error| away(error.to_string()))
    }

    fn options(&self) -> PgConnectOptions {
        match &self.password {
            Some(password) => self.options.clone().password(password.expose()),
            None => self.options.clone(),
        }
    }
}

/// Looks at what follows `postgres://`: a colon before the last `@` of the host part, or a key
/// `password`.
fn holds_password(rest: &str) -> bool {
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = address.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || query.split('&').any(|pair| pair.starts_with("password"))
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self})")
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pools {
    writer: PgPool,
    pub(super) reader: PgPool,
}

impl Pools {
    pub(super) async fn connect(server: &Server) -> Result<Self, StoreError> {
        migrate(server).await?;
        let options = server.options().options(LIMITS);
        let reading = options.clone().options([("default_transaction_read_only", "on")]);
        let pool = || {
            let pool = PgPoolOptions::new().acquire_timeout(QUERY_DEADLINE);
            pool.max_connections(CONNECTIONS_MAX)
        };
        let writer = pool().connect_with(options).await?;
        let reader = pool().connect_with(reading).await?;
        Ok(Self { writer, reader })
    }

    /// Whether the server refuses connections by its own word: nothing listens at its address, or
    /// it is just starting or stopping. Silence may be a wire that broke for this node alone.
    pub(super) async fn is_down(&self) -> bool {
        let options = self.writer.connect_options();
        let connecting = PgConnection::connect_with(&options);
        match tokio::time::timeout(PROBE_DEADLINE, connecting).await {
            Ok(Err(sqlx::Error::Io(error))) => error.kind() == io::ErrorKind::ConnectionRefused,
            Ok(Err(sqlx::Error::Database(refusal))) => refusal.code().is_some_and(|c| c == "57P03"),
            Ok(Ok(_) | Err(_)) | Err(_) => false,
        }
    }

    pub(super) async fn close(self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    pub(super) async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut tx = self.writer.begin().await?;
        sqlx::raw_sql(TURN).execute(&mut *tx).await?;
        Ok(tx)
    }

    pub(super) async fn snapshot(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.reader.begin_with(SNAPSHOT).await?)
    }
}

/// Brings the tables up to date, over a connection of its own that has no limits. Nodes that start
/// at once take turns.
async fn migrate(server: &Server) -> Result<(), StoreError> {
    let mut connection = server.once().await?;
    sqlx::migrate!("./migrations/postgres").run(&mut connection).await.map_err(not_migrated)?;
    // The server frees it anyway.
    drop(connection.close().await);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_user_host_and_database() {
        let server = Server::parse("postgres://linka@db.example.org:5433/books").unwrap();
        assert_eq!(server.options.get_username(), "linka");
        assert_eq!(server.options.get_host(), "db.example.org");
        assert_eq!(server.options.get_port(), 5433);
        assert_eq!(server.options.get_database(), Some("books"));
        for wrong in
            ["", "books", "mysql://linka@host/books", "postgres://linka@host", "postgres://"]
        {
            assert_eq!(Server::parse(wrong).unwrap_err(), ServerError::Address, "{wrong}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        for url in [
            "postgres://linka:hunter2@host/books",
            "postgres://linka:hunter@2@host/books",
            "postgres://linka@host/books?sslmode=disable&password=hunter2",
        ] {
            let error = Server::parse(url).unwrap_err();
            assert_eq!(error, ServerError::Password);
            assert!(!error.to_string().contains("hunter"));
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let server = Server::parse("postgres://linka@host/books").unwrap();
        let server = server.with_password("hunter2".to_owned());
        assert_eq!(format!("{server} {server:?}").matches("hunter2").count(), 0);
    }
}
