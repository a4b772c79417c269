//! Rate cards in force: versions that never change (M6).

use linka_metering::offers::Price;
use linka_metering::{CardId, Country, Rate, RateCard};
use linka_model::{Currency, LineKind, Micros, OriginClass};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::in_time;
use crate::orgs::uuid;
use crate::sql::{Query, Tx};
use crate::{Store, StoreError};

/// Names a version of a rate card. It follows from the content: the same card loaded again is the
/// same version.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CardVersion(pub Uuid);

/// The price that a call is admitted under and keeps to its end (I18).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pinned {
    /// Of which version.
    pub version: CardVersion,
    /// For callers of which class.
    pub origin: OriginClass,
    /// The price.
    pub rate: Rate,
}

impl CardVersion {
    fn of(card: &RateCard) -> Self {
        let names =
            [card.id.as_str(), card.currency.as_str(), card.country.as_str(), card.kind.as_str()];
        let mut text = VersionText::new(names, card.valid_from_ms, card.monthly.0);
        for origin in OriginClass::ALL {
            let rate = card.rate_for(origin);
            let (first, step) = rate.increment();
            let increment = (i64::from(first), i64::from(step));
            let (setup, minimum) = (rate.setup().0, rate.minimum().0);
            text.rate(origin, (rate.per_minute().0, increment.0, increment.1, setup, minimum));
        }
        text.version()
    }
}

/// The content of a version, from which its name is made.
pub(crate) struct VersionText(String);

impl VersionText {
    /// Card, currency, country and kind, and what stands beside them.
    pub(crate) fn new(names: [&str; 4], valid_from_ms: i64, monthly: i64) -> Self {
        Self(format!("{} {valid_from_ms} {monthly}", names.join(" ")))
    }

    /// Adds the columns per_minute, first_s, step_s, setup and minimum of the next class of origin.
    pub(crate) fn rate(&mut self, origin: OriginClass, columns: (i64, i64, i64, i64, i64)) {
        let (per_minute, first, step, setup, minimum) = columns;
        let origin = origin.as_str();
        self.0 += &format!("; {origin} {per_minute} {first} {step} {setup} {minimum}");
    }

    pub(crate) fn version(&self) -> CardVersion {
        CardVersion(Uuid::new_v5(&Uuid::NAMESPACE_OID, self.0.as_bytes()))
    }
}

impl Store {
    /// Puts a version of a card in force from its instant on. The same content again changes
    /// nothing; other prices for the same instant, or another card for the same lines, conflict.
    pub async fn load_card(&self, card: &RateCard) -> Result<CardVersion, StoreError> {
        in_time(async {
            let version = CardVersion::of(card);
            let mut tx = self.begin().await?;
            if is_known(&mut tx, version).await? {
                return Ok(version);
            }
            refuse_rivals(&mut tx, card).await?;
            insert_card(&mut tx, version, card).await?;
            for origin in OriginClass::ALL {
                insert_rate(&mut tx, version, origin, card.rate_for(origin)).await?;
            }
            tx.commit().await?;
            Ok(version)
        })
        .await
    }

    /// The prices in force at an instant in a currency, by country and kind.
    pub async fn prices(&self, currency: Currency, at_ms: i64) -> Result<Vec<Price>, StoreError> {
        in_time(async {
            let rows: Vec<(String, String, i64, i64, i64)> = Query::new(
                "SELECT card.country, card.kind, card.monthly, fixed.per_minute, mobile.per_minute
                 FROM rate_card AS card
                 JOIN rate AS fixed ON fixed.version = card.id AND fixed.origin = 'fixed'
                 JOIN rate AS mobile ON mobile.version = card.id AND mobile.origin = 'mobile'
                 WHERE card.currency = $1 AND card.valid_from_ms <= $2 AND NOT EXISTS (
                     SELECT 1 FROM rate_card AS later
                     WHERE later.country = card.country AND later.kind = card.kind
                         AND later.currency = card.currency AND later.valid_from_ms <= $2
                         AND later.valid_from_ms > card.valid_from_ms)
                 ORDER BY card.country, card.kind LIMIT $3",
            )
            .bind(currency.as_str())
            .bind(at_ms)
            .fetch_all(PRICES_MAX, &mut self.reader().await?)
            .await?;
            rows.into_iter().map(price).collect()
        })
        .await
    }

    /// Which card a version is of, and from when it is in force, in milliseconds since 1970.
    pub async fn card_version(
        &self,
        version: CardVersion,
    ) -> Result<Option<(CardId, i64)>, StoreError> {
        in_time(async {
            let row: Option<(String, i64)> =
                Query::new("SELECT card, valid_from_ms FROM rate_card WHERE id = $1")
                    .bind(version.0.to_string())
                    .fetch_optional(&mut self.reader().await?)
                    .await?;
            let read = |(card, from): (String, i64)| {
                let card = CardId::try_from(card).map_err(|_| StoreError::Unreadable("card"))?;
                Ok((card, from))
            };
            row.map(read).transpose()
        })
        .await
    }

