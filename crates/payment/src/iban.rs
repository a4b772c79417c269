//! Account numbers and banks: IBAN (ISO 13616) and BIC (ISO 9362).

use core::fmt;
use core::str::FromStr;

use crate::mod97::{compact, in_fours, remainder, rotated};

/// An international account number whose check digits agree, without blanks.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Iban(String);

/// A bank's code of eight or eleven characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Bic(String);

/// Why a text names no account or no bank.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    /// The account.
    #[error(
        "`{0}` is no IBAN: use a country, two check digits that agree and the account, \
         for example CZ65 0800 0000 1920 0014 5399"
    )]
    Iban(String),
    /// The bank.
    #[error("`{0}` is no BIC: use 8 or 11 letters and digits, for example GIBACZPX")]
    Bic(String),
}

impl Iban {
    /// The number without blanks.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Bic {
    /// The code, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Iban {
    type Err = IbanError;

    /// Reads an IBAN, with blanks or without, in capitals or not.
    fn from_str(text: &str) -> Result<Self, IbanError> {
        let compact = if text.len() > 64 { String::new() } else { compact(text) };
        let mut bytes = compact.bytes();
        let country = bytes.by_ref().take(2).all(|byte| byte.is_ascii_uppercase());
        let check = bytes.by_ref().take(2).all(|byte| byte.is_ascii_digit());
        let framed = (15..=34).contains(&compact.len()) && country && check;
        let agrees = rotated(&compact).and_then(|text| remainder(&text)) == Some(1);
        (framed && agrees).then_some(Self(compact)).ok_or_else(|| IbanError::Iban(text.to_owned()))
    }
}

impl FromStr for Bic {
    type Err = IbanError;

    fn from_str(text: &str) -> Result<Self, IbanError> {
        let compact = compact(text);
        let framed = matches!(compact.len(), 8 | 11);
        let letters = compact.bytes().take(6).all(|byte| byte.is_ascii_uppercase());
        let rest = compact.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        (framed && letters && rest)
            .then_some(Self(compact))
            .ok_or_else(|| IbanError::Bic(text.to_owned()))
    }
}

/// In groups of four, as it is printed for people.
impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_fours(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_check() {
        // The registry of IBANs and two banks' own examples.
        for text in
            ["CZ6508000000192000145399", "de33 1002 0500 0001 1947 00", "GB82WEST12345698765432"]
        {
            assert!(text.parse::<Iban>().is_ok(), "{text}");
        }
        let iban: Iban = "CZ6508000000192000145399".parse().unwrap();
        assert_eq!(iban.to_string(), "CZ65 0800 0000 1920 0014 5399");
    }

    #[test]
    fn a_wrong_digit_is_refused() {
        for text in
            ["CZ6508000000192000145398", "", "CZ65", "6508000000192000145399CZ", "ČZ65080000001"]
        {
            assert!(text.parse::<Iban>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_bank_has_eight_or_eleven_characters() {
        for text in ["KOMBCZPP", "KOMBCZPPXXX", "bfswde33ber"] {
            assert!(text.parse::<Bic>().is_ok(), "{text}");
        }
        for text in ["KOMBCZP", "KOMBCZPPX", "12345678", ""] {
            assert!(text.parse::<Bic>().is_err(), "{text}");
        }
    }
}
