//! Fees as people list them.

use serde::Serialize;
use sqlx::FromRow;

use crate::database::in_time;
use crate::sql::Query;
use crate::{Store, StoreError};

/// So many lines are listed at most.
const LINES_MAX: u32 = 10_000;

/// How a line stands with its fee.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, FromRow)]
pub struct FeeListing {
    /// Whose it is.
    pub organisation: String,
    /// The line's name.
    pub line: String,
    /// Its number, where it has one.
    pub number: Option<String>,
    /// Who pays for a call.
    pub kind: String,
    /// Where it stands in its life.
    pub state: String,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// Where the days of the organisation begin.
    pub zone: String,
    /// The currency of the amounts.
    pub currency: String,
    /// The first instant of its last period that was billed or free.
    pub period_start_ms: Option<i64>,
    /// The first instant after it: the next fee is due then.
    pub period_end_ms: Option<i64>,
    /// What was paid for it; nothing where the line is included.
    pub paid_micro: Option<i64>,
    /// What came back of it.
    pub returned_micro: Option<i64>,
    /// What the line owes.
    pub owed_micro: Option<i64>,
    /// Whether a person has confirmed that its number may go (0 or 1).
    pub release_confirmed: i64,
}

const FEES: &str = "
    SELECT org.name AS organisation, line.name AS line, line.number, line.kind, line.state,
        line_fee.since_ms, org.zone, org.currency, period.start_ms AS period_start_ms,
        period.end_ms AS period_end_ms, period.amount AS paid_micro,
        period.returned AS returned_micro, line_fee.owed_amount AS owed_micro,
        line_fee.release_confirmed
    FROM line_fee
    JOIN line ON line.id = line_fee.line
    JOIN org ON org.id = line.org
    LEFT JOIN fee_period AS period ON period.line = line.id AND period.start_ms =
        (SELECT max(start_ms) FROM fee_period WHERE fee_period.line = line.id)
    ORDER BY org.name, line_fee.activated_ms, line.id LIMIT $1";

impl Store {
    /// All lines that were ever active, with their last period and what they owe, by organisation
    /// and age.
    pub async fn fees(&self) -> Result<Vec<FeeListing>, StoreError> {
        in_time(async { Query::new(FEES).fetch_all(LINES_MAX, &mut self.reader().await?).await })
            .await
    }
}
