//! A partner's month: what it bought for others, what it paid, what it owes (M19).

use linka_metering::calendar;
use linka_model::Micros;

use crate::partners::{OVERDUE_MS, PartnerId, receivable};
use crate::sql::{Query, Tx};
use crate::statements::{PAGE, StatedMonth, within_limit};
use crate::{Store, StoreError};

/// What a month did to the debt of a partner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartnerStated {
    /// What it owed before.
    pub opening: Micros,
    /// What it bought and paid, in its order.
    pub debts: Vec<PartnerDebt>,
    /// What it owed at the month's end.
    pub closing: Micros,
    /// The day (UTC) from which on the month's debt is overdue, `2026-01-31`.
    pub overdue_from: String,
}

/// A change of a partner's debt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartnerDebt {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The organisation that has the credit; or why the debt shrank.
    pub about: String,
    /// More than zero where it grew.
    pub change: Micros,
}

impl Store {
    /// What a month did to the debt of a partner: one state of the books, read page by page.
    pub async fn partner_stated(
        &self,
        partner: PartnerId,
        month: &StatedMonth,
    ) -> Result<PartnerStated, StoreError> {
        let mut tx = self.snapshot().await?;
        let account = receivable(partner);
        Ok(PartnerStated {
            opening: owed(&mut tx, &account, month.first_ms).await?,
            debts: debts(&mut tx, &account, month).await?,
            closing: owed(&mut tx, &account, month.end_ms).await?,
            overdue_from: calendar::day(month.end_ms.saturating_add(OVERDUE_MS)),
        })
    }
}

async fn owed(tx: &mut Tx<'_>, account: &str, before_ms: i64) -> Result<Micros, StoreError> {
    let (owed,): (i64,) = Query::new(
        "SELECT CAST(
             (SELECT coalesce(sum(amount), 0) FROM entry
              WHERE debit = $1 AND kind = 'plain' AND at_ms < $2)
             - (SELECT coalesce(sum(amount), 0) FROM entry
                WHERE credit = $1 AND kind = 'plain' AND at_ms < $2)
             AS BIGINT)",
    )
    .bind(account)
    .bind(before_ms)
    .fetch_one(tx)
    .await?;
    Ok(Micros(owed))
}

const DEBTS: &str = "
    SELECT entry.id, entry.at_ms, coalesce(org.name, entry.reason, entry.code),
        CASE WHEN entry.debit = $1 THEN entry.amount ELSE -entry.amount END
    FROM entry
    LEFT JOIN account AS other
        ON other.id = CASE WHEN entry.debit = $1 THEN entry.credit ELSE entry.debit END
    LEFT JOIN org ON org.id = other.org
    WHERE entry.kind = 'plain' AND (entry.debit = $1 OR entry.credit = $1) AND entry.at_ms < $2
        AND (entry.at_ms > $3 OR (entry.at_ms = $3 AND entry.id > $4))
    ORDER BY entry.at_ms, entry.id LIMIT $5";

async fn debts(
    tx: &mut Tx<'_>,
    account: &str,
    month: &StatedMonth,
) -> Result<Vec<PartnerDebt>, StoreError> {
    let mut debts = Vec::new();
    let mut after = (month.first_ms, String::new());
    loop {
        let query = Query::new(DEBTS).bind(account).bind(month.end_ms);
        let page: Vec<(String, i64, String, i64)> =
            query.bind(after.0).bind(&after.1).fetch_all(PAGE, tx).await?;
        let Some((id, at_ms, ..)) = page.last() else { return Ok(debts) };
        after = (*at_ms, id.clone());
        debts.extend(page.into_iter().map(|(_, at_ms, about, change)| PartnerDebt {
            at_ms,
            about,
            change: Micros(change),
        }));
        within_limit(debts.len(), "entries")?;
    }
}
