//! The pool of numbers: what carriers gave us, and which of it can be given to a line.

use linka_metering::{Country, offers::Pool};
use linka_model::{Did, LineKind};
use serde::Serialize;
use serde_json::json;
use sqlx::FromRow;

use crate::database::in_time;
use crate::sql::{Access, Query, Text, Tx};
use crate::{Store, StoreError, clock};

/// A number that comes into the pool. Whether it is one of its country and kind is for the caller
/// to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewNumber {
    /// The number.
    pub did: Did,
    /// Its country.
    pub country: Country,
    /// Who pays for a call.
    pub kind: LineKind,
}

/// A number of the pool, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, FromRow)]
pub struct NumberListing {
    /// In E.164 form.
    pub number: String,
    /// Its country.
    pub country: String,
    /// Who pays for a call.
    pub kind: String,
    /// `free`, `assigned`, `quarantined` or `retired`.
    pub state: String,
    /// Whose line bears it.
    pub organisation: Option<String>,
    /// Which line bears it.
    pub line: Option<String>,
    /// Until when it rests, in milliseconds since 1970.
    pub quarantine_until_ms: Option<i64>,
}

/// So many numbers are listed at most.
const NUMBERS_MAX: u32 = 100_000;
/// Countries and kinds.
const POOLS_MAX: u32 = 1_000;

impl Store {
    /// Takes a number into the pool. A number that is in it stays as it is (`false`); one that was
    /// retired is free again, or goes on resting where it was retired before its rest was over.
    pub async fn add_number(&self, new: &NewNumber) -> Result<bool, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let state = known(&mut tx, new).await?;
            match state.as_deref() {
                None => insert(&mut tx, new).await?,
                Some("retired") => come_again(&mut tx, &new.did).await?,
                Some(_) => return Ok(false),
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Gives a number back to its carrier: it is never assigned again. Until when it rests is kept,
    /// for the case that it comes again.
    pub async fn retire_number(&self, did: &Did) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            match state(&mut tx, did).await?.as_str() {
                "retired" => return Ok(()),
                "assigned" => {
                    let why = format!("{did} is assigned to a line: release it first");
                    return Err(StoreError::Conflict(why));
                }
                _ => {}
            }
            Query::new(
                "UPDATE did SET state = 'retired', left_ms = released_ms,
                     rests_until_ms = quarantine_until_ms, released_ms = NULL,
                     quarantine_until_ms = NULL
                 WHERE number = $1",
            )
            .bind(did.as_str())
            .execute(&mut tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    /// All numbers, in their order.
    pub async fn numbers(&self) -> Result<Vec<NumberListing>, StoreError> {
        in_time(async {
            Query::new(
                "SELECT did.number, did.country, did.kind, did.state, org.name AS organisation,
                     line.name AS line, quarantine_until_ms
                 FROM did
                 LEFT JOIN line ON line.id = did.line
                 LEFT JOIN org ON org.id = line.org
                 ORDER BY did.number LIMIT $1",
            )
            .fetch_all(NUMBERS_MAX, &mut self.reader().await?)
            .await
        })
        .await
    }

    /// How many numbers of each country and kind are free.
    pub async fn pools(&self) -> Result<Vec<Pool>, StoreError> {
        in_time(async {
            let rows: Vec<(String, String, i64)> = Query::new(
                "SELECT country, kind, COUNT(*) FROM did WHERE state = 'free'
                 GROUP BY country, kind ORDER BY country, kind LIMIT $1",
            )
            .fetch_all(POOLS_MAX, &mut self.reader().await?)
            .await?;
            rows.into_iter().map(pool).collect()
        })
        .await
    }

    /// Frees numbers whose quarantine is over, at most `limit`; says which.
    pub async fn end_quarantines(&self, now_ms: i64, limit: u32) -> Result<Vec<Did>, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let due: Vec<(String,)> = Query::new(
                "SELECT number FROM did WHERE state = 'quarantined' AND quarantine_until_ms <= $1
                 ORDER BY quarantine_until_ms, number LIMIT $2",
            )
            .bind(now_ms)
            .fetch_all(limit, &mut tx)
            .await?;
            if due.is_empty() {
                return Ok(Vec::new());
            }
            // The tables compare with the time of the books.
            clock::stamp(&mut tx, now_ms).await?;
            let numbers: Vec<String> = due.into_iter().map(|(number,)| number).collect();
            Query::new(FREE).bind(json!(numbers).to_string()).execute(&mut tx).await?;
            let unreadable = |_| StoreError::Unreadable("number");
            let freed: Result<Vec<Did>, _> =
                numbers.iter().map(|number| number.parse().map_err(unreadable)).collect();
            let freed = freed?;
            tx.commit().await?;
            Ok(freed)
        })
        .await
    }
}

