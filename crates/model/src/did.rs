//! Dialled numbers.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// A dialled number (DID) that an organisation holds, in E.164 form with its `+`: `+420800123456`.
///
/// E.164 allows at most 15 digits; the first is never 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Did(String);

/// Why a text is no E.164 number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a telephone number in E.164 form: write + and 4 to 15 digits, for example +420800123456"
)]
pub struct DidError(String);

impl Did {
    /// With the `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the `+`.
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }
}

impl FromStr for Did {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, DidError> {
        let digits = text.strip_prefix('+').unwrap_or("");
        let well_formed = (4..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if well_formed { Ok(Self(text.to_owned())) } else { Err(DidError(text.to_owned())) }
    }
}

impl TryFrom<String> for Did {
    type Error = DidError;

    fn try_from(text: String) -> Result<Self, DidError> {
        text.parse()
    }
}

impl From<Did> for String {
    fn from(did: Did) -> Self {
        did.0
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_e164_with_a_plus_is_a_did() {
        assert_eq!("+420800123456".parse::<Did>().unwrap().digits(), "420800123456");
        for wrong in ["", "+", "420800123456", "+0420800", "+42 0800", "+1234567890123456", "+abc4"]
        {
            assert!(wrong.parse::<Did>().is_err(), "{wrong}");
        }
    }
}
