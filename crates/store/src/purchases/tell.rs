//! Takes what a provider tells of a purchase: facts, state, entries and what follows from credit,
//! in one transaction.

use linka_model::Micros;
use linka_payment::purchase::{Event, Kind, Movement, Provider, Reconciled, Refusal};

use super::row::{PurchaseRow, update};
use super::{booking, named};
use crate::credit::balance;
use crate::sql::Tx;
use crate::{Notice, StoreError, lines, outbox};

/// Takes events. Known ones change nothing; where one is refused, nothing at all is written.
pub(crate) async fn tell(
    tx: &mut Tx<'_>,
    row: PurchaseRow,
    told: &[Event],
    now_ms: i64,
) -> Result<PurchaseRow, StoreError> {
    let mut found = row.purchase.reconcile(told);
    match found.refused.pop() {
        Some(refusal) => Err(refusal.into()),
        None => learn(tx, row, (told, &found), now_ms).await,
    }
}

/// Takes what it can of how things stand at the provider, and says what was refused. Until nothing is,
/// the purchase is unsettled.
pub(super) async fn tell_all(
    tx: &mut Tx<'_>,
    row: PurchaseRow,
    told: &[Event],
    now_ms: i64,
) -> Result<(PurchaseRow, Vec<Refusal>), StoreError> {
    let found = row.purchase.reconcile(told);
    let row = PurchaseRow { unsettled: !found.refused.is_empty(), ..row };
    let row = learn(tx, row, (told, &found), now_ms).await?;
    Ok((row, found.refused))
}

/// Writes what was taken, and all that follows from it.
async fn learn(
    tx: &mut Tx<'_>,
    row: PurchaseRow,
    (told, found): (&[Event], &Reconciled),
    now_ms: i64,
) -> Result<PurchaseRow, StoreError> {
    let change = &found.transition;
    tell_cut(tx, &row, change.purchase.cut_disputes(), now_ms).await?;
    let comes = |movement: &Movement| movement.kind == Kind::TopUp;
    let is_paid = change.movements.iter().any(comes);
    let payment = paid_by(&row, told).filter(|_| is_paid).or(row.payment);
    let row = PurchaseRow { purchase: change.purchase.clone(), payment, ..row };
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
    let credits = |movement: &Movement| matches!(movement.kind, Kind::TopUp | Kind::RefundFailed);
    if change.movements.iter().any(credits) {
        lines::credit_came(tx, row.org, now_ms).await?;
    }
    Ok(row)
}

/// Tells the operator of disputes of more than there was to hold.
async fn tell_cut(
    tx: &mut Tx<'_>,
    before: &PurchaseRow,
    cut: impl Iterator<Item = (&str, Micros, Micros)>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let purchase = before.purchase.id();
    for (name, told, held) in cut {
        if before.purchase.cut_disputes().any(|(known, ..)| known == name) {
            continue;
        }
        let finding =
            format!("purchase {purchase}: {name} disputes {told}, and {held} was left to hold");
        let alarm = Notice::BooksAlarm { findings: vec![finding] };
        let id = named(purchase, &format!("cut {name}"));
        outbox::queue(tx, None, &alarm, id, now_ms).await?;
    }
    Ok(())
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
        | Event::RefundsFailed { .. }
        | Event::DisputeOpened { .. }
        | Event::DisputeClosed { .. } => None,
    })
}
