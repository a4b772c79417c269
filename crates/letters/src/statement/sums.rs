//! Checks that a statement adds up, exactly and as it is shown.

use linka_model::Micros;

use super::{CALLS_MAX, MOVEMENTS_MAX, Movement, MovementKind, Statement};
use crate::amount::minor;
use crate::{Date, LetterError};

/// Sums of what a statement shows, in minor units. They add up: what is lost by rounding each line
/// is a line of its own (rule M1).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) opening: i64,
    /// What calls did to the balance: zero or below.
    pub(super) calls: i64,
    pub(super) fees: i64,
    pub(super) top_ups: i64,
    pub(super) refunds: i64,
    pub(super) corrections: i64,
    pub(super) rounding: i64,
    pub(super) closing: i64,
    pub(super) seconds: u64,
    /// How many calls there were, folded ones among them.
    pub(super) count: u64,
}

impl Statement {
    pub(super) fn check(&self) -> Result<Sums, LetterError> {
        self.issuer.check("issuer")?;
        self.organisation.check_without_address("organisation")?;
        limit("calls", self.calls.len().saturating_add(self.folded.len()), CALLS_MAX)?;
        limit("movements", self.movements.len(), MOVEMENTS_MAX)?;
        for call in &self.calls {
            self.in_month("calls.begun", call.begun.date())?;
        }
        if self.costs().any(|(_, cost)| cost < Micros::ZERO) {
            return Err(LetterError::fact("calls.cost", "is below zero; no call gives credit"));
        }
        for movement in &self.movements {
            self.in_month("movements.date", movement.date)?;
            movement.check()?;
        }
        self.check_exact()?;
        self.shown().ok_or_else(|| LetterError::fact("calls", "make a sum too large to be counted"))
    }

    /// Seconds and cost of each line about calls.
    fn costs(&self) -> impl Iterator<Item = (u64, Micros)> + '_ {
        let sums = self.folded.iter().map(|sum| (sum.billable_seconds, sum.cost));
        sums.chain(self.calls.iter().map(|call| (call.billable_seconds, call.cost)))
    }

    /// A call costs, a movement changes: both as what they do to the balance.
    fn changes(&self) -> impl Iterator<Item = i128> + '_ {
        let calls = self.costs().map(|(_, cost)| -i128::from(cost.0));
        calls.chain(self.movements.iter().map(|movement| i128::from(movement.change.0)))
    }

    fn check_exact(&self) -> Result<(), LetterError> {
        let computed = self.changes().fold(i128::from(self.opening.0), |sum, change| sum + change);
        if computed == i128::from(self.closing.0) {
            return Ok(());
        }
        let computed = i64::try_from(computed).map(Micros);
        Err(LetterError::Sum {
            what: "balance",
            computed: computed.map_or("more than can be counted".to_owned(), |sum| sum.to_string()),
            stated: self.closing.to_string(),
        })
    }

    fn shown(&self) -> Option<Sums> {
        let show = |amount| minor(amount, self.currency);
        let mut calls = 0_i64;
        let mut seconds = 0_u64;
        let mut count = u64::try_from(self.calls.len()).ok()?;
        for (billable, cost) in self.costs() {
            calls = calls.checked_sub(show(cost))?;
            seconds = seconds.checked_add(billable)?;
        }
        for sum in &self.folded {
            count = count.checked_add(sum.calls)?;
        }
        let of = |kind| {
            let some = self.movements.iter().filter(move |movement| movement.kind == kind);
            some.map(|movement| show(movement.change)).try_fold(0_i64, i64::checked_add)
        };
        let [fees, top_ups, refunds, corrections] = [
            of(MovementKind::Fee)?,
            of(MovementKind::TopUp)?,
            of(MovementKind::Refund)?,
            of(MovementKind::Correction)?,
        ];
        let (opening, closing) = (show(self.opening), show(self.closing));
        let lines = [opening, calls, fees, top_ups, refunds, corrections];
        let rounding = closing.checked_sub(lines.into_iter().try_fold(0_i64, i64::checked_add)?)?;
        Some(Sums {
            opening,
            calls,
            fees,
            top_ups,
            refunds,
            corrections,
            rounding,
            closing,
            seconds,
            count,
        })
    }

    fn in_month(&self, field: &'static str, date: Date) -> Result<(), LetterError> {
        if date.month() == self.month {
            return Ok(());
        }
        let why = format!("{} lies outside of {}", date.iso(), self.month.iso());
        Err(LetterError::fact(field, why))
    }
}

impl Movement {
    fn check(&self) -> Result<(), LetterError> {
        let fits = match self.kind {
            MovementKind::Fee | MovementKind::Refund => self.change <= Micros::ZERO,
            MovementKind::TopUp => self.change >= Micros::ZERO,
            MovementKind::Correction => true,
        };
        let why = "has the wrong sign: fees and refunds are debits, top-ups are credits";
        fits.then_some(()).ok_or_else(|| LetterError::fact("movements.change", why))
    }
}

fn limit(what: &'static str, count: usize, max: usize) -> Result<(), LetterError> {
    if count <= max { Ok(()) } else { Err(LetterError::TooMany { what, count, max }) }
}
