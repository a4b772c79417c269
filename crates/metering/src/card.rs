//! Rate cards: the prices of one kind of line in one country and currency (rule M6).

use core::fmt;

use linka_model::{Currency, LineKind, Micros, OriginClass};
use serde::{Deserialize, Serialize};

use crate::Rate;
use crate::card_file::{Source, parse};
use crate::remark::{CardError, Warning};

/// Names a rate card through all its versions: small letters, digits and hyphens, at most 64.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardId(String);

/// A country by its two-letter code (ISO 3166-1), capital letters: `CZ`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(String);

/// What is wrong with a name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// No name of a rate card.
    #[error("`{0}` is no name of a rate card: use small letters, digits and hyphens, at most 64")]
    Card(String),
    /// No country code.
    #[error("`{0}` is not a country: use two capital letters (ISO 3166-1), for example CZ")]
    Country(String),
}

/// The prices of one kind of line in one country and currency, from an instant on. A version never
/// changes: a running or finished call keeps the one that it was answered under (M6, I18).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RateCard {
    /// The card that this is a version of.
    pub id: CardId,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The country of the lines.
    pub country: Country,
    /// The kind of the lines.
    pub kind: LineKind,
    /// When it comes into force, in milliseconds since 1970-01-01T00:00Z.
    pub valid_from_ms: i64,
    /// What a line costs a month.
    pub monthly: Micros,
    pub(crate) rates: Rates,
}

/// A price for every origin class: which a card has is settled when it is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rates {
    pub(crate) fixed: Rate,
    pub(crate) mobile: Rate,
    pub(crate) payphone: Rate,
    pub(crate) abroad: Rate,
    pub(crate) unknown: Rate,
}

impl RateCard {
    /// Reads the card of a YAML file that holds one; `file` is the name for messages. Whatever the
    /// format does not know is an error; what looks like a slip is a warning.
    pub fn parse(yaml: &str, file: &str) -> Result<(Self, Vec<Warning>), CardError> {
        let source = Source { yaml, file };
        let nothing = || CardError(source.remark(None, "this is no rate card".to_owned()));
        match parse(source) {
            Ok(placed) => Ok((placed.card, placed.warnings)),
            Err(errors) => Err(errors.into_iter().next().unwrap_or_else(nothing)),
        }
    }

    /// The price for callers of a class.
    pub const fn rate_for(&self, origin: OriginClass) -> Rate {
        match origin {
            OriginClass::Fixed => self.rates.fixed,
            OriginClass::Mobile => self.rates.mobile,
            OriginClass::Payphone => self.rates.payphone,
            OriginClass::Abroad => self.rates.abroad,
            OriginClass::Unknown => self.rates.unknown,
        }
    }
}

impl CardId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CardId {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=64).contains(&name.len()) && name.bytes().all(letter) {
            Ok(Self(name))
        } else {
            Err(NameError::Card(name))
        }
    }
}

impl From<CardId> for String {
    fn from(id: CardId) -> Self {
        id.0
    }
}

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Country {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Country {
    type Error = NameError;

    fn try_from(code: String) -> Result<Self, NameError> {
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(Self(code))
        } else {
            Err(NameError::Country(code))
        }
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.0
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
