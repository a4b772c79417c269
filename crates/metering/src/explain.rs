//! A price of a call, step by step (M5).

use core::fmt;

use linka_model::Micros;

use crate::Rate;

/// How the cost of a call comes about. Its [`Display`](fmt::Display) form has one step a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The price.
    pub rate: Rate,
    /// Billable seconds of the call.
    pub seconds: u32,
    /// The seconds that are counted: the first increment and whole further steps.
    pub counted: u32,
    /// What they cost, rounded up to one micro-unit; without the set-up fee.
    pub time: Micros,
    /// Whether anything was rounded.
    pub rounded: bool,
    /// Time and set-up fee.
    pub sum: Micros,
    /// What the call costs: the sum, or the least price of a call.
    pub cost: Micros,
}

impl Rate {
    /// Explains what a call of so many billable seconds costs.
    pub fn explain(self, seconds: u32) -> Explanation {
        let counted = self.boundary_at_or_after(seconds);
        let sixtieths = i128::from(self.per_minute().0) * i128::from(counted);
        let cost = self.cost(seconds);
        let time = i64::try_from((sixtieths + 59) / 60).unwrap_or(i64::MAX);
        let sum = Micros(self.setup().0.saturating_add(time));
        let rounded = sixtieths % 60 != 0;
        Explanation { rate: self, seconds, counted, time: Micros(time), rounded, sum, cost }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate, seconds, counted, time, sum, cost, .. } = *self;
        let (first, step) = rate.increment();
        if seconds <= first {
            writeln!(f, "{seconds} s count as the first {first} s")?;
        } else {
            let steps = counted.saturating_sub(first) / step;
            writeln!(f, "{seconds} s count as {first} s + {steps} × {step} s = {counted} s")?;
        }
        let per_minute = rate.per_minute();
        let rounded = if self.rounded { ", rounded up once" } else { "" };
        writeln!(f, "{per_minute} a minute × {counted} s ÷ 60 = {time}{rounded}")?;
        if rate.setup() > Micros::ZERO {
            writeln!(f, "{time} + {} for the call = {sum}", rate.setup())?;
        }
        if rate.minimum() > sum {
            writeln!(f, "{sum} is less than the least price of a call, {}", rate.minimum())?;
        }
        write!(f, "cost: {cost}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_minute: i64, increment: (u32, u32), setup: i64, minimum: i64) -> Rate {
        Rate::new(Micros(per_minute), increment, Micros(setup), Micros(minimum)).unwrap()
    }

    fn said(rate: Rate, seconds: u32) -> String {
        rate.explain(seconds).to_string()
    }

    #[test]
    fn whole_minutes() {
        let lines =
            "121 s count as 60 s + 2 × 60 s = 180 s\n1.20 a minute × 180 s ÷ 60 = 3.60\ncost: 3.60";
        assert_eq!(said(rate(1_200_000, (60, 60), 0, 0), 121), lines);
        let lines = "1 s count as the first 60 s\n1.20 a minute × 60 s ÷ 60 = 1.20\ncost: 1.20";
        assert_eq!(said(rate(1_200_000, (60, 60), 0, 0), 1), lines);
    }

    #[test]
    fn seconds_after_the_first_minute() {
        let lines =
            "75 s count as 60 s + 15 × 1 s = 75 s\n1.20 a minute × 75 s ÷ 60 = 1.50\ncost: 1.50";
        assert_eq!(said(rate(1_200_000, (60, 1), 0, 0), 75), lines);
    }

    #[test]
    fn the_fee_for_the_call_and_the_least_price() {
        let with_both = rate(1_200_000, (1, 1), 500_000, 1_000_000);
        // 0.50 + 0.02 = 0.52, lifted to 1.00.
        let lines = "1 s count as the first 1 s\n1.20 a minute × 1 s ÷ 60 = 0.02\n0.02 + 0.50 for the call = 0.52\n0.52 is less than the least price of a call, 1.00\ncost: 1.00";
        assert_eq!(said(with_both, 1), lines);
        let lines = "59 s count as 1 s + 58 × 1 s = 59 s\n1.20 a minute × 59 s ÷ 60 = 1.18\n1.18 + 0.50 for the call = 1.68\ncost: 1.68";
        assert_eq!(said(with_both, 59), lines);
    }

    #[test]
    fn rounding_is_said() {
        // 1/60 = 0.0166666…
        let lines = "1 s count as the first 1 s\n1.00 a minute × 1 s ÷ 60 = 0.016667, rounded up once\ncost: 0.016667";
        assert_eq!(said(rate(1_000_000, (1, 1), 0, 0), 1), lines);
    }

    #[test]
    fn thirty_and_six() {
        let lines = "75 s count as 30 s + 8 × 6 s = 78 s\n0.006000 a minute × 78 s ÷ 60 = 0.007800\ncost: 0.007800";
        assert_eq!(said(rate(6_000, (30, 6), 0, 0), 75), lines);
    }
}
