//! Credit that people grant and withdraw: plain entries of the ledger (M7).

use linka_metering::EntryId;
use linka_model::{Currency, Micros, OrgId};

use crate::database::in_time;
use crate::orgs::{House, credit_account};
use crate::sql::{Access, Query, Tx};
use crate::{Store, StoreError, clock, lines};

/// An entry between two accounts that is complete at once.
struct Plain<'a> {
    id: EntryId,
    debit: String,
    credit: String,
    amount: Micros,
    code: &'static str,
    reason: &'a str,
}

impl Store {
    /// Grants an organisation credit and opens its lines that waited for it. The entry's name is
    /// the caller's: the same grant again changes nothing (I5). Gives back what is available.
    pub async fn grant(
        &self,
        id: EntryId,
        org: OrgId,
        amount: Micros,
        reason: &str,
        now_ms: i64,
    ) -> Result<Micros, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (currency, _) = balance(&mut tx, org).await?;
            let debit = House::Goodwill.account(currency);
            let credit = credit_account(org);
            let entry = Plain { id, debit, credit, amount, code: "grant", reason };
            book(&mut tx, &entry, now_ms).await?;
            lines::credit_came(&mut tx, org).await?;
            let (_, available) = balance(&mut tx, org).await?;
            tx.commit().await?;
            Ok(available)
        })
        .await
    }

    /// Takes credit back, all that is available where no amount is given. Nothing that a running
    /// call has reserved can be taken. Gives back what was taken.
    pub async fn withdraw(
        &self,
        id: EntryId,
        org: OrgId,
        amount: Option<Micros>,
        reason: &str,
        now_ms: i64,
    ) -> Result<Micros, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (currency, available) = balance(&mut tx, org).await?;
            let amount = amount.unwrap_or(available);
            let debit = credit_account(org);
            let credit = House::Adjustment.account(currency);
            let entry = Plain { id, debit, credit, amount, code: "withdrawal", reason };
            book(&mut tx, &entry, now_ms).await?;
            tx.commit().await?;
            Ok(amount)
        })
        .await
    }

    /// Sets how far the recordings under way of an organisation may overdraw its credit (M11). It
    /// cannot be less than what is overdrawn already.
    pub async fn set_overdraft(&self, org: OrgId, limit: Micros) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            balance(&mut tx, org).await?;
            let set = Query::new(
                "UPDATE account SET overdraft_limit = $1
                 WHERE id = $2 AND $1 >= 0 AND debits + pending <= credits + $1",
            )
            .bind(limit.0)
            .bind(credit_account(org))
            .execute(&mut tx)
            .await?;
            if set == 0 {
                let why = "the limit is below zero, or below what is overdrawn already";
                return Err(StoreError::Conflict(why.to_owned()));
            }
            tx.commit().await
        })
        .await
    }

    /// What an organisation can still spend: credits less debits, reservations and what is
    /// disputed. Below zero where that was spent already.
    pub async fn available(&self, org: OrgId) -> Result<Micros, StoreError> {
        in_time(async { Ok(balance(&mut self.reader().await?, org).await?.1) }).await
    }
}

async fn balance(on: &mut impl Access, org: OrgId) -> Result<(Currency, Micros), StoreError> {
    let row: Option<(String, i64)> = Query::new(
        "SELECT currency, credits - debits - pending - disputed FROM account WHERE id = $1",
    )
    .bind(credit_account(org))
    .fetch_optional(on)
    .await?;
    let (currency, available) =
        row.ok_or_else(|| StoreError::NotFound("the organisation".to_owned()))?;
    let currency = currency.parse().map_err(|_| StoreError::Unreadable("currency"))?;
    Ok((currency, Micros(available)))
}

/// Writes the entry and both balances, or finds that it stands already.
async fn book(tx: &mut Tx<'_>, entry: &Plain<'_>, now_ms: i64) -> Result<(), StoreError> {
    if entry.amount <= Micros::ZERO {
        return Err(StoreError::Conflict("an amount must be more than zero".to_owned()));
    }
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
