//! The price of a call (rule M5).

use linka_model::Micros;

use crate::meter::CLOSING_RESERVE_S;

/// A price: what the minute costs and in which steps it is counted.
///
/// A `Rate` in hand is sound: amounts are not negative and so small that no call shorter than 136
/// years overflows, therefore [`Rate::cost`] cannot fail.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rate {
    per_minute: Micros,
    first: u32,
    step: u32,
    setup: Micros,
    minimum: Micros,
}

/// Why numbers make no price.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RateError {
    /// An increment is not within 1 to 3600 seconds.
    #[error("an increment is a whole number of seconds from 1 to 3600, not {0}")]
    Increment(u32),
    /// An amount is below zero or above 100,000 currency units.
    #[error("an amount of a price lies between 0 and 100000, not at {0}")]
    Amount(Micros),
}

impl Rate {
    /// The longest increment, in seconds.
    pub const INCREMENT_MAX: u32 = 3600;

    /// The largest amount in a price: 100,000 currency units. At this price 2^32 seconds cost
    /// about 7.2 · 10^18 micro-units, which an `i64` still holds.
    pub const AMOUNT_MAX: Micros = Micros(100_000_000_000);

    /// Makes a price of an amount a minute, the increment `(first, step)` in seconds, a set-up fee
    /// and a least price of a call.
    pub fn new(
        per_minute: Micros,
        (first, step): (u32, u32),
        setup: Micros,
        minimum: Micros,
    ) -> Result<Self, RateError> {
        for seconds in [first, step] {
            if !(1..=Self::INCREMENT_MAX).contains(&seconds) {
                return Err(RateError::Increment(seconds));
            }
        }
        for amount in [per_minute, setup, minimum] {
            if !(Micros::ZERO..=Self::AMOUNT_MAX).contains(&amount) {
                return Err(RateError::Amount(amount));
            }
        }
        Ok(Self { per_minute, first, step, setup, minimum })
    }

    /// The seconds that are billed for a duration in milliseconds: a second begun is a second (M3).
    pub fn billable_seconds(duration_ms: u64) -> u32 {
        u32::try_from(duration_ms.div_ceil(1000)).unwrap_or(u32::MAX)
    }

    /// What a call of so many billable seconds costs: rounded once, up, to one micro-unit.
    pub fn cost(self, seconds: u32) -> Micros {
        let counted = i128::from(self.boundary_at_or_after(seconds));
        let sixtieths = i128::from(self.per_minute.0) * counted;
        let price = i128::from(self.setup.0) + (sixtieths + 59) / 60;
        // Fits by the limits that `new` checks.
        let price = i64::try_from(price).unwrap_or(i64::MAX);
        Micros(price.max(self.minimum.0))
    }

    /// The first increment boundary not before so many seconds; the very first one is `first`.
    pub fn boundary_at_or_after(self, seconds: u32) -> u32 {
        let steps = seconds.saturating_sub(self.first).div_ceil(self.step);
        self.first.saturating_add(steps.saturating_mul(self.step))
    }

    /// What the first hold of a call takes: without it no call is answered (M8).
    pub fn first_hold(self) -> Micros {
        self.cost(self.boundary_at_or_after(CLOSING_RESERVE_S))
    }

    /// The price of 60 seconds.
    pub const fn per_minute(self) -> Micros {
        self.per_minute
    }

    /// The increment `(first, step)` in seconds.
    pub const fn increment(self) -> (u32, u32) {
        (self.first, self.step)
    }

    /// What every call costs once, on top of its time.
    pub const fn setup(self) -> Micros {
        self.setup
    }

    /// What a call costs at least.
    pub const fn minimum(self) -> Micros {
        self.minimum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_minute: i64, increment: (u32, u32), setup: i64, minimum: i64) -> Rate {
        Rate::new(Micros(per_minute), increment, Micros(setup), Micros(minimum)).unwrap()
    }

