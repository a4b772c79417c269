//! Credit that people grant and withdraw: plain entries of the ledger (M7).

use linka_metering::EntryId;
use linka_model::{Currency, Micros, OrgId};

use crate::database::in_time;
use crate::orgs::{House, credit_account};
use crate::plain::{Plain, book};
use crate::sql::{Access, Query};
use crate::{Store, StoreError, lines};

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
            lines::credit_came(&mut tx, org, now_ms).await?;
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

/// The currency of an organisation, and what it can spend.
pub(crate) async fn balance(
    on: &mut impl Access,
    org: OrgId,
) -> Result<(Currency, Micros), StoreError> {
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
