//! `linka rates quote`: what a call to a line costs, step by step.

use linka_engine::clock;
use linka_metering::{Explanation, calendar};
use linka_model::{Currency, Did, LineKind, OriginClass};

use super::price_list::kind;
use crate::cli::Books;
use crate::commands::existing;
use crate::failure::Failure;

/// What the price is of, and from which version of which card.
struct Subject<'a> {
    line: String,
    kind: LineKind,
    origin: OriginClass,
    currency: Currency,
    card: &'a str,
    valid_from_ms: i64,
}

/// The price of a call that came in at this moment.
pub(super) async fn run(
    data: &Books,
    number: &str,
    seconds: u32,
    origin: OriginClass,
) -> Result<String, Failure> {
    let did: Did = number.parse().map_err(|error| Failure::new(format!("{error}")))?;
    let store = existing(data).await?;
    let line = store.find_by_did(&did).await?.ok_or_else(|| {
        Failure::new(format!("no line has the number {did}; `linka lines` lists them"))
    })?;
    let key = (&line.country, line.kind, line.currency);
    let price = store.pinned_rate(key, origin, clock::wall_ms()).await?.ok_or_else(|| {
        Failure::new(format!(
            "no rate card prices a {} number in {} in {} now: `linka rates check` looks for gaps",
            kind(line.kind),
            line.country,
            line.currency
        ))
    })?;
    let version = store.card_version(price.version).await?;
    let (card, valid_from_ms) = version
        .ok_or_else(|| Failure::new("the rate card of this price is gone from the books"))?;
    let subject = Subject {
        line: format!("{} ({did})", line.name),
        kind: line.kind,
        origin,
        currency: line.currency,
        card: card.as_str(),
        valid_from_ms,
    };
    Ok(text(&subject, &price.rate.explain(seconds)))
}

fn text(subject: &Subject<'_>, explanation: &Explanation) -> String {
    let Subject { line, kind: line_kind, origin, currency, card, valid_from_ms } = subject;
    let caller = match line_kind {
        LineKind::TollFree => "nothing",
        LineKind::Landline => "what their own tariff says",
    };
    format!(
        "{} s to {line}, {}, from origin {}\n\
         rate card {card}, in force since {}\n\
         {explanation} {currency}\n\
         The organisation pays this; the caller pays {caller}.",
        explanation.seconds,
        kind(*line_kind),
        origin.as_str(),
        calendar::hour(*valid_from_ms)
    )
}

#[cfg(test)]
mod tests {
    use linka_metering::Rate;
    use linka_model::Micros;

    use super::*;

    fn said(rate: Rate, seconds: u32) -> String {
        let subject = Subject {
            line: "Trust line (+420800123456)".to_owned(),
            kind: LineKind::TollFree,
            origin: OriginClass::Mobile,
            currency: "CZK".parse().unwrap(),
            card: "cz-tollfree-czk",
            // 20454 days after 1970.
            valid_from_ms: 1_767_225_600_000,
        };
        text(&subject, &rate.explain(seconds))
    }

    fn rate(per_minute: i64, increment: (u32, u32), setup: i64, minimum: i64) -> Rate {
        Rate::new(Micros(per_minute), increment, Micros(setup), Micros(minimum)).unwrap()
    }

    #[test]
    fn a_quote_says_what_from_which_card_and_how() {
        let expected = "75 s to Trust line (+420800123456), toll-free, from origin mobile\n\
                        rate card cz-tollfree-czk, in force since 2026-01-01T00:00Z\n\
                        75 s count as 60 s + 15 × 1 s = 75 s\n\
                        1.20 a minute × 75 s ÷ 60 = 1.50\n\
                        cost: 1.50 CZK\n\
                        The organisation pays this; the caller pays nothing.";
        assert_eq!(said(rate(1_200_000, (60, 1), 0, 0), 75), expected);
    }

    /// The fixtures of M5, worked out by hand beside the price in `metering`.
    #[test]
    fn every_fixture_is_quoted_to_the_micro_unit() {
        let minutes = rate(1_200_000, (60, 60), 0, 0);
        let minute_then_seconds = rate(1_200_000, (60, 1), 0, 0);
        let seconds = rate(1_200_000, (1, 1), 0, 0);
        let with_fees = rate(1_200_000, (1, 1), 500_000, 1_000_000);
        let uneven = rate(1_000_000, (1, 1), 0, 0);
        let sixes = rate(6_000, (30, 6), 0, 0);
        let fixtures: [(Rate, &[(u32, &str)]); 6] = [
            (minutes, &[(1, "1.20"), (60, "1.20"), (61, "2.40"), (120, "2.40"), (121, "3.60")]),
            (minute_then_seconds, &[(59, "1.20"), (61, "1.22"), (75, "1.50"), (121, "2.42")]),
            (seconds, &[(1, "0.02"), (59, "1.18"), (61, "1.22")]),
            (with_fees, &[(1, "1.00"), (59, "1.68"), (60, "1.70")]),
            (uneven, &[(1, "0.016667"), (59, "0.983334"), (119, "1.983334")]),
            (sixes, &[(32, "0.003600"), (57, "0.006000"), (75, "0.007800")]),
        ];
        for (rate, costs) in fixtures {
            for (seconds, cost) in costs {
                let quote = said(rate, *seconds);
                let line = format!("cost: {cost} CZK");
                assert!(quote.lines().any(|said| said == line), "{line}: {quote}");
            }
        }
    }
}
