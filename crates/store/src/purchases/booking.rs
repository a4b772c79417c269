//! Movements of purchases as entries of the ledger, and what disputes and refunds hold back.

use linka_metering::EntryId;
use linka_model::Micros;
use linka_payment::purchase::{Kind, Movement, MovementId, Provider};

use super::row::PurchaseRow;
use crate::orgs::{House, credit_account};
use crate::partners::receivable;
use crate::plain::{Plain, book, take_back};
use crate::sql::{Query, Tx};
use crate::{StoreError, clock};

/// So many refunds of one purchase may be under way.
const REFUNDS_MAX: u32 = 100;

/// Writes one movement.
pub(super) async fn write(
    tx: &mut Tx<'_>,
    row: &PurchaseRow,
    movement: &Movement,
    now_ms: i64,
) -> Result<(), StoreError> {
    let gone = Going { row, movement, now_ms };
    match movement.kind {
        Kind::TopUp => top_up(tx, row, movement, now_ms).await,
        Kind::Reversal => gone.write(tx, "refund", "taken back by the bank", Micros::ZERO).await,
        Kind::Refund => {
            let held = refunds_that_went(tx, row, movement.amount).await?;
            gone.write(tx, "refund", "refunded", held).await
        }
        Kind::RefundFailed => come_back(tx, row, movement, now_ms).await,
        Kind::DisputeHold => {
            let hold = Hold { id: movement.id, kind: "dispute", amount: movement.amount, now_ms };
            hold.write(tx, row).await
        }
        Kind::DisputeRelease => {
            let held = decide(tx, movement.resolves, "given_back").await?;
            release(tx, row, held).await
        }
        Kind::DisputeLoss => {
            let held = decide(tx, movement.resolves, "taken").await?;
            gone.write(tx, "dispute", "lost in a dispute", held).await
        }
    }
}

async fn top_up(
    tx: &mut Tx<'_>,
    row: &PurchaseRow,
    movement: &Movement,
    now_ms: i64,
) -> Result<(), StoreError> {
    let code = match row.purchase.provider() {
        Provider::Card => "top_up_card",
        Provider::Invoice => "top_up_bank",
        Provider::Partner => "top_up_partner",
        Provider::Grant => "grant",
    };
    let entry = Plain {
        id: EntryId(movement.id.0),
        debit: payers_account(row)?,
        credit: credit_account(row.org),
        amount: movement.amount,
        code,
        reason: "",
    };
    book(tx, &entry, now_ms).await?;
    note(tx, row, movement.id).await
}

/// A refund that was booked failed after all: its money never went.
async fn come_back(
    tx: &mut Tx<'_>,
    row: &PurchaseRow,
    movement: &Movement,
    now_ms: i64,
) -> Result<(), StoreError> {
    let entry = Plain {
        id: EntryId(movement.id.0),
        debit: payers_account(row)?,
        credit: credit_account(row.org),
        amount: movement.amount,
        code: "correction",
        reason: "a refund failed",
    };
    book(tx, &entry, now_ms).await?;
    note(tx, row, movement.id).await
}

/// Money on its way back to the payer.
struct Going<'a> {
    row: &'a PurchaseRow,
    movement: &'a Movement,
    now_ms: i64,
}

impl Going<'_> {
    async fn write(
        &self,
        tx: &mut Tx<'_>,
        code: &'static str,
        reason: &str,
        held: Micros,
    ) -> Result<(), StoreError> {
        let entry = Plain {
            id: EntryId(self.movement.id.0),
            debit: credit_account(self.row.org),
            credit: payers_account(self.row)?,
            amount: self.movement.amount,
            code,
            reason,
        };
        take_back(tx, &entry, held, self.now_ms).await?;
        note(tx, self.row, self.movement.id).await
    }
}

