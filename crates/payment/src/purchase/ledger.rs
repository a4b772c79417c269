//! What the facts of a purchase mean for the ledger.

use linka_model::Micros;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Provider;
use super::facts::{Facts, Outcome};

/// Names movements of purchases across restarts and machines.
const NAMESPACE: Uuid = Uuid::from_u128(0x8c1f_9f0e_53f4_4f0e_8a55_60d3_79c2_1b7d);

/// Names a movement by its provider and the provider's object, so that the ledger takes it once (I5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MovementId(pub Uuid);

/// Why money moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Credit comes.
    TopUp,
    /// A bank took a payment back: the credit goes.
    Reversal,
    /// Money went back to the payer: the credit goes.
    Refund,
    /// A refund failed after it was booked: the credit comes back.
    RefundFailed,
    /// Credit is held for a dispute, even where it is spent already (M17).
    DisputeHold,
    /// The dispute is won: the hold is given back.
    DisputeRelease,
    /// The dispute is lost: the hold is taken.
    DisputeLoss,
}

/// One thing that the ledger has to write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Movement {
    /// Its name.
    pub id: MovementId,
    /// Why.
    pub kind: Kind,
    /// How much, above zero.
    pub amount: Micros,
    /// The hold that a release or a loss resolves.
    pub resolves: Option<MovementId>,
}

/// Everything that the ledger has to have for these facts, credit first. More facts only ever add to
/// it. Without a payment there is nothing: a refund that is told first waits for its payment.
pub(super) fn movements(provider: Provider, facts: &Facts) -> Vec<Movement> {
    if !facts.is_paid() {
        return Vec::new();
    }
    let movement = |kind, object: &str, amount| Movement {
        id: name(provider, kind, object),
        kind,
        amount,
        resolves: None,
    };
    let mut all = Vec::new();
    all.extend(facts.payments.iter().map(|(name, amount)| movement(Kind::TopUp, name, *amount)));
    all.extend(facts.reversals.iter().map(|(name, paid)| movement(Kind::Reversal, name, *paid)));
    for (object, totals) in &facts.refunds {
        let mut before = 0;
        for total in totals {
            // One charge may be refunded in steps; each is named by the sum that it reaches.
            let step = format!("{object}/{}", total.0);
            all.push(movement(Kind::Refund, &step, Micros(total.0 - before)));
            before = total.0;
        }
    }
    let failed = facts.failed_refunds.values().flatten();
    all.extend(failed.map(|(name, amount)| movement(Kind::RefundFailed, name, *amount)));
    for (object, dispute) in &facts.disputes {
        if dispute.held() == Micros::ZERO {
            continue;
        }
        let hold = movement(Kind::DisputeHold, object, dispute.held());
        all.push(hold);
        let end = match dispute.outcome {
            Outcome::Open => continue,
            Outcome::Won => Kind::DisputeRelease,
            Outcome::Lost => Kind::DisputeLoss,
        };
        let end = movement(end, object, dispute.held());
        all.push(Movement { resolves: Some(hold.id), ..end });
    }
    all
}

/// The name of a movement: the provider and its object, and for what follows a payment the reason.
fn name(provider: Provider, kind: Kind, object: &str) -> MovementId {
    let provider = match provider {
        Provider::Card => "stripe",
        Provider::Invoice => "bank",
        Provider::Partner => "partner",
        Provider::Grant => "grant",
    };
    let reason = match kind {
        Kind::TopUp => "",
        Kind::Reversal => "\nreversal",
        Kind::Refund => "\nrefund",
        Kind::RefundFailed => "\nfailed",
        Kind::DisputeHold => "\nhold",
        Kind::DisputeRelease => "\nrelease",
        Kind::DisputeLoss => "\nloss",
    };
    let namespace = Uuid::new_v5(&NAMESPACE, provider.as_bytes());
    MovementId(Uuid::new_v5(&namespace, format!("{object}{reason}").as_bytes()))
}