    fn costs(rate: Rate, expected: &[(u32, i64)]) {
        for &(seconds, micros) in expected {
            assert_eq!(rate.cost(seconds), Micros(micros), "{seconds} s");
        }
    }

    #[test]
    fn whole_minutes_are_billed_by_the_minute_begun() {
        // 1.20 a minute: 1, 1, 2, 2, 3 minutes.
        let expected =
            [(1, 1_200_000), (60, 1_200_000), (61, 2_400_000), (120, 2_400_000), (121, 3_600_000)];
        costs(rate(1_200_000, (60, 60), 0, 0), &expected);
    }

    #[test]
    fn after_the_first_minute_every_second_counts() {
        // 1.20 a minute is 0.02 a second: 60, 61, 75 and 121 seconds.
        let expected = [(59, 1_200_000), (61, 1_220_000), (75, 1_500_000), (121, 2_420_000)];
        costs(rate(1_200_000, (60, 1), 0, 0), &expected);
    }

    #[test]
    fn by_the_second_every_second_counts() {
        // 0.02 times 1, 59, 61.
        costs(rate(1_200_000, (1, 1), 0, 0), &[(1, 20_000), (59, 1_180_000), (61, 1_220_000)]);
    }

    #[test]
    fn set_up_is_added_and_the_minimum_lifts_what_is_below_it() {
        // 0.50 + 0.02 = 0.52, lifted to 1.00; 0.50 + 1.18 = 1.68; 0.50 + 1.20 = 1.70.
        let expected = [(1, 1_000_000), (59, 1_680_000), (60, 1_700_000)];
        costs(rate(1_200_000, (1, 1), 500_000, 1_000_000), &expected);
    }

    #[test]
    fn a_price_that_sixty_does_not_divide_is_rounded_up_once_for_the_whole_call() {
        // 1000000 · 1/60 = 16666.7; · 59/60 = 983333.3; · 119/60 = 1983333.3.
        costs(rate(1_000_000, (1, 1), 0, 0), &[(1, 16_667), (59, 983_334), (119, 1_983_334)]);
    }

    #[test]
    fn thirty_and_six_counts_30_and_then_sixes() {
        // 0.006 a minute is 100 micro-units a second: 36, 60 and 78 seconds.
        costs(rate(6_000, (30, 6), 0, 0), &[(32, 3_600), (57, 6_000), (75, 7_800)]);
    }

    #[test]
    fn a_millisecond_is_a_second_and_60_001_ms_are_two_minutes() {
        assert_eq!(Rate::billable_seconds(0), 0);
        assert_eq!(Rate::billable_seconds(1), 1);
        assert_eq!(Rate::billable_seconds(60_000), 60);
        let by_minutes = rate(1_200_000, (60, 60), 0, 0);
        assert_eq!(by_minutes.cost(Rate::billable_seconds(60_001)), Micros(2_400_000));
    }

    #[test]
    fn a_chargeable_call_of_no_length_costs_the_first_increment() {
        assert_eq!(rate(1_200_000, (60, 60), 0, 0).cost(0), Micros(1_200_000));
    }

    #[test]
    fn the_dearest_price_of_the_longest_call_fits() {
        let max = Rate::AMOUNT_MAX.0;
        // 10^11 · (2^32 − 1) / 60 = 7158278825000000000 exactly, and 10^11 of set-up.
        let cost = rate(max, (1, 1), max, max).cost(u32::MAX);
        assert_eq!(cost, Micros(7_158_278_925_000_000_000));
    }

    #[test]
    fn increments_and_amounts_out_of_range_make_no_rate() {
        let make = |amount, increment| Rate::new(amount, increment, Micros::ZERO, Micros::ZERO);
        assert_eq!(make(Micros(1), (0, 1)), Err(RateError::Increment(0)));
        assert_eq!(make(Micros(1), (1, 3601)), Err(RateError::Increment(3601)));
        assert_eq!(make(Micros(-1), (1, 1)), Err(RateError::Amount(Micros(-1))));
        assert!(make(Rate::AMOUNT_MAX, (3600, 1)).is_ok());
    }
}
