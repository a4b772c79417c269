//! Minor units: haléř, cent, and yen that have none. Card providers count in them.

use linka_model::{Currency, Micros};

/// Places after the point by which the card provider counts a currency. Only currencies whose rule we
/// know are listed: a guess would be wrong by a factor of a hundred.
const PLACES: &[(&str, u32)] = &[
    ("AUD", 2),
    ("BGN", 2),
    ("CAD", 2),
    ("CHF", 2),
    ("CZK", 2),
    ("DKK", 2),
    ("EUR", 2),
    ("GBP", 2),
    ("HUF", 2),
    ("NOK", 2),
    ("PLN", 2),
    ("RON", 2),
    ("SEK", 2),
    ("USD", 2),
    ("CLP", 0),
    ("JPY", 0),
    ("KRW", 0),
    ("VND", 0),
    ("BHD", 3),
    ("JOD", 3),
    ("KWD", 3),
    ("OMR", 3),
    ("TND", 3),
];

/// Why an amount is no whole number of minor units.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MinorUnitError {
    /// We do not know how the provider counts it.
    #[error("{0} cannot be paid by card here: its minor unit is not known")]
    Currency(Currency),
    /// It would have to be rounded.
    #[error("{amount} {currency} cannot be paid: the smallest step is {step}")]
    Fraction {
        /// What was asked.
        amount: Micros,
        /// Its currency.
        currency: Currency,
        /// The smallest amount that can be paid.
        step: Micros,
    },
    /// It does not fit.
    #[error("{0} minor units of {1} are more than can be counted")]
    TooLarge(i64, Currency),
}

/// How many minor units an amount is. Nothing is rounded: what is no whole number of them is refused.
pub fn to_minor(amount: Micros, currency: Currency) -> Result<i64, MinorUnitError> {
    let step = step(currency)?;
    if amount.0 % step.0 == 0 {
        Ok(amount.0 / unit(currency)?.0)
    } else {
        Err(MinorUnitError::Fraction { amount, currency, step })
    }
}

/// The amount that a number of minor units is.
pub fn from_minor(minor: i64, currency: Currency) -> Result<Micros, MinorUnitError> {
    let micros = minor.checked_mul(unit(currency)?.0).map(Micros);
    micros.ok_or(MinorUnitError::TooLarge(minor, currency))
}

/// The part of an amount that can be paid in whole steps; the rest stays where it is.
pub fn whole_part(amount: Micros, currency: Currency) -> Result<Micros, MinorUnitError> {
    let step = step(currency)?;
    Ok(Micros(amount.0 - amount.0 % step.0))
}

/// The smallest amount that can be paid. The provider takes amounts in thousandths only in tens.
fn step(currency: Currency) -> Result<Micros, MinorUnitError> {
    let unit = unit(currency)?;
    Ok(if unit.0 == 1_000 { Micros(10_000) } else { unit })
}

fn unit(currency: Currency) -> Result<Micros, MinorUnitError> {
    match PLACES.iter().find(|(code, _)| *code == currency.as_str()) {
        Some((_, 0)) => Ok(Micros(1_000_000)),
        Some((_, 2)) => Ok(Micros(10_000)),
        Some((_, 3)) => Ok(Micros(1_000)),
        _ => Err(MinorUnitError::Currency(currency)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn amounts_are_counted_by_the_places_of_their_currency() {
        // 12.50 is 1250 hellers; 500 yen are 500; 1.230 dinars are 1230 fils.
        for (micros, code, minor) in
            [(12_500_000, "CZK", 1_250), (500_000_000, "JPY", 500), (1_230_000, "KWD", 1_230)]
        {
            assert_eq!(to_minor(Micros(micros), currency(code)), Ok(minor), "{code}");
            assert_eq!(from_minor(minor, currency(code)), Ok(Micros(micros)), "{code}");
        }
    }

    #[test]
    fn nothing_is_rounded_in_silence() {
        for (micros, code) in [(12_505_000, "CZK"), (500_500_000, "JPY"), (1_234_000, "KWD")] {
            let refused = to_minor(Micros(micros), currency(code));
            assert!(matches!(refused, Err(MinorUnitError::Fraction { .. })), "{code}");
        }
        let error = to_minor(Micros(12_505_000), currency("CZK")).unwrap_err();
        assert_eq!(error.to_string(), "12.505000 CZK cannot be paid: the smallest step is 0.01");
    }

    #[test]
    fn the_whole_part_leaves_the_rest() {
        assert_eq!(whole_part(Micros(12_509_999), currency("CZK")), Ok(Micros(12_500_000)));
        assert_eq!(whole_part(Micros(9_999), currency("CZK")), Ok(Micros(0)));
    }

    #[test]
    fn currencies_whose_rule_we_do_not_know_are_refused() {
        for code in ["ISK", "UGX", "XXX"] {
            assert!(matches!(
                to_minor(Micros(0), currency(code)),
                Err(MinorUnitError::Currency(_))
            ));
        }
    }

    #[test]
    fn an_amount_that_does_not_fit_is_refused() {
        assert!(from_minor(i64::MAX, currency("CZK")).is_err());
    }
}