/// Where the money of a purchase comes from and goes back to.
fn payers_account(row: &PurchaseRow) -> Result<String, StoreError> {
    let currency = row.purchase.currency();
    Ok(match row.purchase.provider() {
        Provider::Card => House::ClearingCard.account(currency),
        Provider::Invoice => House::ClearingBank.account(currency),
        Provider::Grant => House::Goodwill.account(currency),
        Provider::Partner => {
            receivable(row.partner.ok_or(StoreError::Unreadable("partner of a purchase"))?)
        }
    })
}

async fn note(tx: &mut Tx<'_>, row: &PurchaseRow, id: MovementId) -> Result<(), StoreError> {
    Query::new(
        "INSERT INTO purchase_entry (entry, purchase) VALUES ($1, $2) ON CONFLICT (entry) DO NOTHING",
    )
    .bind(id.0.to_string())
    .bind(row.purchase.id().to_string())
    .execute(tx)
    .await?;
    Ok(())
}

/// Credit that is held back, whether it is spent or not.
pub(super) struct Hold {
    pub(super) id: MovementId,
    pub(super) kind: &'static str,
    pub(super) amount: Micros,
    pub(super) now_ms: i64,
}

impl Hold {
    pub(super) async fn write(&self, tx: &mut Tx<'_>, row: &PurchaseRow) -> Result<(), StoreError> {
        Query::new(
            "INSERT INTO held_back (id, purchase, kind, amount, since_ms)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(self.id.0.to_string())
        .bind(row.purchase.id().to_string())
        .bind(self.kind)
        .bind(self.amount.0)
        .bind(clock::stamp(tx, self.now_ms).await?)
        .execute(tx)
        .await?;
        Query::new("UPDATE account SET disputed = disputed + $1 WHERE id = $2")
            .bind(self.amount.0)
            .bind(credit_account(row.org))
            .execute(tx)
            .await?;
        Ok(())
    }
}

/// Gives back what was held.
pub(super) async fn release(
    tx: &mut Tx<'_>,
    row: &PurchaseRow,
    amount: Micros,
) -> Result<(), StoreError> {
    Query::new("UPDATE account SET disputed = disputed - $1 WHERE id = $2")
        .bind(amount.0)
        .bind(credit_account(row.org))
        .execute(tx)
        .await?;
    Ok(())
}

/// Decides what becomes of what is held back; says how much it was.
pub(super) async fn decide(
    tx: &mut Tx<'_>,
    hold: Option<MovementId>,
    outcome: &'static str,
) -> Result<Micros, StoreError> {
    let hold = hold.ok_or(StoreError::Unreadable("movement"))?;
    let (amount,): (i64,) = Query::new(
        "UPDATE held_back SET outcome = $1 WHERE id = $2 AND outcome IS NULL RETURNING amount",
    )
    .bind(outcome)
    .bind(hold.0.to_string())
    .fetch_one(tx)
    .await?;
    Ok(Micros(amount))
}

/// Money went back: refunds that we asked for are done, as far as it reaches. Says how much of it they
/// had held; a refund that somebody made at the provider's own desk has held nothing. One of just this
/// amount is the one that went.
async fn refunds_that_went(
    tx: &mut Tx<'_>,
    row: &PurchaseRow,
    went: Micros,
) -> Result<Micros, StoreError> {
    let waiting: Vec<(String, i64)> = Query::new(
        "SELECT id, amount FROM held_back
         WHERE purchase = $1 AND kind = 'refund' AND outcome IS NULL
         ORDER BY CASE WHEN amount = $2 THEN 0 ELSE 1 END,
             CASE WHEN refund IS NULL THEN 1 ELSE 0 END, id LIMIT $3",
    )
    .bind(row.purchase.id().to_string())
    .bind(went.0)
    .fetch_all(REFUNDS_MAX, tx)
    .await?;
    let mut held = 0;
    for (id, amount) in waiting {
        if held + amount <= went.0 {
            let id = MovementId(crate::orgs::uuid(&id)?);
            held += decide(tx, Some(id), "taken").await?.0;
        }
    }
    Ok(Micros(held))
}
