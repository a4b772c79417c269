//! Creditor references, `RF…` (ISO 11649): what a payment in euro names its order by.

use core::fmt;
use core::str::FromStr;

use crate::VariableSymbol;
use crate::mod97::{compact, in_fours, remainder, rotated};
use crate::variable_symbol::number;

/// A creditor reference whose check digits agree: `RF`, two check digits, one to 21 characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rf(String);

/// Why a text is no creditor reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no creditor reference: use RF, two check digits that agree, 1 to 21 characters")]
pub struct RfError(String);

impl Rf {
    /// The reference with all ten digits of a symbol.
    pub(crate) fn of_digits(symbol: VariableSymbol) -> Self {
        // Ten digits that leave 1 are never refused by `remainder`.
        let rest = remainder(&format!("{symbol}RF00")).unwrap_or(0);
        Self(format!("RF{:02}{symbol}", 98 - rest))
    }

    /// The reference as it is sent, without blanks.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number that the reference holds after its check digits, if it holds nothing else.
    pub fn number(&self) -> Option<u64> {
        number(self.0.get(4..)?)
    }
}

impl FromStr for Rf {
    type Err = RfError;

    /// Reads a reference, with blanks or without, in capitals or not.
    fn from_str(text: &str) -> Result<Self, RfError> {
        let compact = if text.len() > 64 { String::new() } else { compact(text) };
        let digits = compact.get(2..4).is_some_and(|two| two.bytes().all(|b| b.is_ascii_digit()));
        let framed = compact.starts_with("RF") && digits && (5..=25).contains(&compact.len());
        let checked = rotated(&compact).and_then(|text| remainder(&text)) == Some(1);
        (framed && checked).then_some(Self(compact)).ok_or_else(|| RfError(text.to_owned()))
    }
}

/// In groups of four, as it is printed for people.
impl fmt::Display for Rf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_fours(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_holds_the_ten_digits_and_checks() {
        // A symbol leaves 1 by 97, 10^6 leaves 27, and 271500 (`RF00`) leaves 94:
        // 27 + 94 − 97 = 24, and 98 − 24 = 74, whatever the symbol.
        let symbol = VariableSymbol::new(12_345_678).unwrap();
        assert_eq!(symbol.rf().as_str(), "RF741234567889");
        assert_eq!(symbol.rf().to_string(), "RF74 1234 5678 89");
        assert_eq!(symbol.rf().number(), Some(1_234_567_889));
        assert_eq!(VariableSymbol::new(1).unwrap().rf().as_str(), "RF740000000195");
        assert_eq!(symbol.rf().as_str().parse(), Ok(symbol.rf()));
    }

    #[test]
    fn references_of_others_are_read_too() {
        // The example that ISO 11649 is commonly explained by.
        let known: Rf = "rf18 5390 0754 7034".parse().unwrap();
        assert_eq!(known.as_str(), "RF18539007547034");
        assert_eq!(known.number(), None, "twelve digits are no variable symbol");
    }

    #[test]
    fn a_reference_that_does_not_check_is_refused() {
        for text in ["RF19539007547034", "RF18", "FR18539007547034", "", "RF74123456788ř", "RFAA1"]
        {
            assert!(text.parse::<Rf>().is_err(), "{text}");
        }
    }
}
