//! Amounts as people read them: whole minor units, in the way of the language.

use linka_model::{Currency, Micros};

use crate::Language;

const NBSP: char = '\u{a0}';
/// A minus that is as wide as a figure, and no hyphen.
const MINUS: char = '\u{2212}';

/// An amount with its currency.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Amount {
    /// How much, in micro-units.
    pub micros: Micros,
    /// Of what.
    pub currency: Currency,
}

impl Amount {
    /// `1 234,50 Kč`, `CZK 1,234.50`: rounded half up to the minor unit (rule M1); it does not
    /// break.
    pub(crate) fn show(self, language: Language) -> String {
        let figures = figures(minor(self.micros, self.currency), self.currency, language);
        match (language, self.currency.as_str()) {
            (Language::Czech, "CZK") => format!("{figures}{NBSP}Kč"),
            (Language::Czech, "EUR") => format!("{figures}{NBSP}€"),
            (Language::Czech, code) => format!("{figures}{NBSP}{code}"),
            (Language::English, code) => match figures.strip_prefix(MINUS) {
                Some(rest) => format!("{MINUS}{code}{NBSP}{rest}"),
                None => format!("{code}{NBSP}{figures}"),
            },
        }
    }
}

/// Decimal places of a currency's minor unit (ISO 4217). What is not listed has two.
fn places(currency: Currency) -> u32 {
    match currency.as_str().as_bytes() {
        b"CLP" | b"ISK" | b"JPY" | b"KRW" | b"PYG" | b"UGX" | b"VND" | b"XAF" | b"XOF" => 0,
        b"BHD" | b"JOD" | b"KWD" | b"OMR" | b"TND" => 3,
        _ => 2,
    }
}

/// Micro-units in one minor unit: 10,000 in a haler or a cent.
pub(crate) fn micros_per_minor(currency: Currency) -> i64 {
    10_i64.pow(6 - places(currency))
}

/// In minor units, rounded half up; what is below zero is rounded like its opposite, so that a
/// credit and a debit of the same size look the same.
pub(crate) fn minor(micros: Micros, currency: Currency) -> i64 {
    let unit = micros_per_minor(currency).unsigned_abs();
    let magnitude = micros.0.unsigned_abs();
    let rounded = magnitude / unit + u64::from(magnitude % unit >= unit.div_ceil(2));
    // At most 2^63 / 1000 + 1: it fits.
    let rounded = i64::try_from(rounded).unwrap_or(i64::MAX);
    if micros.0 < 0 { -rounded } else { rounded }
}

/// Minor units with separators, without the currency: `−1 234,50`, `−1,234.50`.
pub(crate) fn figures(minor: i64, currency: Currency, language: Language) -> String {
    let (group, point) = language.pick((NBSP, ','), (',', '.'));
    let (whole, rest) = split(minor, currency);
    let sign = if minor < 0 { String::from(MINUS) } else { String::new() };
    let whole = grouped(&whole, group);
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{point}{rest}") }
}

/// A count with separators.
pub(crate) fn count(count: u64, language: Language) -> String {
    grouped(&count.to_string(), language.pick(NBSP, ','))
}

/// Minor units for machines: `-1234.50`.
pub(crate) fn plain(minor: i64, currency: Currency) -> String {
    let (whole, rest) = split(minor, currency);
    let sign = if minor < 0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// All six places, for machines: `-1234.500000`.
pub(crate) fn exact(micros: Micros) -> String {
    let magnitude = micros.0.unsigned_abs();
    let sign = if micros.0 < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", magnitude / 1_000_000, magnitude % 1_000_000)
}

fn split(minor: i64, currency: Currency) -> (String, String) {
    let places = places(currency);
    let unit = 10_u64.pow(places);
    let magnitude = minor.unsigned_abs();
    let rest = match places {
        0 => String::new(),
        places => format!("{:0width$}", magnitude % unit, width = places as usize),
    };
    ((magnitude / unit).to_string(), rest)
}

fn grouped(digits: &str, group: char) -> String {
    let mut out = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(micros: i64, currency: &str, language: Language) -> String {
        Amount { micros: Micros(micros), currency: currency.parse().unwrap() }
            .show(language)
            .replace(NBSP, " ")
    }

    #[test]
    fn amounts_are_written_in_the_way_of_the_language() {
        for (micros, currency, czech, english) in [
            (1_234_500_000, "CZK", "1 234,50 Kč", "CZK 1,234.50"),
            (1_234_567_890_000, "EUR", "1 234 567,89 €", "EUR 1,234,567.89"),
            (-12_500_000, "PLN", "−12,50 PLN", "−PLN 12.50"),
            (999_000_000, "JPY", "999 JPY", "JPY 999"),
            (0, "CZK", "0,00 Kč", "CZK 0.00"),
        ] {
            assert_eq!(shown(micros, currency, Language::Czech), czech);
            assert_eq!(shown(micros, currency, Language::English), english);
        }
    }

    #[test]
    fn half_a_haler_is_rounded_up_and_less_is_not() {
        let czk = "CZK".parse().unwrap();
        for (micros, halers) in
            [(4_999, 0), (5_000, 1), (14_999, 1), (15_000, 2), (-4_999, 0), (-5_000, -1)]
        {
            assert_eq!(minor(Micros(micros), czk), halers, "{micros}");
        }
        // 9 223 372 036 854.775807 is the largest amount there is: .78, never an overflow.
        assert_eq!(minor(Micros(i64::MAX), czk), 922_337_203_685_478);
        assert_eq!(minor(Micros(i64::MIN), czk), -922_337_203_685_478);
        // Half a yen is 500 000 micro-units, half a fils 500.
        assert_eq!(minor(Micros(500_000), "JPY".parse().unwrap()), 1);
        assert_eq!(minor(Micros(499), "KWD".parse().unwrap()), 0);
    }

    #[test]
    fn machines_get_a_point_and_no_groups() {
        let czk = "CZK".parse().unwrap();
        assert_eq!(plain(-123_450, czk), "-1234.50");
        assert_eq!(plain(5, czk), "0.05");
        assert_eq!(exact(Micros(-1_234_500_001)), "-1234.500001");
    }
}
