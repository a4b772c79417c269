//! Dates of the Gregorian calendar in UTC, as rate cards, hours and days of the books need them.

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// Reads `2026-01-31` or `2026-01-31T09:30:00Z` as milliseconds since 1970-01-01T00:00Z.
///
/// The form is RFC 3339 with a capital `T` and `Z` and no fraction; a date that does not exist and
/// years outside 1970 to 9999 are `None`.
pub fn parse_utc(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time.strip_suffix('Z')?, ':', [2, 2, 2])?;
    let exists = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = (hour * 60 + minute) * 60 + second;
    exists.then(|| days_since_1970(year, month, day) * DAY_MS + seconds * 1000)
}

/// The date of an instant: `2026-01-31`.
pub fn day(unix_ms: i64) -> String {
    let (year, month, day) = civil(unix_ms.div_euclid(DAY_MS));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The hour of an instant: `2026-01-31T09:00Z`.
pub fn hour(unix_ms: i64) -> String {
    format!("{}T{:02}:00Z", day(unix_ms), unix_ms.rem_euclid(DAY_MS) / HOUR_MS)
}

/// The start of the hour that an instant lies in, in milliseconds since 1970.
pub const fn hour_start(unix_ms: i64) -> i64 {
    unix_ms - unix_ms.rem_euclid(HOUR_MS)
}

/// The start of the day that an instant lies in, in milliseconds since 1970.
pub const fn day_start(unix_ms: i64) -> i64 {
    unix_ms - unix_ms.rem_euclid(DAY_MS)
}

/// Three numbers of exactly these many digits.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, width) in numbers.iter_mut().zip(digits) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of January of a year.
const fn days_to_year(year: i64) -> i64 {
    let before = year - 1;
    // 719162 days lie between 0001-01-01 and 1970-01-01.
    before * 365 + before / 4 - before / 100 + before / 400 - 719_162
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    days_to_year(year) + (1..month).map(|m| days_in(year, m)).sum::<i64>() + day - 1
}

/// Year, month and day of a day counted from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    // 146097 days make 400 years; the estimate is off by at most one.
    let mut year = 1970 + days * 400 / 146_097;
    while days_to_year(year) > days {
        year -= 1;
    }
    while days_to_year(year + 1) <= days {
        year += 1;
    }
    let mut rest = days - days_to_year(year);
    let mut month = 1;
    while rest >= days_in(year, month) {
        rest -= days_in(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants_read_as_their_milliseconds() {
        // `date -u -d 2026-01-01 +%s` and the like.
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2026-01-01", 1_767_225_600),
            ("2026-11-24T05:35:35Z", 1_795_498_535),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(parse_utc(text), Some(seconds * 1000), "{text}");
        }
    }

    #[test]
    fn dates_that_do_not_exist_or_are_written_otherwise_are_refused() {
        for text in [
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-1-01",
            "1969-12-31",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z",
            "2026-01-01-01",
            "",
        ] {
            assert_eq!(parse_utc(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_130_years_reads_back() {
        for number in 0..47_482 {
            let text = day(number * DAY_MS + 1);
            assert_eq!(parse_utc(&text), Some(number * DAY_MS), "{text}");
        }
    }

    #[test]
    fn hours_and_days_are_rounded_down() {
        let instant = parse_utc("2026-11-24T05:35:35Z").unwrap();
        assert_eq!(hour(instant), "2026-11-24T05:00Z");
        assert_eq!(hour(hour_start(instant)), "2026-11-24T05:00Z");
        assert_eq!(day_start(instant), parse_utc("2026-11-24").unwrap());
    }
}
