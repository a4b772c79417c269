//! Entries that are complete at once: what people and payers move, as against holds of calls (M7).

use linka_metering::EntryId;
use linka_model::Micros;

use crate::sql::{Query, Tx};
use crate::{StoreError, clock};

/// An entry between two accounts that is complete at once.
pub(crate) struct Plain<'a> {
    /// Made before the first attempt to write it: the same entry again changes nothing (I5).
    pub(crate) id: EntryId,
    /// The account that it is taken from. Credit is taken as far as it is available, no further.
    pub(crate) debit: String,
    pub(crate) credit: String,
    pub(crate) amount: Micros,
    /// One of the codes that the table of entries knows.
    pub(crate) code: &'static str,
    pub(crate) reason: &'a str,
}

/// Writes the entry and both balances, or finds that it stands already.
pub(crate) async fn book(
    tx: &mut Tx<'_>,
    entry: &Plain<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    if stands(tx, entry).await? {
        return Ok(());
    }
    let taken = Query::new(
        "UPDATE account SET debits = debits + $1
         WHERE id = $2 AND (kind <> 'credit' OR credits - disputed - debits - pending >= $1)",
    )
    .bind(entry.amount.0)
    .bind(&entry.debit)
    .execute(tx)
    .await?;
    if taken == 0 {
        return Err(StoreError::NoCredit);
    }
    receive(tx, entry, now_ms).await
}

/// Writes an entry by which a payer took money back, or finds that it stands already. It goes whether
/// it is spent or not (M17); `held` of it cannot be spent already.
pub(crate) async fn take_back(
    tx: &mut Tx<'_>,
    entry: &Plain<'_>,
    held: Micros,
    now_ms: i64,
) -> Result<(), StoreError> {
    if stands(tx, entry).await? {
        return Ok(());
    }
    let taken = Query::new(
        "UPDATE account SET taken_back = taken_back + $1, disputed = disputed + $2
         WHERE id = $3 AND kind = 'credit'",
    )
    .bind(entry.amount.0)
    .bind(entry.amount.0 - held.0)
    .bind(&entry.debit)
    .execute(tx)
    .await?;
    if taken == 0 {
        return Err(StoreError::NotFound("the account".to_owned()));
    }
    receive(tx, entry, now_ms).await
}

/// The other side of an entry, and its row.
async fn receive(tx: &mut Tx<'_>, entry: &Plain<'_>, now_ms: i64) -> Result<(), StoreError> {
    Query::new("UPDATE account SET credits = credits + $1 WHERE id = $2")
        .bind(entry.amount.0)
        .bind(&entry.credit)
        .execute(tx)
        .await?;
    let at_ms = clock::stamp(tx, now_ms).await?;
    insert(tx, entry, at_ms).await
}

/// Whether this very entry stands already; another one under its name is a conflict.
async fn stands(tx: &mut Tx<'_>, entry: &Plain<'_>) -> Result<bool, StoreError> {
    if entry.amount <= Micros::ZERO {
        return Err(StoreError::Conflict("an amount must be more than zero".to_owned()));
    }
    let known: Option<(String, String, i64, String)> =
        Query::new("SELECT debit, credit, amount, code FROM entry WHERE id = $1")
            .bind(entry.id.0.to_string())
            .fetch_optional(tx)
            .await?;
    match known {
        None => Ok(false),
        Some((debit, credit, amount, code))
            if (&debit, &credit, amount) == (&entry.debit, &entry.credit, entry.amount.0)
                && code == entry.code =>
        {
            Ok(true)
        }
        Some(_) => Err(StoreError::Conflict("another entry stands under this name".to_owned())),
    }
}

async fn insert(tx: &mut Tx<'_>, entry: &Plain<'_>, at_ms: i64) -> Result<(), StoreError> {
    Query::new(
        "INSERT INTO entry (id, kind, debit, credit, amount, code, reason, at_ms)
         VALUES ($1, 'plain', $2, $3, $4, $5, $6, $7)",
    )
    .bind(entry.id.0.to_string())
    .bind(&entry.debit)
    .bind(&entry.credit)
    .bind(entry.amount.0)
    .bind(entry.code)
    .bind(entry.reason)
    .bind(at_ms)
    .execute(tx)
    .await?;
    Ok(())
}
