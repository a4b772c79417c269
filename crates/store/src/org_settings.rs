//! What an operator sets for an organisation, and sees of it.

use linka_metering::Rate;
use linka_metering::plan::Zone;
use linka_model::{Micros, OrgId};
use serde::Serialize;
use sqlx::FromRow;

use crate::cards::rate;
use crate::database::in_time;
use crate::orgs;
use crate::sql::Query;
use crate::{Store, StoreError};

/// So many organisations are listed at most.
const ORGS_MAX: u32 = 10_000;
/// Different prices of a currency that are looked at.
const RATES_MAX: u32 = 10_000;
/// A recording goes on for so long beyond the credit at most, in seconds (M11).
const GRACE_S: u32 = 600;

/// An organisation, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, FromRow)]
pub struct OrgListing {
    /// Its name.
    pub name: String,
    /// The currency of its account.
    pub currency: String,
    /// What it can spend.
    pub balance_micro: i64,
    /// `budget` where it has a monthly cap, else `prepaid`.
    pub mode: String,
    /// Where its days begin (IANA).
    pub zone: String,
    /// How far its recordings under way may overdraw the credit.
    pub overdraft_micro: i64,
}

impl Store {
    /// All organisations with their settings, by name.
    pub async fn org_listing(&self) -> Result<Vec<OrgListing>, StoreError> {
        in_time(async {
            Query::new(
                "SELECT org.name, org.currency,
                     credits - debits - pending - disputed AS balance_micro,
                     CASE WHEN budget.org IS NULL THEN 'prepaid' ELSE 'budget' END AS mode,
                     org.zone, overdraft_limit AS overdraft_micro
                 FROM org
                 JOIN account ON account.org = org.id AND account.kind = 'credit'
                 LEFT JOIN budget ON budget.org = org.id
                 ORDER BY org.name LIMIT $1",
            )
            .fetch_all(ORGS_MAX, &mut self.reader().await?)
            .await
        })
        .await
    }

    /// Sets where the days of an organisation begin. The periods of its lines are counted there, so
    /// another zone is refused once one of them was active (I15).
    pub async fn set_zone(&self, org: OrgId, zone: &Zone) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            orgs::currency(&mut tx, org).await?;
            let set = Query::new(
                "UPDATE org SET zone = $1 WHERE id = $2 AND (zone = $3 OR NOT EXISTS
                     (SELECT 1 FROM line_fee JOIN line ON line.id = line_fee.line
                      WHERE line.org = org.id))",
            )
            .bind(zone.name())
            .bind(org.0.to_string())
            .bind(zone.name())
            .execute(&mut tx)
            .await?;
            if set == 0 {
                let why = "a line is or was active: its months are counted in the zone that stands";
                return Err(StoreError::Conflict(why.to_owned()));
            }
            tx.commit().await
        })
        .await
    }

    /// Sets the overdraft of an organisation to what it begins with: ten minutes at the dearest price
    /// in force in its currency (M11). Says how much it is; nothing where no card is in force.
    pub async fn set_first_overdraft(&self, org: OrgId, now_ms: i64) -> Result<Micros, StoreError> {
        let rates = in_time(self.rates_in_force(org, now_ms)).await?;
        let dearest = rates.iter().map(|rate| rate.cost(GRACE_S)).max().unwrap_or(Micros::ZERO);
        self.set_overdraft(org, dearest).await?;
        Ok(dearest)
    }

    async fn rates_in_force(&self, org: OrgId, now_ms: i64) -> Result<Vec<Rate>, StoreError> {
        let mut reader = self.reader().await?;
        let currency = orgs::currency(&mut reader, org).await?;
        let rows: Vec<(i64, i64, i64, i64, i64)> = Query::new(
            "SELECT DISTINCT rate.per_minute, rate.first_s, rate.step_s, rate.setup, rate.minimum
             FROM rate_card AS card JOIN rate ON rate.version = card.id
             WHERE card.currency = $1 AND valid_from_ms =
                 (SELECT max(valid_from_ms) FROM rate_card AS version
                  WHERE version.card = card.card AND version.valid_from_ms <= $2)
             LIMIT $3",
        )
        .bind(currency.as_str())
        .bind(now_ms)
        .fetch_all(RATES_MAX, &mut reader)
        .await?;
        rows.into_iter().map(rate).collect()
    }
}
