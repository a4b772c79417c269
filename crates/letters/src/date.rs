//! Days, hours and months of the civil calendar, as the reader's zone has them.

use core::str::FromStr;

use crate::{Language, LetterError};

/// Keeps a date together where lines break.
const NBSP: char = '\u{a0}';

const MONTHS_CS: [&str; 12] = [
    "leden",
    "únor",
    "březen",
    "duben",
    "květen",
    "červen",
    "červenec",
    "srpen",
    "září",
    "říjen",
    "listopad",
    "prosinec",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date {
    month: Month,
    day: u8,
}

/// A month of a year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Month {
    year: u16,
    month: u8,
}

/// A day and an hour of it: as much as a statement says of when a call began (rule M18).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Hour {
    date: Date,
    hour: u8,
}

impl Month {
    /// A month, from year (1 to 9999) and month (1 to 12).
    pub fn new(year: u16, month: u8) -> Result<Self, LetterError> {
        let exists = (1..=9999).contains(&year) && (1..=12).contains(&month);
        exists.then_some(Self { year, month }).ok_or_else(|| {
            LetterError::NoSuchTime(format!("{year}-{month:02} (a month is 1 to 12)"))
        })
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month of the year, 1 to 12.
    pub const fn number(self) -> u8 {
        self.month
    }

    /// The month after it; the calendar ends with the year 9999.
    pub fn next(self) -> Result<Self, LetterError> {
        if self.month == 12 {
            Self::new(self.year + 1, 1)
        } else {
            Self::new(self.year, self.month + 1)
        }
    }

    /// `listopad 2026`, `November 2026`.
    pub(crate) fn show(self, language: Language) -> String {
        let names = language.pick(&MONTHS_CS, &MONTHS_EN);
        format!("{} {}", self.name(names), self.year)
    }

    /// `2026-11` (ISO 8601).
    pub fn iso(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }

    /// The first day.
    pub(crate) const fn first(self) -> Date {
        Date { month: self, day: 1 }
    }

    /// The last day.
    pub(crate) const fn last(self) -> Date {
        Date { month: self, day: self.days() }
    }

    const fn days(self) -> u8 {
        let leap = self.year.is_multiple_of(4) && !self.year.is_multiple_of(100)
            || self.year.is_multiple_of(400);
        match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    fn name(self, names: &[&'static str; 12]) -> &'static str {
        names.get(usize::from(self.month).wrapping_sub(1)).copied().unwrap_or_default()
    }
}

impl FromStr for Month {
    type Err = LetterError;

    /// Reads `2026-11` (ISO 8601) and nothing else.
    fn from_str(text: &str) -> Result<Self, LetterError> {
        let wrong = || LetterError::NoSuchTime(format!("`{text}` (a month is written 2026-11)"));
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let digits = |part: &str, width: usize| {
            part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(year, 4) || !digits(month, 2) {
            return Err(wrong());
        }
        let year = year.parse().map_err(|_| wrong())?;
        Self::new(year, month.parse().map_err(|_| wrong())?)
    }
}

impl Date {
    /// A day of the Gregorian calendar; one that does not exist is refused.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, LetterError> {
        let month = Month::new(year, month)?;
        let exists = (1..=month.days()).contains(&day);
        exists.then_some(Self { month, day }).ok_or_else(|| {
            let (iso, days) = (month.iso(), month.days());
            LetterError::NoSuchTime(format!("{iso}-{day:02} (that month has {days} days)"))
        })
    }

    /// The month that the day is in.
    pub(crate) const fn month(self) -> Month {
        self.month
    }

    /// Year, month, day.
    pub(crate) const fn parts(self) -> (u16, u8, u8) {
        (self.month.year, self.month.month, self.day)
    }

    /// `24. 11. 2026`, `24 November 2026`; it does not break.
    pub(crate) fn show(self, language: Language) -> String {
        let Month { year, month } = self.month;
        match language {
            Language::Czech => format!("{}.{NBSP}{month}.{NBSP}{year}", self.day),
            Language::English => {
                format!("{}{NBSP}{}{NBSP}{year}", self.day, self.month.name(&MONTHS_EN))
            }
        }
    }

    /// `24. 11.`, `24 Nov`: for tables of one month.
    pub(crate) fn show_short(self, language: Language) -> String {
        match language {
            Language::Czech => format!("{}.{NBSP}{}.", self.day, self.month.month),
            Language::English => {
                let name: String = self.month.name(&MONTHS_EN).chars().take(3).collect();
                format!("{}{NBSP}{name}", self.day)
            }
        }
    }

    /// `2026-11-24` (ISO 8601).
    pub(crate) fn iso(self) -> String {
        format!("{}-{:02}", self.month.iso(), self.day)
    }
}

impl Hour {
    /// An hour (0 to 23) of a day.
    pub fn new(date: Date, hour: u8) -> Result<Self, LetterError> {
        let exists = hour < 24;
        exists
            .then_some(Self { date, hour })
            .ok_or_else(|| LetterError::NoSuchTime(format!("{hour}:00 (an hour is 0 to 23)")))
    }

    /// The day.
    pub(crate) const fn date(self) -> Date {
        self.date
    }

    /// `24. 11.  14 h`, `24 Nov  14 h`.
    pub(crate) fn show_short(self, language: Language) -> String {
        format!("{},{NBSP}{}{NBSP}h", self.date.show_short(language), self.hour)
    }

    /// `2026-11-24T14` (ISO 8601, to the hour).
    pub(crate) fn iso(self) -> String {
        format!("{}T{:02}", self.date.iso(), self.hour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_the_way_of_the_language() {
        let date = Date::new(2026, 11, 24).unwrap();
        assert_eq!(date.show(Language::Czech), "24.\u{a0}11.\u{a0}2026");
        assert_eq!(date.show(Language::English), "24\u{a0}November\u{a0}2026");
        assert_eq!(date.iso(), "2026-11-24");
        assert_eq!(Hour::new(date, 9).unwrap().iso(), "2026-11-24T09");
        assert_eq!(date.month().show(Language::Czech), "listopad 2026");
    }

    #[test]
    fn days_and_hours_that_do_not_exist_are_refused() {
        // 2000 and 2024 are leap years, 1900 and 2026 are not.
        for (year, month, day) in [(2024, 2, 29), (2000, 2, 29), (2026, 12, 31), (2026, 4, 30)] {
            assert!(Date::new(year, month, day).is_ok(), "{year}-{month}-{day}");
        }
        for (year, month, day) in
            [(2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 13, 1), (2026, 0, 1), (2026, 1, 0)]
        {
            assert!(Date::new(year, month, day).is_err(), "{year}-{month}-{day}");
        }
        assert!(Hour::new(Date::new(2026, 1, 1).unwrap(), 24).is_err());
    }

    #[test]
    fn a_month_is_read_as_it_is_written_and_followed_by_the_next() {
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!(
            (month.iso(), month.next().unwrap().iso()),
            ("2026-12".into(), "2027-01".into())
        );
        assert_eq!("2026-01".parse::<Month>().unwrap().next().unwrap().iso(), "2026-02");
        for wrong in ["", "2026", "2026-1", "26-01", "2026-13", "2026-00", "2026-+1", "2026-01-01"]
        {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
        assert!("9999-12".parse::<Month>().unwrap().next().is_err());
    }

    #[test]
    fn a_month_knows_its_last_day() {
        assert_eq!(Month::new(2026, 2).unwrap().last().iso(), "2026-02-28");
        assert_eq!(Month::new(2026, 2).unwrap().first().iso(), "2026-02-01");
    }
}