/// The state of a number that is in the pool already, if it is one of the same country and kind.
pub(crate) async fn known(tx: &mut Tx<'_>, new: &NewNumber) -> Result<Option<String>, StoreError> {
    let row: Option<(String, String, String)> =
        Query::new("SELECT country, kind, state FROM did WHERE number = $1")
            .bind(new.did.as_str())
            .fetch_optional(tx)
            .await?;
    let Some((country, kind, state)) = row else { return Ok(None) };
    if (country.as_str(), kind.as_str()) == (new.country.as_str(), new.kind.as_str()) {
        return Ok(Some(state));
    }
    let why = format!(
        "{} is in the pool as a {kind} number of {country}, not as a {} number of {}",
        new.did,
        new.kind.as_str(),
        new.country
    );
    Err(StoreError::Conflict(why))
}

pub(crate) async fn insert(tx: &mut Tx<'_>, new: &NewNumber) -> Result<(), StoreError> {
    Query::new("INSERT INTO did (number, country, kind, state) VALUES ($1, $2, $3, 'free')")
        .bind(new.did.as_str())
        .bind(new.country.as_str())
        .bind(new.kind.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

async fn state(on: &mut impl Access, did: &Did) -> Result<String, StoreError> {
    let row: Option<(String,)> = Query::new("SELECT state FROM did WHERE number = $1")
        .bind(did.as_str())
        .fetch_optional(on)
        .await?;
    let (state,) = row.ok_or_else(|| StoreError::NotFound(format!("the number {did}")))?;
    Ok(state)
}

/// A retired number is free, unless it has still to rest.
async fn come_again(tx: &mut Tx<'_>, did: &Did) -> Result<(), StoreError> {
    Query::new(
        "UPDATE did SET state = CASE WHEN rests_until_ms IS NULL THEN 'free' ELSE 'quarantined' END,
             released_ms = left_ms, quarantine_until_ms = rests_until_ms, left_ms = NULL,
             rests_until_ms = NULL
         WHERE number = $1 AND state = 'retired'",
    )
    .bind(did.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// Frees numbers, listed at `$1` as JSON, in one statement: a thousand must not take a thousand
/// answers.
const FREE: Text = Text::Either {
    sqlite: "UPDATE did SET state = 'free', released_ms = NULL, quarantine_until_ms = NULL
         WHERE state = 'quarantined' AND number IN (SELECT value FROM json_each($1))",
    postgres: "UPDATE did SET state = 'free', released_ms = NULL, quarantine_until_ms = NULL
         WHERE state = 'quarantined'
             AND number IN (SELECT value FROM json_array_elements_text(CAST($1 AS JSON)))",
};

fn pool((country, kind, free): (String, String, i64)) -> Result<Pool, StoreError> {
    Ok(Pool {
        country: country.try_into().map_err(|_| StoreError::Unreadable("country"))?,
        kind: LineKind::from_name(&kind).ok_or(StoreError::Unreadable("kind"))?,
        free: u64::try_from(free).map_err(|_| StoreError::Unreadable("count"))?,
    })
}
