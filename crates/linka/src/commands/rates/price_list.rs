//! What a price list says, for text and page alike.

use linka_metering::calendar;
use linka_metering::{Rate, RateCard};
use linka_model::{LineKind, Micros, OriginClass};

/// The heads of the columns.
pub(super) const HEAD: [&str; 9] = [
    "country",
    "number",
    "calls from",
    "a minute",
    "counted in",
    "a call",
    "at least",
    "a month",
    "in force from",
];

/// What every price list says under its table.
pub(super) const NOTES: [&str; 3] = [
    "The organisation pays these prices. A call to a toll-free number is free for the caller; a \
     call to a landline costs the caller what their own tariff says.",
    "A month: each toll-free number, and each landline after the third. Three landlines are \
     included.",
    "A second begun is a second. The cost of a call is rounded once, up, to a millionth.",
];

/// One price of one version of a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    pub(super) country: String,
    pub(super) kind: LineKind,
    pub(super) currency: String,
    /// Whom the price is for.
    pub(super) callers: String,
    pub(super) rate: Rate,
    pub(super) monthly: Micros,
    /// The day from which it holds.
    pub(super) from: String,
}

/// The prices that are in force now and those that will be, by country and kind.
pub(super) fn rows(cards: &[RateCard], now_ms: i64) -> Vec<Row> {
    let replaced = |card: &RateCard| {
        let later = |other: &&RateCard| other.id == card.id && other.valid_from_ms <= now_ms;
        let newest = cards.iter().filter(later).map(|other| other.valid_from_ms).max();
        newest.is_some_and(|newest| card.valid_from_ms < newest)
    };
    let mut shown: Vec<&RateCard> = cards.iter().filter(|card| !replaced(card)).collect();
    shown.sort_by_key(|card| {
        (card.country.clone(), card.kind.as_str(), card.currency, card.valid_from_ms)
    });
    shown.into_iter().flat_map(card_rows).collect()
}

fn card_rows(card: &RateCard) -> Vec<Row> {
    let row = |(callers, rate): (String, Rate)| Row {
        country: card.country.to_string(),
        kind: card.kind,
        currency: card.currency.to_string(),
        callers,
        rate,
        monthly: card.monthly,
        from: calendar::day(card.valid_from_ms),
    };
    groups(card).into_iter().map(row).collect()
}

/// The classes of callers that have a price in common.
fn groups(card: &RateCard) -> Vec<(String, Rate)> {
    let mut groups: Vec<(Vec<&str>, Rate)> = Vec::new();
    for class in OriginClass::ALL {
        let rate = card.rate_for(class);
        match groups.iter_mut().find(|(_, known)| *known == rate) {
            Some((names, _)) => names.push(class.as_str()),
            None => groups.push((vec![class.as_str()], rate)),
        }
    }
    let name = |names: Vec<&str>| {
        if names.len() == OriginClass::ALL.len() { "anywhere".to_owned() } else { names.join(", ") }
    };
    groups.into_iter().map(|(names, rate)| (name(names), rate)).collect()
}

impl Row {
    /// As the columns of [`HEAD`].
    pub(super) fn cells(&self) -> Vec<String> {
        let money = |micros: Micros| match micros {
            Micros::ZERO => "-".to_owned(),
            some => format!("{} {}", amount(some), self.currency),
        };
        vec![
            self.country.clone(),
            kind(self.kind).to_owned(),
            self.callers.clone(),
            format!("{} {}", amount(self.rate.per_minute()), self.currency),
            counted(self.rate),
            money(self.rate.setup()),
            money(self.rate.minimum()),
            money(self.monthly),
            self.from.clone(),
        ]
    }
}

/// As people say it.
pub(super) const fn kind(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Landline => "landline",
        LineKind::TollFree => "toll-free",
    }
}

/// Two places, and as many more as say something.
pub(super) fn amount(micros: Micros) -> String {
    let text = micros.to_string();
    match text.split_once('.') {
        Some((whole, places)) if places.len() > 2 => {
            format!("{whole}.{:0<2}", places.trim_end_matches('0'))
        }
        Some(_) | None => text,
    }
}

fn counted(rate: Rate) -> String {
    match rate.increment() {
        (60, 60) => "minutes".to_owned(),
        (1, 1) => "seconds".to_owned(),
        (60, 1) => "a minute, then seconds".to_owned(),
        (first, step) if first == step => format!("{step} s"),
        (first, step) => format!("{first} s, then {step} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(from: &str, entries: &str) -> RateCard {
        let text = format!(
            "id: a\ncurrency: EUR\ncountry: AT\nkind: toll_free\nvalid_from: {from}\n\
             monthly: \"14\"\nrates:\n{entries}"
        );
        RateCard::parse(&text, "a.yaml").unwrap().0
    }

    const DEFAULT: &str = "  - {origin: default, per_minute: \"0.035\", first: 60, step: 60}\n";
    const MOBILE: &str = "  - {origin: mobile, per_minute: \"0.2\", first: 30, step: 6, \
                          setup: \"0.01\", minimum: \"0.12\"}\n";

    #[test]
    fn origins_with_one_price_share_a_row() {
        let rows = rows(&[card("2026-01-01", &format!("{MOBILE}{DEFAULT}"))], 0);
        let cells: Vec<Vec<String>> = rows.iter().map(Row::cells).collect();
        let others = "fixed, payphone, abroad, unknown";
        let expected = [
            [
                "AT",
                "toll-free",
                others,
                "0.035 EUR",
                "minutes",
                "-",
                "-",
                "14.00 EUR",
                "2026-01-01",
            ],
            [
                "AT",
                "toll-free",
                "mobile",
                "0.20 EUR",
                "30 s, then 6 s",
                "0.01 EUR",
                "0.12 EUR",
                "14.00 EUR",
                "2026-01-01",
            ],
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn what_is_replaced_is_left_out_and_what_comes_is_shown() {
        let cards = ["2026-01-01", "2026-03-01", "2026-09-01"].map(|from| card(from, DEFAULT));
        let now = calendar::parse_utc("2026-06-01").unwrap();
        let from: Vec<String> = rows(&cards, now).into_iter().map(|row| row.from).collect();
        assert_eq!(from, ["2026-03-01", "2026-09-01"]);
        assert_eq!(rows(&cards, now)[0].callers, "anywhere");
    }

    #[test]
    fn amounts_have_two_places_or_as_many_as_they_need() {
        for (micros, text) in [(35_000, "0.035"), (1_200_000, "1.20"), (16_667, "0.016667")] {
            assert_eq!(amount(Micros(micros)), text);
        }
        assert_eq!(amount(Micros(100_000)), "0.10");
    }
}
