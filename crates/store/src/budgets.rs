//! Budget mode: a monthly cap instead of payments (M20).
//!
//! On the first of a month, in the organisation's zone, what is left of the last month's budget goes
//! and the new cap comes. What calls have reserved stays theirs.

use linka_metering::EntryId;
use linka_metering::plan::Zone;
use linka_model::{Micros, OrgId};
use uuid::Uuid;

use crate::database::in_time;
use crate::orgs::{self, House, credit_account, uuid};
use crate::plain::{Plain, book};
use crate::sql::{Query, Tx};
use crate::{Store, StoreError, lines};

/// So many organisations are looked at in one go.
const BUDGETS_MAX: u32 = 1000;

impl Store {
    /// Sets what an organisation may spend a month, and grants the running month where none was
    /// granted. A change of the cap holds from the next month on. Says what is available.
    pub async fn set_budget(
        &self,
        org: OrgId,
        cap: Micros,
        zone: &Zone,
        now_ms: i64,
    ) -> Result<Micros, StoreError> {
        if cap <= Micros::ZERO {
            return Err(StoreError::Conflict("a cap must be more than zero".to_owned()));
        }
        in_time(async {
            let mut tx = self.begin().await?;
            orgs::currency(&mut tx, org).await?;
            Query::new(
                "INSERT INTO budget (org, cap, zone) VALUES ($1, $2, $3)
                 ON CONFLICT (org) DO UPDATE SET cap = excluded.cap, zone = excluded.zone",
            )
            .bind(org.0.to_string())
            .bind(cap.0)
            .bind(zone.name())
            .execute(&mut tx)
            .await?;
            renew(&mut tx, org, now_ms).await?;
            let (_, available) = used(&mut tx, org).await?;
            tx.commit().await?;
            Ok(available)
        })
        .await
    }

    /// Begins the month of every budget where a new one has begun; says how many. Repeating it changes
    /// nothing.
    pub async fn renew_budgets(&self, now_ms: i64) -> Result<u32, StoreError> {
        let mut renewed = 0;
        let mut after = String::new();
        loop {
            let orgs = self.budgets_after(&after).await?;
            let Some(last) = orgs.last() else { return Ok(renewed) };
            after.clone_from(last);
            for org in orgs {
                let org = OrgId(uuid(&org)?);
                renewed += u32::from(self.renew_budget(org, now_ms).await?);
            }
        }
    }

    async fn budgets_after(&self, after: &str) -> Result<Vec<String>, StoreError> {
        in_time(async {
            let rows: Vec<(String,)> =
                Query::new("SELECT org FROM budget WHERE org > $1 ORDER BY org LIMIT $2")
                    .bind(after)
                    .fetch_all(BUDGETS_MAX, &mut self.reader().await?)
                    .await?;
            Ok(rows.into_iter().map(|(org,)| org).collect())
        })
        .await
    }

    async fn renew_budget(&self, org: OrgId, now_ms: i64) -> Result<bool, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let renewed = renew(&mut tx, org, now_ms).await?;
            tx.commit().await?;
            Ok(renewed)
        })
        .await
    }
}

#[derive(sqlx::FromRow)]
struct Budget {
    cap: i64,
    zone: String,
    month: Option<String>,
    granted: i64,
    used_before: i64,
}

/// Begins the month that it is, unless it has begun: months go forward only (M14).
async fn renew(tx: &mut Tx<'_>, org: OrgId, now_ms: i64) -> Result<bool, StoreError> {
    let budget: Budget =
        Query::new("SELECT cap, zone, month, granted, used_before FROM budget WHERE org = $1")
            .bind(org.0.to_string())
            .fetch_one(tx)
            .await?;
    let zone = Zone::named(&budget.zone).map_err(|_| StoreError::Unreadable("time zone"))?;
    let month = zone.month(now_ms).ok_or(StoreError::Unreadable("clock"))?;
    if budget.month.as_ref().is_some_and(|begun| *begun >= month) {
        return Ok(false);
    }
    expire(tx, org, &budget, now_ms).await?;
    grant(tx, org, (&month, Micros(budget.cap)), now_ms).await?;
    let (used_before, _) = used(tx, org).await?;
    Query::new("UPDATE budget SET month = $1, granted = cap, used_before = $2 WHERE org = $3")
        .bind(month)
        .bind(used_before.0)
        .bind(org.0.to_string())
        .execute(tx)
        .await?;
    // Fees that are taken now are spent of the new month.
    lines::credit_came(tx, org, now_ms).await?;
    Ok(true)
}

/// Takes what is left of the last month: of the budget, which is spent before other credit.
async fn expire(
    tx: &mut Tx<'_>,
    org: OrgId,
    budget: &Budget,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(month) = &budget.month else { return Ok(()) };
    let (used, available) = used(tx, org).await?;
    let spent = used.0.saturating_sub(budget.used_before);
    let left = budget.granted.saturating_sub(spent).min(available.0);
    if left <= 0 {
        return Ok(());
    }
    let currency = orgs::currency(tx, org).await?;
    let entry = Plain {
        id: name(org, month, "expiry"),
        debit: credit_account(org),
        credit: House::Budget.account(currency),
        amount: Micros(left),
        code: "budget_expiry",
        reason: month,
    };
    book(tx, &entry, now_ms).await
}

async fn grant(
    tx: &mut Tx<'_>,
    org: OrgId,
    (month, cap): (&str, Micros),
    now_ms: i64,
) -> Result<(), StoreError> {
    let currency = orgs::currency(tx, org).await?;
    let entry = Plain {
        id: name(org, month, "grant"),
        debit: House::Budget.account(currency),
        credit: credit_account(org),
        amount: cap,
        code: "budget",
        reason: month,
    };
    book(tx, &entry, now_ms).await
}

/// What is spent or reserved, and what is available.
async fn used(tx: &mut Tx<'_>, org: OrgId) -> Result<(Micros, Micros), StoreError> {
    let (used, available): (i64, i64) = Query::new(
        "SELECT debits + pending, credits - debits - pending - disputed FROM account WHERE id = $1",
    )
    .bind(credit_account(org))
    .fetch_one(tx)
    .await?;
    Ok((Micros(used), Micros(available)))
}

fn name(org: OrgId, month: &str, what: &str) -> EntryId {
    EntryId(Uuid::new_v5(&org.0, format!("budget {month} {what}").as_bytes()))
}
