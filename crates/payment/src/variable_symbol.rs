//! The variable symbol: the ten digits by which a bank transfer names the order that it pays.
//!
//! Eight digits are the order's serial number; two are check digits by ISO 7064 MOD 97-10, so that
//! the whole number leaves 1 when divided by 97. Since 97 is prime and 10 is a primitive root of it,
//! every wrong digit and every pair of digits that changed places is caught; of arbitrary other
//! numbers 96 in 97 are, since only one remainder in 97 is the right one.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::rf::Rf;

/// Greatest serial number that eight digits hold.
const SERIAL_MAX: u32 = 99_999_999;

/// A variable symbol of ours, check digits and all. Banks and people drop leading zeros, so two
/// symbols are compared as numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct VariableSymbol(u64);

/// Why something is no variable symbol of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// Out of range.
    #[error("serial number {0} makes no variable symbol: use 1 to {SERIAL_MAX}")]
    Serial(u32),
    /// Something other than one to ten digits, leading zeros aside.
    #[error("`{0}` is no variable symbol: use at most ten digits")]
    Digits(String),
    /// A digit is wrong, or the symbol is somebody else's.
    #[error("variable symbol {0} has wrong check digits: compare it with the invoice")]
    Check(u64),
}

impl VariableSymbol {
    /// The symbol of the order with this serial number, 1 to 99 999 999.
    pub fn new(serial: u32) -> Result<Self, SymbolError> {
        if serial == 0 || serial > SERIAL_MAX {
            return Err(SymbolError::Serial(serial));
        }
        let shifted = u64::from(serial) * 100;
        Ok(Self(shifted + 98 - shifted % 97))
    }

    /// The number, without leading zeros.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The order's serial number.
    pub const fn serial(self) -> u64 {
        self.0 / 100
    }

    /// The same ten digits as a creditor reference (ISO 11649), for payments in euro.
    pub fn rf(self) -> Rf {
        Rf::of_digits(self)
    }
}

impl TryFrom<u64> for VariableSymbol {
    type Error = SymbolError;

    /// Takes the number of a payment for one of ours if its check digits agree.
    fn try_from(number: u64) -> Result<Self, SymbolError> {
        if number / 100 > u64::from(SERIAL_MAX) {
            return Err(SymbolError::Digits(number.to_string()));
        }
        let check = number % 100;
        let canonical = number >= 100 && (2..=98).contains(&check) && number % 97 == 1;
        canonical.then_some(Self(number)).ok_or(SymbolError::Check(number))
    }
}

impl From<VariableSymbol> for u64 {
    fn from(symbol: VariableSymbol) -> Self {
        symbol.0
    }
}

impl FromStr for VariableSymbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Self, SymbolError> {
        number(text).ok_or_else(|| SymbolError::Digits(text.to_owned()))?.try_into()
    }
}

/// What a symbol in a payment says, right or wrong: up to ten digits after any leading zeros.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits = text.trim();
    let significant = digits.trim_start_matches('0');
    let plain = !digits.is_empty() && digits.len() <= 35 && significant.len() <= 10;
    let plain = plain && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| if significant.is_empty() { Ok(0) } else { significant.parse() })?.ok()
}

/// All ten digits.
impl fmt::Display for VariableSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn check_digits_are_98_less_the_remainder() {
        // 100 mod 97 = 3, 98 − 3 = 95.
        assert_eq!(VariableSymbol::new(1).unwrap().to_string(), "0000000195");
        // 1234567800 = 97 × 12727503 + 9; 98 − 9 = 89.
        assert_eq!(VariableSymbol::new(12_345_678).unwrap().to_string(), "1234567889");
        // 9999999900 = 97 × 103092782 + 46; 98 − 46 = 52.
        assert_eq!(VariableSymbol::new(99_999_999).unwrap().to_string(), "9999999952");
    }

    #[test]
    fn serials_beyond_eight_digits_and_zero_are_refused() {
        for serial in [0, 100_000_000, u32::MAX] {
            assert_eq!(VariableSymbol::new(serial), Err(SymbolError::Serial(serial)));
        }
    }

    #[test]
    fn leading_zeros_may_come_and_go() {
        let symbol = VariableSymbol::new(1).unwrap();
        for text in ["195", "0195", "0000000195", "00000000000195", " 195 "] {
            assert_eq!(text.parse(), Ok(symbol), "{text}");
        }
    }

    #[test]
    fn what_is_no_symbol_is_refused() {
        for text in ["", "12a", "-195", "1 95", "12345678901", "98", "0", "1", "1234567888"] {
            assert!(text.parse::<VariableSymbol>().is_err(), "{text}");
        }
    }

    /// The digits, last one first.
    fn digits(number: u64) -> Vec<u64> {
        (0..10).map(|place| number / 10_u64.pow(place) % 10).collect()
    }

    fn joined(digits: &[u64]) -> u64 {
        digits.iter().rev().fold(0, |number, digit| number * 10 + digit)
    }

    proptest! {
        #[test]
        fn every_wrong_digit_and_every_swap_of_two_is_caught(serial in 1..=SERIAL_MAX) {
            let right = digits(VariableSymbol::new(serial).unwrap().number());
            let (mut slips, mut swaps) = (0, 0);
            for place in 0..10 {
                for digit in (0..10).filter(|digit| *digit != right[place]) {
                    let mut wrong = right.clone();
                    wrong[place] = digit;
                    prop_assert!(VariableSymbol::try_from(joined(&wrong)).is_err());
                    slips += 1;
                }
                for other in (0..place).filter(|other| right[*other] != right[place]) {
                    let mut wrong = right.clone();
                    wrong.swap(place, other);
                    prop_assert!(VariableSymbol::try_from(joined(&wrong)).is_err());
                    swaps += 1;
                }
            }
            // Ten places with nine wrong digits each; at most 10 × 9 ÷ 2 pairs.
            prop_assert_eq!(slips, 90);
            prop_assert!(swaps <= 45);
        }
    }

    #[test]
    fn of_all_numbers_one_in_97_passes() {
        // Of the 9700 numbers with a serial of 1 to 97, each serial has one symbol.
        let passing = (100..9_800_u64).filter(|n| VariableSymbol::try_from(*n).is_ok()).count();
        assert_eq!(passing, 97);
    }
}
