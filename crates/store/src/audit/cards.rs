//! Rate cards against their names, which follow from their content (M6, I18).

use linka_model::OriginClass;

use super::{Books, PAGE, Wrong, rows};
use crate::StoreError;
use crate::cards::VersionText;
use crate::sql::{Query, Tx};

const CARDS: &str = "
    SELECT id, card, currency, country, kind, valid_from_ms, monthly FROM rate_card
    WHERE id > $1 ORDER BY id LIMIT $2";

/// One row a class of origin, and one more that would show a stranger among them.
const RATES_MAX: u32 = OriginClass::ALL.len() as u32 + 1;
const RATES: &str = "
    SELECT origin, per_minute, first_s, step_s, setup, minimum FROM rate
    WHERE version = $1 LIMIT $2";

type CardColumns = (String, String, String, String, String, i64, i64);
type RateColumns = (String, i64, i64, i64, i64, i64);

pub(super) async fn check(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page: Vec<CardColumns> = Query::new(CARDS).bind(&after).fetch_all(PAGE, tx).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.0);
        for card in &page {
            let rates = Query::new(RATES).bind(&card.0).fetch_all(RATES_MAX, tx).await?;
            let unchanged = recomputed(card, &rates) == card.0;
            books.holds(("rate_card", &card.0), Wrong::CardVersion, unchanged);
        }
        books.checked(|checked| checked.cards += rows(&page));
    }
}

/// The name that this content has.
fn recomputed(
    (_, card, currency, country, kind, valid_from_ms, monthly): &CardColumns,
    rates: &[RateColumns],
) -> String {
    let mut text = VersionText::new([card, currency, country, kind], *valid_from_ms, *monthly);
    for origin in OriginClass::ALL {
        if let Some(rate) = rates.iter().find(|rate| rate.0 == origin.as_str()) {
            text.rate(origin, (rate.1, rate.2, rate.3, rate.4, rate.5));
        }
    }
    text.version().0.to_string()
}
