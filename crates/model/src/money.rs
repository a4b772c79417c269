//! Money in whole micro-units.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount in micro-units (10^-6) of an account's currency. The only form of money in linka; no
/// floating point ever touches it (rule M1 of docs/metering.md).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an amount: write digits with at most six places after the point, for example 12.50"
)]
pub struct MoneyError(String);

impl Micros {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum, or `None` where it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, or `None` where it does not fit.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }
}

impl FromStr for Micros {
    type Err = MoneyError;

    /// Reads a decimal string of at most six places: `1.20` is 1,200,000 micro-units.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        parse_decimal(text).map(Self).ok_or_else(|| MoneyError(text.to_owned()))
    }
}

fn parse_decimal(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(places) || places.len() > 6 {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let places: i64 = format!("{places:0<6}").parse().ok()?;
    let micros = whole.checked_mul(1_000_000)?.checked_add(places)?;
    Some(if negative { -micros } else { micros })
}

/// Two places where they say it all, six where they do not: `12.50`, `0.016667`.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (whole, places) = (magnitude / 1_000_000, magnitude % 1_000_000);
        let sign = if self.0 < 0 { "-" } else { "" };
        if places % 10_000 == 0 {
            write!(f, "{sign}{whole}.{:02}", places / 10_000)
        } else {
            write!(f, "{sign}{whole}.{places:06}")
        }
    }
}

/// A currency by its three-letter code (ISO 4217): `CZK`, `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why a text is no currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency: use three capital letters (ISO 4217), for example CZK")]
pub struct CurrencyError(String);

impl Currency {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(letters) if letters.iter().all(u8::is_ascii_uppercase) => Ok(Self(letters)),
            _ => Err(CurrencyError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_strings_become_micro_units() {
        for (text, micros) in [
            ("1.20", 1_200_000),
            ("0.006", 6_000),
            ("12", 12_000_000),
            ("-12.5", -12_500_000),
            ("0.000001", 1),
        ] {
            assert_eq!(text.parse(), Ok(Micros(micros)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "1,20", "1.0000001", "1e3", "--1", "+1", "9999999999999"]
        {
            assert!(text.parse::<Micros>().is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_are_shown_with_two_places_or_with_all_six() {
        assert_eq!(Micros(12_500_000).to_string(), "12.50");
        assert_eq!(Micros(16_667).to_string(), "0.016667");
        assert_eq!(Micros(-10_000).to_string(), "-0.01");
    }
}
