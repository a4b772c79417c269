//! A statement and the values that it is run with.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Encode, FromRow, Type};

use super::tx::{Access, Connection};
use crate::StoreError;

/// A statement for both databases.
#[derive(Clone, Copy)]
pub(crate) enum Text {
    /// The same text serves both.
    Same(&'static str),
    /// Where it cannot.
    Either { sqlite: &'static str, postgres: &'static str },
}

/// What stands at a `$n`.
pub(crate) enum Value {
    Number(Option<i64>),
    Text(Option<String>),
}

/// A row that both databases can give.
pub(crate) trait Columns:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Columns for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

/// A statement with its values, run once.
pub(crate) struct Query {
    text: Text,
    values: Vec<Value>,
}

impl Query {
    /// A statement whose values are still to be bound.
    pub(crate) fn new(text: impl Into<Text>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Binds the next value: the first call `$1`, the second `$2`.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it and gives back how many rows it touched.
    pub(crate) async fn execute(self, on: &mut impl Access) -> Result<u64, StoreError> {
        let (text, values) = (self.text, self.values);
        Ok(match on.connection() {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_with(text.sqlite(), sqlite(values)?);
                query.execute(connection).await?.rows_affected()
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_with(text.postgres(), postgres(values)?);
                query.execute(connection).await?.rows_affected()
            }
        })
    }

    /// The first row, where there is one.
    pub(crate) async fn fetch_optional<T: Columns>(
        self,
        on: &mut impl Access,
    ) -> Result<Option<T>, StoreError> {
        let (text, values) = (self.text, self.values);
        Ok(match on.connection() {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_as_with(text.sqlite(), sqlite(values)?);
                query.fetch_optional(connection).await?
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_as_with(text.postgres(), postgres(values)?);
                query.fetch_optional(connection).await?
            }
        })
    }

    /// The first row, which there must be.
    pub(crate) async fn fetch_one<T: Columns>(self, on: &mut impl Access) -> Result<T, StoreError> {
        self.fetch_optional(on).await?.ok_or(StoreError::Database(sqlx::Error::RowNotFound))
    }

    /// At most so many rows. The text ends in `LIMIT $n`, and `n` is one more than the values bound
    /// so far.
    pub(crate) async fn fetch_all<T: Columns>(
        self,
        limit: u32,
        on: &mut impl Access,
    ) -> Result<Vec<T>, StoreError> {
        let limited = self.bind(i64::from(limit));
        let (text, values) = (limited.text, limited.values);
        debug_assert!(text.ends_in_limit(values.len()), "{}", text.sqlite());
        Ok(match on.connection() {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_as_with(text.sqlite(), sqlite(values)?);
                query.fetch_all(connection).await?
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_as_with(text.postgres(), postgres(values)?);
                query.fetch_all(connection).await?
            }
        })
    }
}

impl Text {
    const fn sqlite(self) -> &'static str {
        match self {
            Self::Same(text) | Self::Either { sqlite: text, .. } => text,
        }
    }

    const fn postgres(self) -> &'static str {
        match self {
            Self::Same(text) | Self::Either { postgres: text, .. } => text,
        }
    }

    fn ends_in_limit(self, values: usize) -> bool {
        let end = format!("LIMIT ${values}");
        [self.sqlite(), self.postgres()].iter().all(|text| text.trim_end().ends_with(&end))
    }
}

fn sqlite(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    arguments(values)
}

fn postgres(values: Vec<Value>) -> Result<PgArguments, StoreError> {
    arguments(values)
}

fn arguments<A>(values: Vec<Value>) -> Result<A, StoreError>
where
    A: Arguments,
    Option<i64>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<String>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        let added = match value {
            Value::Number(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
        };
        added.map_err(|error| StoreError::Database(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::Same(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}
