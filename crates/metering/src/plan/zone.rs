//! Time zones by name, from the table that is built into the program.
//!
//! What the machine has installed is never asked: the same instant is the same day on every node.

use core::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The time zone of an organisation (IANA): its days begin when they begin there.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A name that is no time zone.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a time zone: use a name of the IANA list, for example Europe/Prague")]
pub struct ZoneError(String);

impl Zone {
    /// The zone of this name, for example `Europe/Prague`.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        let zone = TimeZoneDatabase::bundled().get(name);
        zone.map(Self).map_err(|_| ZoneError(name.to_owned()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The month that it is there at an instant, `2026-01`; `None` beyond the calendar.
    pub fn month(&self, unix_ms: i64) -> Option<String> {
        let day = self.day(unix_ms)?;
        Some(format!("{:04}-{:02}", day.year(), day.month()))
    }

    /// When a month of the calendar begins there, in milliseconds since 1970; `None` for a month that
    /// the calendar does not have (years to 9999).
    pub fn month_start(&self, year: u16, month: u8) -> Option<i64> {
        let (year, month) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?);
        self.start_of(Date::new(year, month, 1).ok()?)
    }

    /// The hour of the day that it is there at an instant; `None` beyond the calendar.
    pub fn hour(&self, unix_ms: i64) -> Option<u8> {
        let instant = Timestamp::from_millisecond(unix_ms).ok()?;
        u8::try_from(self.0.to_datetime(instant).hour()).ok()
    }

    /// When the next month begins there, in milliseconds since 1970; `None` beyond the calendar.
    pub fn next_month(&self, unix_ms: i64) -> Option<i64> {
        let last = self.day(unix_ms)?.last_of_month();
        self.start_of(last.tomorrow().ok()?)
    }

    /// The day that it is there at an instant; `None` beyond the calendar (years to 9999).
    pub(super) fn day(&self, unix_ms: i64) -> Option<Date> {
        let instant = Timestamp::from_millisecond(unix_ms).ok()?;
        Some(self.0.to_datetime(instant).date())
    }

    /// Year, month and day that it is there at an instant; `None` beyond the calendar.
    pub fn date(&self, unix_ms: i64) -> Option<(u16, u8, u8)> {
        let day = self.day(unix_ms)?;
        let year = u16::try_from(day.year()).ok()?;
        Some((year, u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?))
    }

    /// When a day begins there, in milliseconds since 1970. Where midnight is skipped, the day
    /// begins with its first instant; where midnight comes twice, with the first.
    pub(super) fn start_of(&self, day: Date) -> Option<i64> {
        let midnight = self.0.to_ambiguous_timestamp(day.at(0, 0, 0, 0));
        Some(midnight.compatible().ok()?.as_millisecond())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_utc;

    #[test]
    fn a_month_begins_where_the_zone_says() {
        let prague = Zone::named("Europe/Prague").unwrap();
        // 23:30 UTC on the last of November is half past midnight of 1 December in Prague (UTC+1).
        let late = parse_utc("2026-11-30T23:30:00Z").unwrap();
        assert_eq!(prague.month(late).unwrap(), "2026-12");
        let before = parse_utc("2026-11-30T22:59:59Z").unwrap();
        assert_eq!(prague.month(before).unwrap(), "2026-11");
        assert_eq!(prague.next_month(before), parse_utc("2026-11-30T23:00:00Z"));
        // In summer midnight is at 22:00 UTC.
        let june = parse_utc("2026-06-10T00:00:00Z").unwrap();
        assert_eq!(prague.next_month(june), parse_utc("2026-06-30T22:00:00Z"));
        assert_eq!(prague.month_start(2026, 7), parse_utc("2026-06-30T22:00:00Z"));
        assert_eq!(prague.month_start(2026, 12), parse_utc("2026-11-30T23:00:00Z"));
        assert_eq!((prague.month_start(2026, 13), prague.month_start(2026, 0)), (None, None));
    }

    #[test]
    fn the_hour_is_the_one_on_the_wall() {
        let prague = Zone::named("Europe/Prague").unwrap();
        let hour = |text: &str| prague.hour(parse_utc(text).unwrap()).unwrap();
        // UTC+2 in summer, UTC+1 in winter; on 25 October 2026 the hour from 2 to 3 comes twice.
        assert_eq!(hour("2026-06-10T22:00:00Z"), 0);
        assert_eq!((hour("2026-10-25T00:00:00Z"), hour("2026-10-25T01:00:00Z")), (2, 2));
        assert_eq!(hour("2026-11-30T22:59:59Z"), 23);
    }
}
