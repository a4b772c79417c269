//! Takes what a provider tells of a purchase: facts, state, entries and what follows from credit,
//! in one transaction.

use linka_payment::purchase::{Event, Kind, Movement, Provider};

use super::booking;
use super::row::{PurchaseRow, update};
use crate::credit::balance;
use crate::sql::Tx;
use crate::{Notice, StoreError, lines, outbox};

/// Takes events. Known ones change nothing; a refusal leaves everything as it was, once the
/// transaction is dropped.
pub(crate) async fn tell(
    tx: &mut Tx<'_>,
    row: PurchaseRow,
    told: &[Event],
    now_ms: i64,
) -> Result<PurchaseRow, StoreError> {
    let change = row.purchase.reconcile(told)?;
    let payment = paid_by(&row, told).or(row.payment);
    let row = PurchaseRow { purchase: change.purchase, payment, ..row };
    update(tx, &row).await?;
    for movement in &change.movements {
        booking::write(tx, &row, movement, now_ms).await?;
    }
    // Of a transfer the payer is told by whoever knows the account that it came to.
    let transfer = row.purchase.provider() == Provider::Invoice;
    for movement in &change.movements {
        if movement.kind == Kind::TopUp && !transfer {
            tell_received(tx, &row, movement, now_ms).await?;
        }
    }
    if change.movements.iter().any(|movement| movement.kind == Kind::TopUp) {
        lines::credit_came(tx, row.org, now_ms).await?;
    }
    Ok(row)
}

/// Tells the organisation that a payment became credit.
async fn tell_received(
    tx: &mut Tx<'_>,
    row: &PurchaseRow,
    movement: &Movement,
    now_ms: i64,
) -> Result<(), StoreError> {
    let notice = Notice::PaymentReceived {
        purchase: row.purchase.id().0,
        received: movement.amount,
        available: balance(tx, row.org).await?.1,
    };
    outbox::queue(tx, Some(row.org), &notice, movement.id.0, now_ms).await
}

/// The payment by which the card provider's later events find the purchase.
fn paid_by(row: &PurchaseRow, told: &[Event]) -> Option<String> {
    let by_card = row.purchase.provider() == Provider::Card;
    told.iter().filter(|_| by_card).find_map(|event| match event {
        Event::Paid { object, .. } => Some(object.clone()),
        Event::Opened
        | Event::Reversed { .. }
        | Event::Expired
        | Event::Failed
        | Event::Refunded { .. }
        | Event::DisputeOpened { .. }
        | Event::DisputeClosed { .. } => None,
    })
}
