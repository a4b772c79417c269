//! Refunds by card: sent once, asked about until the money has gone or never will.

use linka_engine::clock;
use linka_payment::card::{RefundState, Refunded};
use linka_store::{RefundPart, RefundRow, Store};

use super::card::{CardProvider, Trouble};
use super::reconcile;

/// The provider remembers the name of a request for 24 hours; later it would refund again.
const AGAIN_MS: i64 = 23 * 3_600_000;
/// A refund is on its way for days; after so long a person looks.
const SLOW_MS: i64 = 14 * 86_400_000;

/// Sends a refund that is held, and notes what the provider makes of it.
pub(crate) async fn send(
    store: &Store,
    provider: &CardProvider,
    part: &RefundPart,
) -> Result<(), Trouble> {
    match provider.refund(part).await {
        Ok(taken) if taken.state == RefundState::Failed => {
            give_up(store, part, "the card provider answers that it failed").await
        }
        Ok(taken) => {
            store.refund_sent(part.id, &taken.id).await?;
            agrees(part, &taken)
        }
        Err(Trouble::Never(why)) => give_up(store, part, &why).await,
        Err(trouble @ (Trouble::Away(_) | Trouble::Later(_))) => Err(trouble),
    }
}

/// What it took on is what was asked for.
fn agrees(part: &RefundPart, taken: &Refunded) -> Result<(), Trouble> {
    let currency = part.purchase.purchase.currency();
    if (taken.amount, taken.currency) == (part.amount, currency) {
        return Ok(());
    }
    let Refunded { id, amount, currency: other, .. } = taken;
    Err(Trouble::Never(format!(
        "{} {currency} were to go back, and {id} is of {amount} {other}: look at the provider",
        part.amount
    )))
}

/// The credit can be spent again, and a person hears why.
async fn give_up(store: &Store, part: &RefundPart, why: &str) -> Result<(), Trouble> {
    store.release_refund(part.id).await?;
    Err(Trouble::Never(format!("refund {}: {why}; the credit can be spent again", part.id)))
}

/// Looks whether a refund went; where the provider has never heard of it, asks for it again.
pub(super) async fn again(
    store: &Store,
    provider: &CardProvider,
    refund: &RefundRow,
) -> Result<(), Trouble> {
    let part = &refund.part;
    let look = provider.look_at_refunds(&part.purchase).await?;
    reconcile::learn(store, &part.purchase, &look).await?;
    // The books have all that went now; what is held beside is held for nothing, or not yet gone.
    let Some(refund) = store.open_refund(part.id).await? else { return Ok(()) };
    let age_ms = clock::wall_ms().saturating_sub(refund.since_ms);
    let known = |theirs: &&Refunded| {
        theirs.ours == Some(part.id) || refund.refund.as_ref() == Some(&theirs.id)
    };
    match look.refunds.iter().find(known).map(|theirs| theirs.state) {
        Some(RefundState::Done) => Ok(store.release_refund(part.id).await.map(|_| ())?),
        Some(RefundState::Failed) => {
            give_up(store, part, "the card provider says that it failed").await
        }
        Some(RefundState::Open) if age_ms <= SLOW_MS => Ok(()),
        None if refund.refund.is_none() && age_ms <= AGAIN_MS => send(store, provider, part).await,
        Some(RefundState::Open) | None => Err(Trouble::Never(format!(
            "refund {0} is open for too long: look at the provider, then say \
             `linka credit refunds release {0}` or `sent {0}`",
            part.id
        ))),
    }
}
