//! Asks the card provider how things stand where they are not settled: webhooks get lost, and so do
//! answers.

use linka_engine::clock;
use linka_metering::calendar;
use linka_payment::purchase::{Event, PurchaseId};
use linka_store::{Checkout, PurchaseRow, RefundRow, Store};

use super::card::{CardProvider, Look, Trouble};
use super::refunds;
use crate::failure::Failure;

/// So many purchases are asked for in one go.
const BATCH: u32 = 100;
/// So many goes in one round.
const BATCHES_MAX: u32 = 20;
/// So many troubles of a round are told in words.
const TROUBLES_MAX: usize = 10;
/// A purchase that the provider was never told of is given up after so long.
const GIVEN_UP_MS: i64 = 2 * 86_400_000;

/// What a round has found.
#[derive(Default)]
pub(crate) struct Round {
    /// Purchases that were asked for.
    pub(crate) asked: u32,
    /// What went wrong, for a person: the first few, and then how many more.
    troubles: Vec<String>,
    untold: u32,
    /// The provider does not answer: the rest waits for the next round.
    is_away: bool,
}

/// Asks for every purchase and refund that is not settled. A provider that is away ends the round.
pub(crate) async fn all(store: &Store, provider: &CardProvider) -> Result<Round, Failure> {
    let mut round = Round::default();
    let mut last: Option<RefundRow> = None;
    for _ in 0..BATCHES_MAX {
        let rows = store.open_refunds(last.as_ref(), BATCH).await?;
        for row in &rows {
            if !round.is_away {
                let id = row.part.purchase.purchase.id();
                round.note(id, refunds::again(store, provider, row).await);
            }
        }
        last = rows.last().cloned();
        if last.is_none() || round.is_away {
            break;
        }
    }
    purchases(store, provider, &mut round).await?;
    Ok(round)
}

async fn purchases(
    store: &Store,
    provider: &CardProvider,
    round: &mut Round,
) -> Result<(), Failure> {
    let mut after = 0;
    for _ in 0..BATCHES_MAX {
        let rows = store.open_checkouts(after, BATCH).await?;
        let Some(last) = rows.last() else { break };
        after = last.number;
        for row in &rows {
            if round.is_away {
                return Ok(());
            }
            round.note(row.purchase.id(), purchase(store, provider, row).await);
        }
    }
    Ok(())
}

/// Asks for one purchase.
pub(crate) async fn purchase(
    store: &Store,
    provider: &CardProvider,
    row: &PurchaseRow,
) -> Result<(), Trouble> {
    let now_ms = clock::wall_ms();
    let Some(session) = &row.session else { return untold(store, row, now_ms).await };
    let look = if row.unsettled || row.purchase.has_failed_refunds() {
        provider.look_at_refunds(row).await?
    } else {
        provider.look(session).await?
    };
    learn(store, row, &look).await
}

/// Writes what was found. What is refused, or cannot be read, is for a person.
pub(super) async fn learn(store: &Store, row: &PurchaseRow, look: &Look) -> Result<(), Trouble> {
    let id = row.purchase.id();
    if look.session.purchase != Some(id) {
        return Err(Trouble::Never(format!("the pay page of purchase {id} is of another one")));
    }
    let asked = store.reconcile_purchase(id, &look.events, clock::wall_ms()).await?;
    let refused = asked.refused.iter().map(ToString::to_string);
    let open: Vec<String> = refused.chain(look.unread.iter().cloned()).collect();
    if open.is_empty() { Ok(()) } else { Err(Trouble::Never(open.join("; "))) }
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
async fn untold(store: &Store, row: &PurchaseRow, now_ms: i64) -> Result<(), Trouble> {
    let created_ms = calendar::parse_utc(&row.created_day).unwrap_or(now_ms);
    if now_ms - created_ms > GIVEN_UP_MS {
        store.reconcile_purchase(row.purchase.id(), &[Event::Expired], now_ms).await?;
    }
    Ok(())
}

impl Round {
    fn note(&mut self, purchase: PurchaseId, outcome: Result<(), Trouble>) {
        self.asked += 1;
        let Err(trouble) = outcome else { return };
        self.is_away |= matches!(trouble, Trouble::Away(_));
        if self.troubles.len() < TROUBLES_MAX {
            self.troubles.push(format!("purchase {purchase}: {trouble}"));
        } else {
            self.untold += 1;
        }
    }

    /// What went wrong, one a line; `None` where nothing did.
    pub(crate) fn troubles(&self) -> Option<String> {
        let mut lines = self.troubles.clone();
        if self.untold > 0 {
            lines.push(format!("and {} more", self.untold));
        }
        if self.is_away {
            lines.push("the rest is asked for in the next round".to_owned());
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
