//! Languages of a line.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language by its two-letter code (ISO 639-1), lower case: `cs`, `en`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lang([u8; 2]);

/// Why a text is no language code.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language: use two lower-case letters (ISO 639-1), for example `cs`")]
pub struct LangError(String);

impl Lang {
    /// Czech.
    pub const CS: Self = Self(*b"cs");
    /// English.
    pub const EN: Self = Self(*b"en");

    /// The two letters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl FromStr for Lang {
    type Err = LangError;

    fn from_str(text: &str) -> Result<Self, LangError> {
        match text.as_bytes() {
            [a @ b'a'..=b'z', b @ b'a'..=b'z'] => Ok(Self([*a, *b])),
            _ => Err(LangError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Lang {
    type Error = LangError;

    fn try_from(text: String) -> Result<Self, LangError> {
        text.parse()
    }
}

impl From<Lang> for String {
    fn from(lang: Lang) -> Self {
        lang.as_str().to_owned()
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lower_case_letters_are_a_language_and_nothing_else_is() {
        assert_eq!("cs".parse(), Ok(Lang::CS));
        for wrong in ["", "c", "CS", "cze", "c1", "čs"] {
            assert!(wrong.parse::<Lang>().is_err(), "{wrong}");
        }
    }
}
