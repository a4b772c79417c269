//! The case code that a caller takes along.

use core::fmt;

use crate::Redacted;

/// Sixteen digits, spoken 4-4-4-4: fifteen random ones and a check digit after Damm.
///
/// Damm's check digit finds every single wrong digit and every swap of neighbours, so a mistyped
/// code costs neither a look-up nor a guess. The code is a secret of the caller's: it has no
/// `Display`, its `Debug` is redacted, and it is never stored, only hashed.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseCode([u8; 16]);

/// Why keyed digits are no case code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not sixteen digits.
    #[error("a case code has sixteen digits")]
    Length,
    /// The check digit does not fit: a digit is wrong or two are swapped.
    #[error("a digit of the case code is wrong")]
    CheckDigit,
}

/// Damm's totally anti-symmetric quasigroup of order 10.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

const SECRET_DIGITS: u64 = 1_000_000_000_000_000;

fn damm(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |interim, &d| DAMM[usize::from(interim)][usize::from(d)])
}

impl CaseCode {
    /// Makes a code of 128 random bits. The bias of the reduction to 10^15 values is below 2^-78.
    pub fn from_random(bits: u128) -> Self {
        let mut secret = u64::try_from(bits % u128::from(SECRET_DIGITS)).unwrap_or(0);
        let mut digits = [0_u8; 16];
        for place in digits[..15].iter_mut().rev() {
            *place = u8::try_from(secret % 10).unwrap_or(0);
            secret /= 10;
        }
        digits[15] = damm(&digits[..15]);
        Self(digits)
    }

    /// Reads what a caller keyed; anything but digits counts as a wrong length.
    pub fn parse(keyed: &str) -> Result<Self, CodeError> {
        let bytes: [u8; 16] = keyed.as_bytes().try_into().map_err(|_| CodeError::Length)?;
        if !bytes.iter().all(u8::is_ascii_digit) {
            return Err(CodeError::Length);
        }
        let digits = bytes.map(|b| b - b'0');
        if damm(&digits) == 0 { Ok(Self(digits)) } else { Err(CodeError::CheckDigit) }
    }

    /// The digits by value (0 to 9), in spoken order, four groups of four.
    pub fn groups(&self) -> [[u8; 4]; 4] {
        let d = &self.0;
        core::array::from_fn(|g| core::array::from_fn(|i| d[g * 4 + i]))
    }

    /// The fifteen secret digits as ASCII, the input of the look-up hash.
    pub fn secret(&self) -> Redacted<[u8; 15]> {
        Redacted::new(core::array::from_fn(|i| self.0[i] + b'0'))
    }
}

impl fmt::Debug for CaseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaseCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damms_published_example_572_has_check_digit_4() {
        assert_eq!(damm(&[5, 7, 2]), 4);
        assert_eq!(damm(&[5, 7, 2, 4]), 0);
    }

    #[test]
    fn a_made_code_reads_back_and_speaks_in_groups_of_four() {
        let code = CaseCode::from_random(123_456_789_012_345);
        assert_eq!(code.groups()[0], [1, 2, 3, 4]);
        let keyed: String = code.groups().concat().iter().map(|d| char::from(b'0' + d)).collect();
        assert_eq!(CaseCode::parse(&keyed), Ok(code));
    }

    #[test]
    fn every_single_wrong_digit_and_every_swap_of_neighbours_is_found() {
        let digits = CaseCode::from_random(904_271_830_055_609).0;
        let keyed = |d: &[u8; 16]| d.iter().map(|d| char::from(b'0' + d)).collect::<String>();
        for place in 0..16 {
            for wrong in (0..10).filter(|&w| w != digits[place]) {
                let mut changed = digits;
                changed[place] = wrong;
                assert_eq!(CaseCode::parse(&keyed(&changed)), Err(CodeError::CheckDigit));
            }
        }
        for place in (0..15).filter(|&p| digits[p] != digits[p + 1]) {
            let mut swapped = digits;
            swapped.swap(place, place + 1);
            assert_eq!(CaseCode::parse(&keyed(&swapped)), Err(CodeError::CheckDigit));
        }
    }

    #[test]
    fn a_code_is_never_printed() {
        assert_eq!(format!("{:?}", CaseCode::from_random(7)), "CaseCode(redacted)");
    }
}
