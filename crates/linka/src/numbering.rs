//! Numbers of the countries in which lines are offered: what a number must look like, whether its
//! callers pay for it, and how people write it.
//!
//! Ranges, lengths and spaces come from the `phonenumber` crate (Google's libphonenumber data, made
//! from the plans that the countries file with the ITU). What it lacks stands here.

use linka_metering::Country;
use linka_model::{Did, DidError, LineKind};
use phonenumber::{Mode, PhoneNumber, Type};

/// Countries and their calling codes (ITU-T E.164, list of assigned codes).
const COUNTRIES: [(&str, &str); 5] =
    [("CZ", "420"), ("SK", "421"), ("DE", "49"), ("PL", "48"), ("AT", "43")];
/// In Germany a toll-free number is 800 and seven digits (Bundesnetzagentur, numbering plan for
/// (0)800); the crate's data lets longer ones pass.
const GERMAN_TOLL_FREE: (u16, usize) = (49, 10);

/// A number that a line can bear.
#[derive(Debug)]
pub(crate) struct Number {
    pub(crate) did: Did,
    pub(crate) country: Country,
    pub(crate) kind: LineKind,
    /// As people abroad write it: `+421 2/208 634 56`.
    pub(crate) international: String,
    /// As it is written and dialled at home: `02/208 634 56`.
    pub(crate) national: String,
}

/// Why no line can bear a number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NumberError {
    #[error(transparent)]
    Form(DidError),
    #[error("{0} is a number of another country: lines have numbers of CZ, SK, DE, PL or AT")]
    Abroad(Did),
    #[error(
        "{0} is no number of {1}: no number begins like this, or digits are missing or too many"
    )]
    NoNumber(Did, &'static str),
    #[error("{0} is a {2} number of {1}: a line has a landline or a toll-free number")]
    Kind(Did, &'static str, &'static str),
    #[error("{0} is a number of {1}, not of {2}")]
    Foreign(Did, Country, Country),
    #[error("{did} is a {} number, not a {} one", .is.as_str(), .wanted.as_str())]
    Other { did: Did, is: LineKind, wanted: LineKind },
}

impl Number {
    /// Reads a number as it stands in lists of carriers: E.164, with or without spaces.
    pub(crate) fn read(text: &str) -> Result<Self, NumberError> {
        let did: Did = text.replace([' ', '\u{a0}'], "").parse().map_err(NumberError::Form)?;
        // No code is the beginning of another.
        let Some((country, _)) = COUNTRIES.iter().find(|(_, code)| did.digits().starts_with(code))
        else {
            return Err(NumberError::Abroad(did));
        };
        let Ok(number) = phonenumber::parse(None, did.as_str()) else {
            return Err(NumberError::NoNumber(did, country));
        };
        let kind = match kind(&number) {
            Ok(kind) => kind,
            Err(None) => return Err(NumberError::NoNumber(did, country)),
            Err(Some(other)) => return Err(NumberError::Kind(did, country, other)),
        };
        let written = |mode| number.format().mode(mode).to_string();
        Ok(Self {
            international: written(Mode::International),
            national: written(Mode::National),
            country: Country::try_from((*country).to_owned())
                .map_err(|_| NumberError::Abroad(did.clone()))?,
            kind,
            did,
        })
    }

    /// The same, if it is one of this country and kind.
    pub(crate) fn must_be(self, country: &Country, kind: LineKind) -> Result<Self, NumberError> {
        if self.country != *country {
            return Err(NumberError::Foreign(self.did, self.country, country.clone()));
        }
        if self.kind != kind {
            return Err(NumberError::Other { did: self.did, is: self.kind, wanted: kind });
        }
        Ok(self)
    }
}

/// Every country and kind that there are numbers of.
pub(crate) fn all() -> impl Iterator<Item = (Country, LineKind)> {
    let countries = COUNTRIES.iter().filter_map(|(code, _)| (*code).to_owned().try_into().ok());
    countries.flat_map(|country: Country| {
        [LineKind::Landline, LineKind::TollFree].map(|kind| (country.clone(), kind))
    })
}

/// What callers pay for a number; else what it is instead, where it is a number at all.
fn kind(number: &PhoneNumber) -> Result<LineKind, Option<&'static str>> {
    let digits = number.national().value().to_string().len();
    let (code, length) = GERMAN_TOLL_FREE;
    match number.number_type(&phonenumber::metadata::DATABASE) {
        Type::TollFree if number.country().code() == code && digits != length => Err(None),
        Type::TollFree => Ok(LineKind::TollFree),
        Type::FixedLine | Type::FixedLineOrMobile => Ok(LineKind::Landline),
        Type::Unknown => Err(None),
        Type::Mobile => Err(Some("mobile")),
        Type::PremiumRate => Err(Some("premium rate")),
        Type::SharedCost => Err(Some("shared cost")),
        Type::Voip => Err(Some("internet telephony")),
        Type::PersonalNumber
        | Type::Pager
        | Type::Uan
        | Type::Emergency
        | Type::Voicemail
        | Type::ShortCode
        | Type::StandardRate
        | Type::Carrier
        | Type::NoInternational => Err(Some("special")),
    }
}

#[cfg(test)]
mod tests;
