//! What can be given back of credit that was bought (M17): unused, paid, to where it came from.
//!
//! Goodwill is spent first and never paid out. Then top-ups are spent oldest first, and what a top-up
//! has left goes back to the payment that it came from.

use linka_model::{Currency, Micros};

use crate::minor_unit::{MinorUnitError, whole_part};
use crate::purchase::PurchaseId;

/// A purchase that was credited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopUp {
    /// The purchase.
    pub purchase: PurchaseId,
    /// What came, less what a bank took back.
    pub received: Micros,
    /// What went back already or is held by a dispute.
    pub returned: Micros,
}

/// An amount that goes back to the payment of a purchase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// The purchase whose payment is refunded.
    pub purchase: PurchaseId,
    /// How much, in whole minor units.
    pub amount: Micros,
}

/// Why nothing is refunded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefundError {
    /// More is wanted than is left.
    #[error("{wanted} cannot be refunded: {refundable} of the credit is paid and unused")]
    TooMuch {
        /// What was asked.
        wanted: Micros,
        /// What is possible.
        refundable: Micros,
    },
    /// The amount cannot be paid.
    #[error(transparent)]
    Minor(#[from] MinorUnitError),
    /// The sums are no amounts that can be counted.
    #[error("the top-ups do not make a sum that can be counted: audit the ledger")]
    Sum,
}

/// What can be refunded of each top-up, oldest first, those with nothing left aside. `used` is all that
/// was spent or is reserved; `goodwill` all that was given.
///
/// What lies below a minor unit cannot be paid and stays credit.
pub fn refundable(
    top_ups: &[TopUp],
    goodwill: Micros,
    used: Micros,
    currency: Currency,
) -> Result<Vec<Part>, RefundError> {
    let mut used = used.checked_sub(goodwill).ok_or(RefundError::Sum)?.max(Micros::ZERO);
    let mut parts = Vec::new();
    for top_up in top_ups {
        let there = top_up.received.checked_sub(top_up.returned).ok_or(RefundError::Sum)?;
        let there = there.max(Micros::ZERO);
        let spent = used.min(there);
        used = Micros(used.0 - spent.0);
        let amount = whole_part(Micros(there.0 - spent.0), currency)?;
        if amount > Micros::ZERO {
            parts.push(Part { purchase: top_up.purchase, amount });
        }
    }
    Ok(parts)
}

/// How a wanted amount is taken out of what is refundable, oldest first.
pub fn plan(parts: &[Part], wanted: Micros, currency: Currency) -> Result<Vec<Part>, RefundError> {
    crate::minor_unit::to_minor(wanted, currency)?;
    let amounts = parts.iter().map(|part| part.amount);
    let refundable = amounts.clone().try_fold(Micros::ZERO, Micros::checked_add);
    let refundable = refundable.ok_or(RefundError::Sum)?;
    if wanted <= Micros::ZERO || wanted > refundable {
        return Err(RefundError::TooMuch { wanted, refundable });
    }
    let mut left = wanted;
    let taken = parts.iter().map(|part| {
        let amount = part.amount.min(left);
        left = Micros(left.0 - amount.0);
        Part { amount, ..*part }
    });
    Ok(taken.filter(|part| part.amount > Micros::ZERO).collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const CROWN: i64 = 1_000_000;

    fn top_up(id: u128, received: i64, returned: i64) -> TopUp {
        let purchase = PurchaseId(Uuid::from_u128(id));
        TopUp { purchase, received: Micros(received), returned: Micros(returned) }
    }

    fn part(id: u128, amount: i64) -> Part {
        Part { purchase: PurchaseId(Uuid::from_u128(id)), amount: Micros(amount) }
    }

    fn czk() -> Currency {
        "CZK".parse().unwrap()
    }

    #[test]
    fn goodwill_is_spent_first_then_the_oldest_top_up() {
        let top_ups = [top_up(1, 100 * CROWN, 0), top_up(2, 50 * CROWN, 0)];
        // 130 used: 20 goodwill, 100 of the first, 10 of the second; 40 are left of the second.
        let parts = refundable(&top_ups, Micros(20 * CROWN), Micros(130 * CROWN), czk());
        assert_eq!(parts, Ok(vec![part(2, 40 * CROWN)]));
        // 30 used: 20 goodwill and 10 of the first.
        let parts = refundable(&top_ups, Micros(20 * CROWN), Micros(30 * CROWN), czk());
        assert_eq!(parts, Ok(vec![part(1, 90 * CROWN), part(2, 50 * CROWN)]));
    }

    #[test]
    fn goodwill_that_is_left_is_not_paid_out() {
        let parts = refundable(&[], Micros(20 * CROWN), Micros::ZERO, czk());
        assert_eq!(parts, Ok(vec![]));
        let parts = refundable(&[top_up(1, CROWN, 0)], Micros(20 * CROWN), Micros(CROWN), czk());
        assert_eq!(parts, Ok(vec![part(1, CROWN)]));
    }

    #[test]
    fn what_went_back_is_not_there_again() {
        let top_ups = [top_up(1, 100 * CROWN, 60 * CROWN), top_up(2, 50 * CROWN, 50 * CROWN)];
        let parts = refundable(&top_ups, Micros::ZERO, Micros(15 * CROWN), czk());
        assert_eq!(parts, Ok(vec![part(1, 25 * CROWN)]));
    }

    #[test]
    fn what_lies_below_a_minor_unit_stays() {
        // 100 − 0.016667 = 99.983333; 99.98 can be paid.
        let parts = refundable(&[top_up(1, 100 * CROWN, 0)], Micros::ZERO, Micros(16_667), czk());
        assert_eq!(parts, Ok(vec![part(1, 99_980_000)]));
    }

    #[test]
    fn overspent_credit_refunds_nothing() {
        let parts = refundable(&[top_up(1, CROWN, 0)], Micros::ZERO, Micros(5 * CROWN), czk());
        assert_eq!(parts, Ok(vec![]));
    }

    #[test]
    fn a_wanted_amount_is_taken_from_the_oldest() {
        let parts = [part(1, 90 * CROWN), part(2, 50 * CROWN)];
        let planned = plan(&parts, Micros(100 * CROWN), czk());
        assert_eq!(planned, Ok(vec![part(1, 90 * CROWN), part(2, 10 * CROWN)]));
        let planned = plan(&parts, Micros(10 * CROWN), czk());
        assert_eq!(planned, Ok(vec![part(1, 10 * CROWN)]));
    }

    #[test]
    fn more_than_is_left_and_parts_of_a_heller_are_refused() {
        let parts = [part(1, 90 * CROWN)];
        for wanted in [90 * CROWN + 10_000, 0, -CROWN] {
            let refused = plan(&parts, Micros(wanted), czk());
            assert!(matches!(refused, Err(RefundError::TooMuch { .. })), "{wanted}");
        }
        assert!(matches!(plan(&parts, Micros(5_000), czk()), Err(RefundError::Minor(_))));
    }
}
