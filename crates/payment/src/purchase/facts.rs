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
    pub(super) disputes: BTreeMap<String, Dispute>,
}

/// A dispute that takes money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Dispute {
    pub(super) amount: Micros,
    pub(super) outcome: Outcome,
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

    /// Joins what is told of a dispute; false where it contradicts what is known. That it was opened
    /// says nothing new once it is decided.
    pub(super) fn dispute(&mut self, object: &str, amount: Micros, outcome: Outcome) -> bool {
        let told = Dispute { amount, outcome };
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
        saturating(refunds.chain(self.in_dispute(Outcome::Lost)))
    }

    /// What is held by open disputes.
    pub(super) fn disputed(&self) -> Micros {
        saturating(self.in_dispute(Outcome::Open))
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
        [self.payments.len(), self.reversals.len(), steps, self.disputes.len()]
            .iter()
            .all(|count| *count <= FACTS_MAX)
    }

    fn in_dispute(&self, outcome: Outcome) -> impl Iterator<Item = Micros> {
        let disputes = self.disputes.values();
        disputes.filter(move |dispute| dispute.outcome == outcome).map(|dispute| dispute.amount)
    }
}

/// A sum that stops at the greatest amount; sums of what goes back are compared with what came, so
/// one that stops there is refused.
fn saturating(amounts: impl Iterator<Item = Micros>) -> Micros {
    Micros(amounts.fold(0, |sum, amount| amount.0.saturating_add(sum)))
}
