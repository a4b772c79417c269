//! Grace: a recording under way goes on for a while when the credit has ended (rule M11).
//!
//! Grace is reserved like any stretch of a call, but against the overdraft limit of the account
//! (O5): many recordings share one limit, and a limit of 0 means that there is no grace.

use linka_model::Micros;

use crate::Rate;

/// A call runs on grace for so many seconds in all, at most.
pub const GRACE_MAX_S: u32 = 600;

/// The overdraft limit of a new organisation: ten minutes at the dearest of its prices.
pub fn default_overdraft(rates: impl IntoIterator<Item = Rate>) -> Micros {
    rates.into_iter().map(|rate| rate.cost(GRACE_MAX_S)).max().unwrap_or(Micros::ZERO)
}

/// What a call has of its grace.
#[derive(Debug, Default)]
pub(crate) struct Grace {
    recording: bool,
    /// Credit was refused just now: grace is asked for next.
    next: bool,
    used_s: u32,
}

impl Grace {
    /// A recording begins or ends. With its end no further grace is asked for.
    pub(crate) fn recording(&mut self, under_way: bool) {
        self.recording = under_way;
        self.next &= under_way;
    }

    /// Credit for so many further seconds was refused. Says whether grace is asked for instead.
    pub(crate) fn follows(&mut self, further_s: u32) -> bool {
        self.next = self.covers(further_s);
        self.next
    }

    /// Whether so many further seconds are to be asked for as grace now. Only once: what comes
    /// later is asked for as ordinary credit first.
    pub(crate) fn take_turn(&mut self, further_s: u32) -> bool {
        core::mem::take(&mut self.next) && self.covers(further_s)
    }

    /// So many seconds of grace were granted.
    pub(crate) fn granted(&mut self, further_s: u32) {
        self.used_s = self.used_s.saturating_add(further_s);
    }

    fn covers(&self, further_s: u32) -> bool {
        self.recording && self.used_s.saturating_add(further_s) <= GRACE_MAX_S
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_overdraft_is_ten_minutes_at_the_dearest_price() {
        let rate = |per_minute, setup| {
            Rate::new(Micros(per_minute), (60, 60), Micros(setup), Micros::ZERO).unwrap()
        };
        // 10 · 1.20 = 12.00; 0.50 + 10 · 1.19 = 12.40.
        let rates = [rate(1_200_000, 0), rate(1_190_000, 500_000)];
        assert_eq!(default_overdraft(rates), Micros(12_400_000));
        assert_eq!(default_overdraft([]), Micros::ZERO);
    }
}
