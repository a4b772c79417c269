//! Prices: every line has one in force.

use linka_metering::RateCard;

use super::Findings;
use crate::config::{LineConfig, Organisation};

pub(super) fn check(
    cards: &[RateCard],
    organisations: &[Organisation],
    now_ms: i64,
    found: &mut Findings,
) {
    for organisation in organisations {
        for line in &organisation.lines {
            if let Some(what) = unpriced(cards, organisation, line, now_ms) {
                found.wrong(format!("{} {}: {what}", organisation.name, line.number));
            }
        }
    }
}

/// Why a line has no price now.
fn unpriced(
    cards: &[RateCard],
    organisation: &Organisation,
    line: &LineConfig,
    now_ms: i64,
) -> Option<String> {
    let prices = |card: &&RateCard| {
        card.country == line.country
            && card.kind == line.kind
            && card.currency == organisation.currency
    };
    let first = cards.iter().filter(prices).map(|card| card.valid_from_ms).min();
    let (kind, country, currency) = (line.kind.as_str(), &line.country, organisation.currency);
    let lines = format!("a {kind} number in {country} in {currency}");
    match first {
        Some(from_ms) if from_ms <= now_ms => None,
        Some(from_ms) => Some(format!(
            "the rate card for {lines} is not in force before {}",
            linka_metering::calendar::day(from_ms)
        )),
        None => Some(format!("no rate card has prices for {lines}")),
    }
}
