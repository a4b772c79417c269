//! Refunds of unused credit, to the payments that it came from, the oldest first (M17).

use linka_model::{Micros, OrgId};
use linka_payment::purchase::{Event, MovementId, Provider, PurchaseId};
use linka_payment::refund::{self, Part, TopUp};
use uuid::Uuid;

use super::booking::{Hold, decide, release};
use super::row::{Find, PurchaseRow, find, paid_by};
use super::{named, nowhere, tell};
use crate::database::in_time;
use crate::orgs::{self, credit_account};
use crate::sql::{Query, Tx};
use crate::{Store, StoreError};

/// So many purchases of an organisation are looked at.
const PURCHASES_MAX: u32 = 10_000;

/// A part of a refund: what goes back to one payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefundPart {
    /// Its name, which the provider hears too, so that asking twice refunds once.
    pub id: Uuid,
    /// The purchase whose payment it goes back to.
    pub purchase: PurchaseRow,
    /// How much.
    pub amount: Micros,
}

/// A refund by card that is not done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefundRow {
    /// What goes back.
    pub part: RefundPart,
    /// The provider's name of it, once it has taken it on.
    pub refund: Option<String>,
    /// When it was asked for, in milliseconds since 1970.
    pub since_ms: i64,
}

impl Store {
    /// Takes unused credit out, all that can be paid back where no amount is given. What was paid by
    /// card is held until the provider says that the money has gone; what was paid by bank or on a
    /// partner's account is booked at once, and a person sends the money.
    pub async fn refund(
        &self,
        id: Uuid,
        org: OrgId,
        wanted: Option<Micros>,
        now_ms: i64,
    ) -> Result<Vec<RefundPart>, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let mut parts = Vec::new();
            for part in plan(&mut tx, org, wanted).await? {
                let purchase = find(&mut tx, Find::Id(part.purchase)).await?.ok_or_else(nowhere)?;
                let id = named(part.purchase, &id.to_string());
                let part = RefundPart { id, purchase, amount: part.amount };
                parts.push(begin(&mut tx, part, now_ms).await?);
            }
            tx.commit().await?;
            Ok(parts)
        })
        .await
    }

    /// The provider has taken a refund on, and named it.
    pub async fn refund_sent(&self, id: Uuid, refund: &str) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            Query::new("UPDATE held_back SET refund = $1 WHERE id = $2 AND outcome IS NULL")
                .bind(refund)
                .bind(id.to_string())
                .execute(&mut tx)
                .await?;
            tx.commit().await
        })
        .await
    }

    /// The provider will not do it: the credit can be spent again.
    pub async fn refund_refused(&self, part: &RefundPart) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let held = decide(&mut tx, Some(MovementId(part.id)), "given_back").await?;
            release(&mut tx, &part.purchase, held).await?;
            tx.commit().await
        })
        .await
    }

    /// Refunds by card that are not done, the oldest first.
    pub async fn open_refunds(&self, limit: u32) -> Result<Vec<RefundRow>, StoreError> {
        in_time(async {
            let mut reader = self.reader().await?;
            let rows: Vec<(String, String, i64, Option<String>, i64)> = Query::new(
                "SELECT id, purchase, amount, refund, since_ms FROM held_back
                 WHERE kind = 'refund' AND outcome IS NULL ORDER BY since_ms, id LIMIT $1",
            )
            .fetch_all(limit, &mut reader)
            .await?;
            let mut refunds = Vec::new();
            for (id, purchase, amount, refund, since_ms) in rows {
                let purchase = PurchaseId(orgs::uuid(&purchase)?);
                let purchase = find(&mut reader, Find::Id(purchase)).await?.ok_or_else(nowhere)?;
                let part = RefundPart { id: orgs::uuid(&id)?, purchase, amount: Micros(amount) };
                refunds.push(RefundRow { part, refund, since_ms });
            }
            Ok(refunds)
        })
        .await
    }
}

async fn begin(tx: &mut Tx<'_>, part: RefundPart, now_ms: i64) -> Result<RefundPart, StoreError> {
    let purchase = &part.purchase.purchase;
    match purchase.provider() {
        Provider::Card => {
            let hold =
                Hold { id: MovementId(part.id), kind: "refund", amount: part.amount, now_ms };
            hold.write(tx, &part.purchase).await?;
            Ok(part)
        }
        Provider::Invoice | Provider::Partner | Provider::Grant => {
            let event = Event::Refunded {
                object: part.id.to_string(),
                total: part.amount,
                currency: purchase.currency(),
            };
            let purchase = tell(tx, part.purchase, &[event], now_ms).await?;
            Ok(RefundPart { purchase, ..part })
        }
    }
}

/// What goes back to which purchase.
async fn plan(
    tx: &mut Tx<'_>,
    org: OrgId,
    wanted: Option<Micros>,
) -> Result<Vec<Part>, StoreError> {
    let currency = orgs::currency(tx, org).await?;
    let mut top_ups = Vec::new();
    for row in paid_by(tx, org, PURCHASES_MAX).await? {
        top_ups.push(top_up(tx, &row).await?);
    }
    let (goodwill, used, available) = sums(tx, org).await?;
    let refused = |error: refund::RefundError| StoreError::Conflict(error.to_string());
    let parts = refund::refundable(&top_ups, goodwill, used, currency).map_err(refused)?;
    let all = parts.iter().map(|part| part.amount).try_fold(Micros::ZERO, Micros::checked_add);
    let wanted = wanted.or(all).unwrap_or(Micros::ZERO);
    if wanted > available {
        return Err(StoreError::NoCredit);
    }
    refund::plan(&parts, wanted, currency).map_err(refused)
}

async fn top_up(tx: &mut Tx<'_>, row: &PurchaseRow) -> Result<TopUp, StoreError> {
    let purchase = &row.purchase;
    let (held,): (i64,) = Query::new(
        "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM held_back
         WHERE purchase = $1 AND outcome IS NULL",
    )
    .bind(purchase.id().to_string())
    .fetch_one(tx)
    .await?;
    let returned = purchase.returned().checked_add(Micros(held));
    let returned = returned.ok_or(StoreError::Unreadable("purchase"))?;
    Ok(TopUp { purchase: purchase.id(), received: purchase.received(), returned })
}

/// What was given, what was spent or is reserved, and what is available. What came back of fees was
/// not spent.
async fn sums(tx: &mut Tx<'_>, org: OrgId) -> Result<(Micros, Micros, Micros), StoreError> {
    let account = credit_account(org);
    let (used, available): (i64, i64) = Query::new(
        "SELECT debits + pending, credits - debits - pending - disputed FROM account WHERE id = $1",
    )
    .bind(&account)
    .fetch_one(tx)
    .await?;
    let (given, fees): (i64, i64) = Query::new(
        "SELECT CAST(coalesce(sum(CASE WHEN code = 'fee_return' THEN 0 ELSE amount END), 0) AS BIGINT),
             CAST(coalesce(sum(CASE WHEN code = 'fee_return' THEN amount ELSE 0 END), 0) AS BIGINT)
         FROM entry WHERE credit = $1 AND kind = 'plain'
             AND code IN ('grant', 'budget', 'correction', 'fee_return')",
    )
    .bind(&account)
    .fetch_one(tx)
    .await?;
    Ok((Micros(given), Micros(used.saturating_sub(fees)), Micros(available)))
}