    /// The price for a kind of line and a class of callers that is in force at an instant, or at the
    /// last stamp of the books where that is later (M14); `None` where no card covers it.
    ///
    /// Ask once for a call, before its credit is reserved, and rate it by the answer (O12).
    pub async fn pinned_rate(
        &self,
        (country, kind, currency): (&Country, LineKind, Currency),
        origin: OriginClass,
        at_ms: i64,
    ) -> Result<Option<Pinned>, StoreError> {
        in_time(async {
            let row: Option<(String, i64, i64, i64, i64, i64)> = Query::new(
                "SELECT version, per_minute, first_s, step_s, setup, minimum
                 FROM rate JOIN rate_card ON rate_card.id = rate.version
                 WHERE country = $1 AND kind = $2 AND currency = $3 AND origin = $4
                     AND (valid_from_ms <= $5
                         OR valid_from_ms <= (SELECT last_ms FROM clock WHERE id = 1))
                 ORDER BY valid_from_ms DESC LIMIT 1",
            )
            .bind(country.as_str())
            .bind(kind.as_str())
            .bind(currency.as_str())
            .bind(origin.as_str())
            .bind(at_ms)
            .fetch_optional(&mut self.reader().await?)
            .await?;
            let pin =
                |(version, per_minute, first, step, setup, minimum): (String, _, _, _, _, _)| {
                    let version = CardVersion(uuid(&version)?);
                    Ok(Pinned {
                        version,
                        origin,
                        rate: rate((per_minute, first, step, setup, minimum))?,
                    })
                };
            row.map(pin).transpose()
        })
        .await
    }
}

/// Reads the columns per_minute, first_s, step_s, setup and minimum.
pub(crate) fn rate(
    (per_minute, first, step, setup, minimum): (i64, i64, i64, i64, i64),
) -> Result<Rate, StoreError> {
    let seconds = |s| u32::try_from(s).map_err(|_| StoreError::Unreadable("increment"));
    let increment = (seconds(first)?, seconds(step)?);
    Rate::new(Micros(per_minute), increment, Micros(setup), Micros(minimum))
        .map_err(|_| StoreError::Unreadable("rate"))
}

/// Reads the columns of [`Store::prices`].
fn price(
    (country, kind, monthly, fixed, mobile): (String, String, i64, i64, i64),
) -> Result<Price, StoreError> {
    Ok(Price {
        country: country.try_into().map_err(|_| StoreError::Unreadable("country"))?,
        kind: LineKind::from_name(&kind).ok_or(StoreError::Unreadable("kind"))?,
        monthly: Micros(monthly),
        fixed: Micros(fixed),
        mobile: Micros(mobile),
    })
}

/// Countries and kinds that are listed with their prices.
const PRICES_MAX: u32 = 1_000;

async fn is_known(tx: &mut Tx<'_>, version: CardVersion) -> Result<bool, StoreError> {
    let known: Option<(i64,)> = Query::new("SELECT CAST(1 AS BIGINT) FROM rate_card WHERE id = $1")
        .bind(version.0.to_string())
        .fetch_optional(tx)
        .await?;
    Ok(known.is_some())
}

/// Versions of one card that are looked through for rivals, the latest first.
const VERSIONS_MAX: u32 = 10_000;

async fn refuse_rivals(tx: &mut Tx<'_>, card: &RateCard) -> Result<(), StoreError> {
    let versions: Vec<(String, i64)> = Query::new(
        "SELECT card, valid_from_ms FROM rate_card
         WHERE country = $1 AND kind = $2 AND currency = $3
         ORDER BY valid_from_ms DESC LIMIT $4",
    )
    .bind(card.country.as_str())
    .bind(card.kind.as_str())
    .bind(card.currency.as_str())
    .fetch_all(VERSIONS_MAX, tx)
    .await?;
    if let Some((rival, _)) = versions.iter().find(|(name, _)| name != card.id.as_str()) {
        let message = format!("the card `{rival}` prices the same lines as `{}`", card.id);
        return Err(StoreError::Conflict(message));
    }
    if versions.iter().any(|&(_, from)| from == card.valid_from_ms) {
        let message = format!(
            "`{}` is in force with other prices from the same instant: a version never changes, \
             give the new one a later valid_from",
            card.id
        );
        return Err(StoreError::Conflict(message));
    }
    Ok(())
}

async fn insert_card(
    tx: &mut Tx<'_>,
    version: CardVersion,
    card: &RateCard,
) -> Result<(), StoreError> {
    Query::new(
        "INSERT INTO rate_card (id, card, currency, country, kind, valid_from_ms, monthly)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(version.0.to_string())
    .bind(card.id.as_str())
    .bind(card.currency.as_str())
    .bind(card.country.as_str())
    .bind(card.kind.as_str())
    .bind(card.valid_from_ms)
    .bind(card.monthly.0)
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_rate(
    tx: &mut Tx<'_>,
    version: CardVersion,
    origin: OriginClass,
    rate: Rate,
) -> Result<(), StoreError> {
    let (first, step) = rate.increment();
    Query::new(
        "INSERT INTO rate (version, origin, per_minute, first_s, step_s, setup, minimum)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(version.0.to_string())
    .bind(origin.as_str())
    .bind(rate.per_minute().0)
    .bind(i64::from(first))
    .bind(i64::from(step))
    .bind(rate.setup().0)
    .bind(rate.minimum().0)
    .execute(tx)
    .await?;
    Ok(())
}
