//! Which lines an organisation can order: those that have a price and a number.

use core::fmt;

use linka_model::{Currency, LineKind, Micros};

use crate::Country;

/// A rate card in force, as far as an offer shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Price {
    /// Where the number is.
    pub country: Country,
    /// Who pays for a call.
    pub kind: LineKind,
    /// The fee a month of a line that is not included.
    pub monthly: Micros,
    /// A minute from a fixed line.
    pub fixed: Micros,
    /// A minute from a mobile.
    pub mobile: Micros,
}

/// Numbers that can be assigned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pool {
    /// Where they are.
    pub country: Country,
    /// Who pays for a call.
    pub kind: LineKind,
    /// How many.
    pub free: u64,
}

/// What is said of one country and kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Where the number would be.
    pub country: Country,
    /// Who would pay for a call.
    pub kind: LineKind,
    /// The price, or why it cannot be ordered.
    pub verdict: Result<Price, NotOffered>,
}

/// What is missing for an offer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotOffered {
    /// Where.
    pub country: Country,
    /// Of which kind.
    pub kind: LineKind,
    /// The currency in which no card has prices; `None` where one has.
    pub unpriced_in: Option<Currency>,
    /// No number is free.
    pub no_number: bool,
}

impl fmt::Display for NotOffered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = format_args!("{} numbers of {}", self.kind.as_str(), self.country);
        match (self.unpriced_in, self.no_number) {
            (Some(currency), true) => {
                write!(f, "no rate card for {numbers} in {currency}, and no free number")
            }
            (Some(currency), false) => write!(f, "no rate card for {numbers} in {currency}"),
            (None, _) => write!(f, "no free number among {numbers}"),
        }
    }
}

/// Says of each country and kind whether it can be ordered in a currency. `prices` are those in
/// force in that currency.
pub fn offers(
    places: impl IntoIterator<Item = (Country, LineKind)>,
    currency: Currency,
    prices: &[Price],
    pools: &[Pool],
) -> Vec<Offer> {
    let offer = |(country, kind): (Country, LineKind)| {
        let price = prices.iter().find(|price| price.country == country && price.kind == kind);
        let has_number =
            pools.iter().any(|pool| pool.country == country && pool.kind == kind && pool.free > 0);
        let verdict = match (price, has_number) {
            (Some(price), true) => Ok(price.clone()),
            (price, _) => Err(NotOffered {
                country: country.clone(),
                kind,
                unpriced_in: price.is_none().then_some(currency),
                no_number: !has_number,
            }),
        };
        Offer { country, kind, verdict }
    };
    places.into_iter().map(offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Country {
        code.to_owned().try_into().unwrap()
    }

    fn price(code: &str) -> Price {
        let (country, kind) = (country(code), LineKind::Landline);
        Price { country, kind, monthly: Micros(1), fixed: Micros(2), mobile: Micros(3) }
    }

    fn pool(code: &str, free: u64) -> Pool {
        Pool { country: country(code), kind: LineKind::Landline, free }
    }

    #[test]
    fn a_line_is_offered_where_it_has_a_price_and_a_number_and_else_it_is_said_why_not() {
        let places = ["CZ", "SK", "DE", "PL"].map(|code| (country(code), LineKind::Landline));
        let prices = [price("CZ"), price("SK")];
        let pools = [pool("CZ", 1), pool("SK", 0), pool("DE", 7)];
        let all = offers(places, "CZK".parse().unwrap(), &prices, &pools);
        let told: Vec<String> = all
            .iter()
            .map(|offer| match &offer.verdict {
                Ok(price) => format!("{} at {}", offer.country, price.monthly.0),
                Err(why) => why.to_string(),
            })
            .collect();
        assert_eq!(
            told,
            [
                "CZ at 1",
                "no free number among landline numbers of SK",
                "no rate card for landline numbers of DE in CZK",
                "no rate card for landline numbers of PL in CZK, and no free number",
            ]
        );
    }

    #[test]
    fn price_and_number_of_another_kind_do_not_count() {
        let places = [(country("CZ"), LineKind::TollFree)];
        let all = offers(places, "CZK".parse().unwrap(), &[price("CZ")], &[pool("CZ", 1)]);
        assert!(all[0].verdict.is_err());
    }
}
