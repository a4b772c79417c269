//! Asks the card provider how things stand where they are not settled: webhooks get lost, and so do
//! answers.

use linka_engine::clock;
use linka_metering::calendar;
use linka_payment::purchase::{Event, PurchaseId};
use linka_store::{Checkout, PurchaseRow, RefundRow, Store};

use super::card::{CardProvider, Trouble};
use crate::failure::Failure;

/// So many purchases are asked for in one go.
const BATCH: u32 = 100;
/// So many goes in one round.
const BATCHES_MAX: u32 = 20;
/// The provider remembers the name of a request for 24 hours; later it would refund again.
const REFUND_AGAIN_MS: i64 = 23 * 3_600_000;
/// A purchase that the provider was never told of is given up after so long.
const GIVEN_UP_MS: i64 = 2 * 86_400_000;

/// What a round has found.
#[derive(Default)]
pub(crate) struct Round {
    /// Purchases that were asked for.
    pub(crate) asked: u32,
    /// What went wrong, for a person.
    pub(crate) troubles: Vec<String>,
}

/// Asks for every purchase and refund that is not settled.
pub(crate) async fn all(store: &Store, provider: &CardProvider) -> Result<Round, Failure> {
    let mut round = Round::default();
    let mut after = 0;
    for _ in 0..BATCHES_MAX {
        let rows = store.open_checkouts(after, BATCH).await?;
        let Some(last) = rows.last() else { break };
        after = last.number;
        for row in &rows {
            round.note(row.purchase.id(), purchase(store, provider, row).await);
        }
    }
    let mut last: Option<RefundRow> = None;
    for _ in 0..BATCHES_MAX {
        let refunds = store.open_refunds(last.as_ref(), BATCH).await?;
        for refund in &refunds {
            let id = refund.part.purchase.purchase.id();
            round.note(id, again(store, provider, refund).await);
        }
        last = refunds.last().cloned();
        if last.is_none() {
            break;
        }
    }
    Ok(round)
}

/// Asks for one purchase.
pub(crate) async fn purchase(
    store: &Store,
    provider: &CardProvider,
    row: &PurchaseRow,
) -> Result<(), Failure> {
    let id = row.purchase.id();
    let now_ms = clock::wall_ms();
    let Some(session) = &row.session else { return untold(store, row, now_ms).await };
    let (found, events) = provider.look(session).await?;
    if found.purchase != Some(id) {
        return Err(Failure::new(format!("the pay page of purchase {id} is of another purchase")));
    }
    store.reconcile_purchase(id, &events, now_ms).await?;
    Ok(())
}

/// Opens the pay page of a purchase.
pub(crate) async fn open(
    store: &Store,
    provider: &CardProvider,
    row: &PurchaseRow,
) -> Result<(String, PurchaseRow), Failure> {
    let session = provider.open(row).await?;
    let url = session.url.ok_or_else(|| Failure::new("the pay page has no address"))?;
    let checkout = Checkout { purchase: row.purchase.id(), session: session.id };
    Ok((url, store.checkout_opened(&checkout, clock::wall_ms()).await?))
}

/// Nobody has got the address of a pay page for it, so nobody can have paid.
async fn untold(store: &Store, row: &PurchaseRow, now_ms: i64) -> Result<(), Failure> {
    let created_ms = calendar::parse_utc(&row.created_day).unwrap_or(now_ms);
    if now_ms - created_ms > GIVEN_UP_MS {
        store.reconcile_purchase(row.purchase.id(), &[Event::Expired], now_ms).await?;
    }
    Ok(())
}

/// Sends a refund that is held, and notes what the provider makes of it.
pub(crate) async fn send(
    store: &Store,
    provider: &CardProvider,
    refund: &linka_store::RefundPart,
) -> Result<(), Failure> {
    match provider.refund(refund).await {
        Ok(taken) => Ok(store.refund_sent(refund.id, &taken.id).await?),
        Err(Trouble::Never(why)) => {
            store.release_refund(refund.id).await?;
            Err(Failure::new(format!("{why}; the credit can be spent again")))
        }
        Err(trouble @ Trouble::Later(_)) => Err(trouble.into()),
    }
}

/// Looks whether a refund went; where the provider has never heard of it, asks for it again.
async fn again(store: &Store, provider: &CardProvider, refund: &RefundRow) -> Result<(), Failure> {
    purchase(store, provider, &refund.part.purchase).await?;
    let still = store.open_refund(refund.part.id).await?;
    if still.is_none_or(|still| still.refund.is_some()) {
        return Ok(());
    }
    if clock::wall_ms() - refund.since_ms > REFUND_AGAIN_MS {
        let id = refund.part.id;
        return Err(Failure::new(format!("refund {id} is a day old: look at the provider")));
    }
    send(store, provider, &refund.part).await
}

impl Round {
    fn note(&mut self, purchase: PurchaseId, outcome: Result<(), Failure>) {
        self.asked += 1;
        if let Err(trouble) = outcome {
            self.troubles.push(format!("purchase {purchase}: {trouble}"));
        }
    }
}
