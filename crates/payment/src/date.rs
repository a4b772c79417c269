//! A day as banks write it.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day of the Gregorian calendar, at the bank's place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Why a text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date: use 2026-01-31")]
pub struct DateError(String);

impl Date {
    /// Without hyphens, as payment codes want it: `20260131`.
    pub fn compact(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// The day that a time stamp begins with: `2026-01-31T10:00:00+01:00`, `2026-01-31+0100`.
    pub(crate) fn of_stamp(text: &str) -> Result<Self, DateError> {
        let day = text.get(..10).filter(|_| text.len() <= 40);
        day.and_then(parse).ok_or_else(|| DateError(text.to_owned()))
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        parse(text).ok_or_else(|| DateError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year: u16 = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    let exists = year >= 1970 && (1..=days_in(year, month)).contains(&day);
    (parts.next().is_none() && exists).then_some(Date { year, month, day })
}

fn digits<T: FromStr>(text: &str, width: usize) -> Option<T> {
    let all = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok())?
}

const fn days_in(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;

    fn try_from(text: String) -> Result<Self, DateError> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_exist_read_and_others_do_not() {
        let day: Date = "2024-02-29".parse().unwrap();
        assert_eq!((day.to_string().as_str(), day.compact().as_str()), ("2024-02-29", "20240229"));
        for text in ["2026-02-29", "2026-13-01", "2026-00-01", "26-01-01", "2026-01-01T", ""] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_stamp_is_cut_to_its_day() {
        for text in ["2026-01-31", "2026-01-31+0100", "2026-01-31T23:59:00Z"] {
            assert_eq!(Date::of_stamp(text).unwrap().to_string(), "2026-01-31", "{text}");
        }
        assert!(Date::of_stamp("31.01.2026").is_err());
    }
}
