//! How little credit is worth a warning (rule M10).

use linka_model::Micros;

use crate::Rate;

/// An hour of talk.
const HOUR_S: u32 = 3600;
/// One call of usual length.
const ONE_CALL_S: u32 = 600;

/// How little credit is left: each is less than the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Shortage {
    /// Less than a fifth of the last top-up, or than an hour at the dearest price.
    Low,
    /// Less than one call of ten minutes at the dearest price.
    OneCall,
    /// No call is answered any more: not even the first hold of the cheapest is left.
    Exhausted,
}

/// Where the warnings of an organisation lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thresholds {
    low: Micros,
    one_call: Micros,
    exhausted: Micros,
}

impl Thresholds {
    /// From the last top-up and the prices of all lines that take calls; `None` without a price.
    pub fn new(last_top_up: Micros, rates: impl IntoIterator<Item = Rate>) -> Option<Self> {
        let thresholds = |rate: Rate| Self {
            low: rate.cost(HOUR_S).max(Micros(last_top_up.0 / 5)),
            one_call: rate.cost(ONE_CALL_S),
            exhausted: rate.first_hold(),
        };
        rates.into_iter().map(thresholds).reduce(|a, b| Self {
            low: a.low.max(b.low),
            one_call: a.one_call.max(b.one_call),
            exhausted: a.exhausted.min(b.exhausted),
        })
    }

    /// The gravest threshold that so much credit is below.
    pub fn below(&self, available: Micros) -> Option<Shortage> {
        if available < self.exhausted {
            Some(Shortage::Exhausted)
        } else if available < self.one_call {
            Some(Shortage::OneCall)
        } else if available < self.low {
            Some(Shortage::Low)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_minute: i64) -> Rate {
        Rate::new(Micros(per_minute), (60, 60), Micros::ZERO, Micros::ZERO).unwrap()
    }

    fn at(last_top_up: i64, per_minute: &[i64], available: i64) -> Option<Shortage> {
        let rates = per_minute.iter().map(|&price| rate(price));
        Thresholds::new(Micros(last_top_up), rates).unwrap().below(Micros(available))
    }

    #[test]
    fn each_threshold_begins_one_micro_unit_below_its_amount() {
        // 1.20 a minute: an hour costs 72.00, ten minutes 12.00, the first hold (3 minutes) 3.60.
        let at = |available| at(100_000_000, &[1_200_000], available);
        assert_eq!(at(72_000_000), None);
        assert_eq!(at(71_999_999), Some(Shortage::Low));
        assert_eq!(at(12_000_000), Some(Shortage::Low));
        assert_eq!(at(11_999_999), Some(Shortage::OneCall));
        assert_eq!(at(3_600_000), Some(Shortage::OneCall));
        assert_eq!(at(3_599_999), Some(Shortage::Exhausted));
        assert_eq!(at(-1), Some(Shortage::Exhausted));
    }

    #[test]
    fn a_fifth_of_a_large_top_up_warns_earlier_than_an_hour() {
        // A fifth of 1000.00 is 200.00, an hour costs 72.00.
        assert_eq!(at(1_000_000_000, &[1_200_000], 200_000_000), None);
        assert_eq!(at(1_000_000_000, &[1_200_000], 199_999_999), Some(Shortage::Low));
    }

    #[test]
    fn the_dearest_price_warns_and_the_cheapest_says_when_it_is_over() {
        // 3.00 a minute: an hour 180.00, ten minutes 30.00. At 1.00 the first hold is 3.00.
        let at = |available| at(1, &[1_000_000, 3_000_000], available);
        assert_eq!(at(180_000_000), None);
        assert_eq!(at(179_999_999), Some(Shortage::Low));
        assert_eq!(at(29_999_999), Some(Shortage::OneCall));
        assert_eq!(at(3_000_000), Some(Shortage::OneCall));
        assert_eq!(at(2_999_999), Some(Shortage::Exhausted));
    }

    #[test]
    fn calls_that_cost_nothing_warn_of_nothing_but_debt() {
        assert_eq!(at(0, &[0], 0), None);
        assert_eq!(at(0, &[0], -1), Some(Shortage::Exhausted));
        assert_eq!(Thresholds::new(Micros(5), []), None);
    }
}
