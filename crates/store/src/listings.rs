//! What the command line shows of the books: plain rows, ready to be written as JSON.

use linka_metering::calendar;
use serde::Serialize;
use serde_json::Value;

use crate::database::in_time;
use crate::sql::Query;
use crate::{LineRow, Store, StoreError};

/// A line, as it is listed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct LineListing {
    /// Its name.
    pub name: String,
    /// Its number, in E.164 form.
    pub number: Option<String>,
    /// Where it stands in its life.
    pub state: &'static str,
    /// The toggle.
    pub on: bool,
    /// Whose it is.
    pub organisation: String,
    /// What the organisation can still spend, in micro-units.
    pub balance_micro: i64,
    /// In which currency.
    pub currency: String,
    /// Its settings.
    pub setup: Value,
}

/// A settled call, as it is listed (C5, M18).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, sqlx::FromRow)]
pub struct CallListing {
    /// Its name in the books: a random UUID, which nothing outside them bears.
    pub id: String,
    /// The name of the line that was called.
    pub line: String,
    /// The class of origin that it was priced by.
    pub origin: String,
    /// Billable seconds.
    pub billable_s: i64,
    /// What it cost, in micro-units.
    pub amount_micro: i64,
    /// In which currency.
    pub currency: String,
    /// The rate card that it was priced by.
    pub rate_card: String,
    /// Why it ended.
    pub end_reason: String,
    /// When it began, to the hour: `2026-01-31T09:00Z`.
    #[sqlx(skip)]
    pub hour: String,
    /// The same as a number; shown as `hour`.
    #[serde(skip)]
    hour_ms: i64,
}

impl From<LineRow> for LineListing {
    fn from(row: LineRow) -> Self {
        Self {
            name: row.name,
            number: row.did.map(String::from),
            state: row.state.as_str(),
            on: row.on,
            organisation: row.org_name,
            balance_micro: row.available.0,
            currency: row.currency.to_string(),
            setup: row.setup,
        }
    }
}

impl Store {
    /// All lines, by organisation and name.
    pub async fn line_listing(&self) -> Result<Vec<LineListing>, StoreError> {
        Ok(self.lines().await?.into_iter().map(LineListing::from).collect())
    }

    /// The latest settled calls, newest hour first, at most `limit`. Within an hour their order
    /// says nothing.
    pub async fn call_listing(&self, limit: u32) -> Result<Vec<CallListing>, StoreError> {
        in_time(async {
            let rows: Vec<CallListing> = Query::new(
                "SELECT call.id, line.name AS line, call.origin, billable_s, amount AS amount_micro,
                     rate_card.currency, rate_card.card AS rate_card, end_reason, hour_ms
                 FROM call
                 JOIN line ON line.id = call.line
                 JOIN rate_card ON rate_card.id = call.rate_version
                 WHERE end_reason IS NOT NULL
                 ORDER BY hour_ms DESC, call.id LIMIT $1",
            )
            .fetch_all(limit, &mut self.reader().await?)
            .await?;
            let with_hour = |row: CallListing| {
                let hour = calendar::hour(row.hour_ms);
                CallListing { hour, ..row }
            };
            Ok(rows.into_iter().map(with_hour).collect())
        })
        .await
    }
}
