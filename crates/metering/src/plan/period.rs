//! Billing periods: months counted from the day on which a line was activated (M15).

use jiff::ToSpan;

use super::Zone;

/// A stretch of time that is billed once. Periods of a line follow each other without gap and
/// without overlap (I15).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Period {
    /// Its first instant, in milliseconds since 1970.
    pub start_ms: i64,
    /// The first instant after it.
    pub end_ms: i64,
}

impl Period {
    /// Whether an instant lies in it.
    pub const fn contains(self, unix_ms: i64) -> bool {
        self.start_ms <= unix_ms && unix_ms < self.end_ms
    }
}

/// Where the periods of a line begin: the day of its activation in the zone of its organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anchor {
    activated_ms: i64,
    zone: Zone,
}

impl Anchor {
    /// The anchor of a line that was activated at this instant.
    pub const fn new(activated_ms: i64, zone: Zone) -> Self {
        Self { activated_ms, zone }
    }

    /// The zone in which days are counted.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Period number `k`, from 0. It begins with the day that is `k` months after the anchor day, or
    /// with the last day of a month that is too short: always counted from the anchor, so that the
    /// 31st comes back after February. `None` beyond the year 9999.
    pub fn period(&self, k: u32) -> Option<Period> {
        Some(Period { start_ms: self.start(k)?, end_ms: self.start(k.checked_add(1)?)? })
    }

    /// The period that an instant lies in; `None` before the first.
    pub fn period_at(&self, unix_ms: i64) -> Option<Period> {
        let (anchor, day) = (self.zone.day(self.activated_ms)?, self.zone.day(unix_ms)?);
        let months = |year: i16, month: i8| i64::from(year) * 12 + i64::from(month);
        let apart = months(day.year(), day.month()) - months(anchor.year(), anchor.month());
        // The anchor day of this month may be still to come.
        [apart, apart - 1]
            .into_iter()
            .filter_map(|k| self.period(u32::try_from(k).ok()?))
            .find(|period| period.contains(unix_ms))
    }

    fn start(&self, k: u32) -> Option<i64> {
        let anchor = self.zone.day(self.activated_ms)?;
        let months = i32::try_from(k).ok().filter(|&k| k < 12 * 9999)?;
        self.zone.start_of(anchor.checked_add(months.months()).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_utc;

    fn at(text: &str) -> i64 {
        parse_utc(text).unwrap()
    }

    fn anchor(activated: &str, zone: &str) -> Anchor {
        Anchor::new(at(activated), Zone::named(zone).unwrap())
    }

    fn starts(anchor: &Anchor, expected: &[&str]) {
        for (k, text) in (0..).zip(expected) {
            assert_eq!(anchor.period(k).unwrap().start_ms, at(text), "{k}: {text}");
        }
    }

    #[test]
    fn the_31st_is_clamped_to_the_month_and_comes_back() {
        // Prague is an hour ahead of UTC in winter and two in summer (from 29 March 2026).
        let line = anchor("2026-01-31T09:30:00Z", "Europe/Prague");
        let expected = [
            "2026-01-30T23:00:00Z", // 31 January
            "2026-02-27T23:00:00Z", // 28 February
            "2026-03-30T22:00:00Z", // 31 March, in summer time
            "2026-04-29T22:00:00Z", // 30 April
            "2026-05-30T22:00:00Z", // 31 May
        ];
        starts(&line, &expected);
    }

    #[test]
    fn a_leap_day_is_an_anchor_of_every_year() {
        let line = anchor("2028-02-29T12:00:00Z", "Etc/UTC");
        assert_eq!(line.period(12).unwrap().start_ms, at("2029-02-28"));
        assert_eq!(line.period(48).unwrap().start_ms, at("2032-02-29"));
    }

    #[test]
    fn the_day_is_that_of_the_zone_and_not_of_utc() {
        // 23:30 in UTC is the next day in Prague, and still the afternoon in Los Angeles.
        let late = "2026-05-31T23:30:00Z";
        starts(&anchor(late, "Europe/Prague"), &["2026-05-31T22:00:00Z", "2026-06-30T22:00:00Z"]);
        let west = ["2026-05-31T07:00:00Z", "2026-06-30T07:00:00Z"];
        starts(&anchor(late, "America/Los_Angeles"), &west);
    }

    #[test]
    fn a_day_without_midnight_begins_with_its_first_instant() {
        // In Beirut 27 March 2022 began at 01:00 (UTC+3), right after 23:59:59 (UTC+2).
        let line = anchor("2022-02-27T12:00:00Z", "Asia/Beirut");
        assert_eq!(line.period(1).unwrap().start_ms, at("2022-03-26T22:00:00Z"));
    }

    #[test]
    fn an_instant_finds_its_period_at_both_edges() {
        let line = anchor("2026-01-31T09:30:00Z", "Europe/Prague");
        let second = line.period(1).unwrap();
        assert_eq!(line.period_at(second.start_ms), Some(second));
        assert_eq!(line.period_at(second.end_ms - 1), Some(second));
        assert_eq!(line.period_at(second.start_ms - 1), line.period(0));
        assert_eq!(line.period_at(at("2026-01-30T22:59:59Z")), None);
    }

    #[test]
    fn beyond_the_calendar_there_is_no_period() {
        let line = anchor("2026-01-31", "Etc/UTC");
        assert_eq!(line.period(u32::MAX), None);
        assert_eq!(line.period(12 * 7974), None);
        assert_eq!(line.period_at(i64::MAX), None);
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused() {
        let error = Zone::named("Europe/Brno").unwrap_err().to_string();
        assert!(error.contains("`Europe/Brno` is not a time zone"), "{error}");
        assert_eq!(Zone::named("Europe/Prague").unwrap().name(), "Europe/Prague");
    }
}
