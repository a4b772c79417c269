//! What comes back when the operator cancels a line in a period that is paid.

use linka_model::Micros;

use super::{Period, Zone};

/// The part of a fee for the whole days that are left after the day of the cancellation, rounded
/// down: `floor(fee × days left ÷ days of the period)`. Days are those of the organisation's zone.
pub fn unused(fee: Micros, period: Period, cancelled_ms: i64, zone: &Zone) -> Micros {
    if fee <= Micros::ZERO || cancelled_ms >= period.end_ms {
        return Micros::ZERO;
    }
    let days = || {
        let (start, end) = (zone.day(period.start_ms)?, zone.day(period.end_ms)?);
        let today = zone.day(cancelled_ms.max(period.start_ms))?;
        let between =
            |from: jiff::civil::Date| i128::from(from.duration_until(end).as_hours() / 24);
        Some((between(today) - 1, between(start)))
    };
    let Some((left, all)) = days().filter(|&(_, all)| all > 0) else { return Micros::ZERO };
    let part = i128::from(fee.0) * left.max(0) / all;
    Micros(i64::try_from(part).unwrap_or(fee.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_utc;
    use crate::plan::Anchor;

    fn at(text: &str) -> i64 {
        parse_utc(text).unwrap()
    }

    /// What comes back of 250.00 for the period from 1 March 2026 in Prague (31 days, one of them
    /// an hour short).
    fn back(cancelled: &str) -> Micros {
        let zone = Zone::named("Europe/Prague").unwrap();
        let march = Anchor::new(at("2026-03-01T12:00:00Z"), zone.clone()).period(0).unwrap();
        unused(Micros(250_000_000), march, at(cancelled), &zone)
    }

    #[test]
    fn the_days_after_the_cancellation_come_back_rounded_down() {
        // On 1 March 30 of 31 days are left: 250 · 30 / 31 = 241.935483 87…
        assert_eq!(back("2026-03-01T12:00:00Z"), Micros(241_935_483));
        // On 21 March 10 are left: 80.645161 29…
        assert_eq!(back("2026-03-21T12:00:00Z"), Micros(80_645_161));
        // 23:30 in UTC is the 22nd in Prague: 9 days, 72.580645 16…
        assert_eq!(back("2026-03-21T23:30:00Z"), Micros(72_580_645));
    }

    #[test]
    fn on_the_last_day_and_later_nothing_comes_back() {
        assert_eq!(back("2026-03-31T12:00:00Z"), Micros::ZERO);
        assert_eq!(back("2026-05-01T12:00:00Z"), Micros::ZERO);
    }

    #[test]
    fn a_cancellation_that_is_stamped_before_the_period_returns_no_more_than_its_first_day_does() {
        assert_eq!(back("2026-02-01T12:00:00Z"), Micros(241_935_483));
    }

    #[test]
    fn nothing_was_paid_and_nothing_comes_back() {
        let zone = Zone::named("Europe/Prague").unwrap();
        let period = Period { start_ms: 0, end_ms: 86_400_000 };
        assert_eq!(unused(Micros::ZERO, period, 0, &zone), Micros::ZERO);
    }
}
