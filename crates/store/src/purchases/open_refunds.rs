//! Refunds by card that are not done: the credit is held until the money has gone, or never will.

use linka_model::Micros;
use linka_payment::purchase::{MovementId, PurchaseId};
use uuid::Uuid;

use super::booking::{decide, release};
use super::row::{Find, find};
use super::{RefundPart, nowhere, tell};
use crate::database::in_time;
use crate::orgs;
use crate::sql::{Access, Query};
use crate::{Store, StoreError};

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

    /// A refund by card will not be made, or the books have its money already: what it holds is given
    /// back. Says how much it was.
    pub async fn release_refund(&self, id: Uuid) -> Result<Micros, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let RefundRow { part, .. } = open(&mut tx, id).await?.ok_or_else(none_open)?;
            let held = decide(&mut tx, Some(MovementId(id)), "given_back").await?;
            release(&mut tx, &part.purchase, held).await?;
            tx.commit().await?;
            Ok(held)
        })
        .await
    }

    /// A person has sent the money of a refund by card in another way: it is booked as gone.
    pub async fn refunded_by_hand(&self, id: Uuid, now_ms: i64) -> Result<Micros, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let RefundRow { part, .. } = open(&mut tx, id).await?.ok_or_else(none_open)?;
            let went = part.went();
            tell(&mut tx, part.purchase, &[went], now_ms).await?;
            tx.commit().await?;
            Ok(part.amount)
        })
        .await
    }

    /// The refund of this name, if it is not done.
    pub async fn open_refund(&self, id: Uuid) -> Result<Option<RefundRow>, StoreError> {
        in_time(async { open(&mut self.reader().await?, id).await }).await
    }

    /// Refunds by card that are not done, the oldest first, after one of them.
    pub async fn open_refunds(
        &self,
        after: Option<&RefundRow>,
        limit: u32,
    ) -> Result<Vec<RefundRow>, StoreError> {
        let (since_ms, id) = after
            .map_or((i64::MIN, String::new()), |last| (last.since_ms, last.part.id.to_string()));
        in_time(async {
            let mut reader = self.reader().await?;
            let rows: Vec<Columns> = Query::new(
                "SELECT id, purchase, amount, refund, since_ms FROM held_back
                 WHERE kind = 'refund' AND outcome IS NULL AND (since_ms, id) > ($1, $2)
                 ORDER BY since_ms, id LIMIT $3",
            )
            .bind(since_ms)
            .bind(id)
            .fetch_all(limit, &mut reader)
            .await?;
            let mut refunds = Vec::new();
            for row in rows {
                refunds.push(whole(&mut reader, row).await?);
            }
            Ok(refunds)
        })
        .await
    }
}

/// The columns id, purchase, amount, refund and since_ms.
type Columns = (String, String, i64, Option<String>, i64);

async fn open(on: &mut impl Access, id: Uuid) -> Result<Option<RefundRow>, StoreError> {
    let row: Option<Columns> = Query::new(
        "SELECT id, purchase, amount, refund, since_ms FROM held_back
         WHERE id = $1 AND kind = 'refund' AND outcome IS NULL",
    )
    .bind(id.to_string())
    .fetch_optional(on)
    .await?;
    match row {
        Some(row) => whole(on, row).await.map(Some),
        None => Ok(None),
    }
}

async fn whole(on: &mut impl Access, row: Columns) -> Result<RefundRow, StoreError> {
    let (id, purchase, amount, refund, since_ms) = row;
    let purchase = PurchaseId(orgs::uuid(&purchase)?);
    let purchase = find(on, Find::Id(purchase)).await?.ok_or_else(nowhere)?;
    let part = RefundPart { id: orgs::uuid(&id)?, purchase, amount: Micros(amount) };
    Ok(RefundRow { part, refund, since_ms })
}

fn none_open() -> StoreError {
    StoreError::NotFound("the open refund".to_owned())
}
