//! What is known of a purchase. Every fact joins the others and none is ever taken out, so whatever
//! order they come in, the same facts make the same purchase.

use std::collections::BTreeMap;

use linka_model::Micros;
use serde::{Deserialize, Serialize};

use super::{FACTS_MAX, State};

/// All facts, by the provider's names of its objects.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) opened: bool,
    pub(super) expired: bool,
    pub(super) failed: bool,
    /// What came.
    pub(super) payments: BTreeMap<String, Micros>,
    /// What the bank took back.
    pub(super) reversals: BTreeMap<String, Micros>,
    /// The growing sums that were refunded of each object, as far as they were told.
    pub(super) refunds: BTreeMap<String, Vec<Micros>>,
    /// Refunds that failed after all, by what was refunded and by their own names.
    #[serde(default)]
    pub(super) failed_refunds: BTreeMap<String, BTreeMap<String, Micros>>,
    pub(super) disputes: BTreeMap<String, Dispute>,
}

/// A dispute that takes money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Dispute {
    /// As it was told.
    pub(super) amount: Micros,
    pub(super) outcome: Outcome,
    /// What there was to hold when it was told first; nothing is written where that is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<Micros>,
}

impl Dispute {
    /// What it holds, and takes where it is lost.
    pub(super) fn held(&self) -> Micros {
        self.held.unwrap_or(self.amount)
    }
}

/// How it stands with a dispute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Open,
    Won,
    Lost,
}

impl Facts {
    /// Joins a growing sum. A smaller one than is known comes late and says nothing new.
    pub(super) fn refunded(&mut self, object: &str, total: Micros) {
        let totals = self.refunds.entry(object.to_owned()).or_default();
        if totals.last().is_none_or(|known| *known < total) {
            totals.push(total);
        }
    }

    /// Joins the refunds of an object that failed: all that was ever refunded of it is what counts as
    /// refunded now, and they. False where it contradicts what is known.
    pub(super) fn refunds_failed(
        &mut self,
        object: &str,
        left: Micros,
        failed: &[(String, Micros)],
    ) -> bool {
        let known = self.failed_refunds.entry(object.to_owned()).or_default();
        for (name, amount) in failed {
            if *known.entry(name.clone()).or_insert(*amount) != *amount {
                return false;
            }
        }
        let total = saturating(known.values().copied().chain([left]));
        self.refunded(object, total);
        true
    }

    /// Joins what is told of a dispute, which can hold `room` at most; false where it contradicts what is known. That it was opened
    /// says nothing new once it is decided.
    pub(super) fn dispute(
        &mut self,
        object: &str,
        amount: Micros,
        outcome: Outcome,
        room: Micros,
    ) -> bool {
        let held = (room < amount).then_some(room.max(Micros::ZERO));
        let told = Dispute { amount, outcome, held };
        let known = self.disputes.entry(object.to_owned()).or_insert(told);
        if known.amount != amount {
            return false;
        }
        match (known.outcome, outcome) {
            (Outcome::Open, _) => known.outcome = outcome,
            (Outcome::Won, Outcome::Lost) | (Outcome::Lost, Outcome::Won) => return false,
            (Outcome::Won, Outcome::Open | Outcome::Won)
            | (Outcome::Lost, Outcome::Open | Outcome::Lost) => {}
        }
        true
    }

    /// Whether any payment is known.
    pub(super) fn is_paid(&self) -> bool {
        !self.payments.is_empty()
    }

    /// Payments less what the bank took back; the payments were checked to make a sum.
    pub(super) fn received(&self) -> Micros {
        let sum = |amounts: &BTreeMap<String, Micros>| saturating(amounts.values().copied());
        Micros(sum(&self.payments).0.saturating_sub(sum(&self.reversals).0))
    }

    /// What went back by refunds and lost disputes.
    pub(super) fn returned(&self) -> Micros {
        let refunds = self.refunds.values().filter_map(|totals| totals.last().copied());
        let gone = saturating(refunds.chain(self.in_dispute(Outcome::Lost)));
        let failed = self.failed_refunds.values().flat_map(BTreeMap::values);
        Micros(gone.0.saturating_sub(saturating(failed.copied()).0))
    }

    /// What is held by open disputes.
    pub(super) fn disputed(&self) -> Micros {
        saturating(self.in_dispute(Outcome::Open))
    }

    /// Whether a dispute is open, though there may be nothing left that it could hold.
    pub(super) fn has_open_dispute(&self) -> bool {
        self.disputes.values().any(|dispute| dispute.outcome == Outcome::Open)
    }

    /// Where a purchase stands for which nothing came.
    pub(super) fn unpaid_state(&self) -> State {
        match self {
            Self { failed: true, .. } => State::Failed,
            Self { expired: true, .. } => State::Expired,
            Self { opened: true, .. } => State::Pending,
            // What a bank gave and took back shows that it was asked.
            _ if self.is_paid() => State::Pending,
            _ => State::Created,
        }
    }

    pub(super) fn is_within_limits(&self) -> bool {
        let steps: usize = self.refunds.values().map(Vec::len).sum();
        let failed: usize = self.failed_refunds.values().map(BTreeMap::len).sum();
        [self.payments.len(), self.reversals.len(), steps, failed, self.disputes.len()]
            .iter()
            .all(|count| *count <= FACTS_MAX)
    }

    fn in_dispute(&self, outcome: Outcome) -> impl Iterator<Item = Micros> {
        let disputes = self.disputes.values();
        disputes.filter(move |dispute| dispute.outcome == outcome).map(Dispute::held)
    }
}

/// A sum that stops at the greatest amount; sums of what goes back are compared with what came, so
/// one that stops there is refused.
fn saturating(amounts: impl Iterator<Item = Micros>) -> Micros {
    Micros(amounts.fold(0, |sum, amount| amount.0.saturating_add(sum)))
}
