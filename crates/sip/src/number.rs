//! Dialled and calling numbers, normalised to E.164 (rule W15, RFC 3966).

use crate::wire::text::{parameter, split_once};
use crate::wire::uri::{Scheme, unescaped};
use crate::wire::{Address, Uri};

/// Shortest and longest number of digits behind the `+` (ITU-T E.164; short ones are kept out).
const DIGITS: core::ops::RangeInclusive<usize> = 7..=15;
/// From this length on, digits that begin with the country code are taken for international ones
/// without `+`: no national number of a country with that code is as long.
const INTERNATIONAL_MIN: usize = 11;
/// Countries whose leading nought belongs to the number.
const KEEP_NOUGHT: [&str; 2] = ["39", "378"];

/// Why a number is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberFault {
    /// Digits, but too few or too many: 484.
    Incomplete,
    /// No digits at all, or a service code such as `*21*`: 404.
    NotANumber,
}

/// The number in a URI as E.164 with `+`; `country` completes national digits.
///
/// # Errors
/// [`NumberFault`] where there is none.
pub(crate) fn e164(uri: &Uri<'_>, country: &str) -> Result<String, NumberFault> {
    let (user, parameters) = match uri.scheme {
        Scheme::Sip | Scheme::Sips | Scheme::Tel => split_once(uri.user, b';'),
        Scheme::Other => return Err(NumberFault::NotANumber),
    };
    let digits = dialled(&unescaped(user)).ok_or(NumberFault::NotANumber)?;
    let context = parameters.and_then(|text| parameter(text, "phone-context")?);
    let full = match context.map(unescaped).as_deref().and_then(dialled) {
        Some(context) if context.starts_with('+') && !digits.starts_with('+') => {
            format!("{context}{digits}")
        }
        Some(_) | None => international(&digits, country),
    };
    if DIGITS.contains(&full.len().saturating_sub(1)) {
        Ok(full)
    } else {
        Err(NumberFault::Incomplete)
    }
}

/// The number in a header's address, such as To or P-Asserted-Identity.
pub(crate) fn e164_of_address(value: &[u8], country: &str) -> Result<String, NumberFault> {
    let address = Address::parse(value).map_err(|_| NumberFault::NotANumber)?;
    e164(&Uri::parse(address.uri).ok_or(NumberFault::NotANumber)?, country)
}

/// Digits with an optional `+`, without the visual separators of RFC 3966; `None` for anything
/// else and for nothing.
fn dialled(text: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(text).ok()?;
    let plain: String =
        text.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ')).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(plain)
}

fn international(digits: &str, country: &str) -> String {
    if digits.starts_with('+') {
        return digits.to_owned();
    }
    if let Some(rest) = digits.strip_prefix("00") {
        return format!("+{rest}");
    }
    if !country.is_empty() && digits.len() >= INTERNATIONAL_MIN && digits.starts_with(country) {
        return format!("+{digits}");
    }
    let keep = KEEP_NOUGHT.contains(&country);
    let national = digits.strip_prefix('0').filter(|_| !keep).unwrap_or(digits);
    format!("+{country}{national}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(uri: &str) -> Result<String, NumberFault> {
        e164(&Uri::parse(uri.as_bytes()).unwrap(), "420")
    }

    #[test]
    fn every_way_to_write_the_number_gives_the_same() {
        for uri in [
            "sip:+420228880123@gw.example",
            "sip:%2B420228880123@gw.example",
            "sip:00420228880123@gw.example",
            "sip:420228880123@gw.example",
            "sip:228880123@gw.example",
            "sip:+420228880123@gw.example;user=phone",
            "sip:+420228880123;npdi;rn=+420911@gw.example",
            "sip:228880123;phone-context=+420@gw.example",
            "sip:228880123;phone-context=example.cz@gw.example",
            "sip:+420-228-880-123@gw.example",
            "sips:+420228880123:pw@[2001:db8::1]:5061",
            "tel:+420-228.880(123)",
            "tel:228880123;phone-context=+420",
            "tel:+420228880123;npdi;rn=+420911",
        ] {
            assert_eq!(number(uri).as_deref(), Ok("+420228880123"), "{uri}");
        }
    }

    #[test]
    fn a_leading_nought_is_a_trunk_prefix_except_in_italy() {
        let number = |country| e164(&Uri::parse(b"sip:0301234567@a").unwrap(), country);
        assert_eq!(number("49").as_deref(), Ok("+49301234567"));
        assert_eq!(number("39").as_deref(), Ok("+390301234567"));
    }

    #[test]
    fn what_is_too_short_or_too_long_is_incomplete() {
        assert_eq!(number("sip:12@a"), Err(NumberFault::Incomplete));
        assert_eq!(number("sip:+4202288@a").as_deref(), Ok("+4202288"));
        assert_eq!(number("sip:+420228880123456789@a"), Err(NumberFault::Incomplete));
    }

    #[test]
    fn names_and_service_codes_are_no_numbers() {
        for uri in ["sip:alice@a", "sip:a", "sip:*21*%23@a", "sip:%00@a", "sip:+@a", "sip:12ab@a"] {
            assert_eq!(number(uri), Err(NumberFault::NotANumber), "{uri}");
        }
    }
}
