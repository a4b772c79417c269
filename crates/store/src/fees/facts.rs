//! What the plan has to know of an organisation and of each of its lines.

use linka_metering::plan::{LineFacts, OrgFacts, Owed, Period, Zone};
use linka_model::{LineId, LineKind, LineState, Micros, OrgId};

use crate::StoreError;
use crate::orgs::{credit_account, uuid};
use crate::sql::{Access, Query};

/// Lines of one organisation, released ones too: with more its fees are not reviewed, as a part of
/// them would not say which are the oldest.
const LINES_MAX: u32 = 10_000;

/// The price is the one in force when the next period begins: the end of the last one, or the
/// activation. Where no card is in force then, the line is free for that period.
const LINES: &str = "
    SELECT fact.*,
        coalesce((SELECT monthly FROM rate_card AS card
            WHERE card.country = fact.country AND card.kind = fact.kind
                AND card.currency = fact.currency
                AND card.valid_from_ms <= coalesce(fact.covered_until_ms, fact.activated_ms)
            ORDER BY card.valid_from_ms DESC LIMIT 1), 0) AS monthly
    FROM (SELECT line.id, line.kind, line.country, line.state, org.currency, line_fee.activated_ms,
            line_fee.released_ms, line_fee.since_ms, line_fee.owed_start_ms, line_fee.owed_end_ms,
            line_fee.owed_amount, line_fee.mailed_day, line_fee.release_confirmed,
            (SELECT max(end_ms) FROM fee_period WHERE fee_period.line = line.id)
                AS covered_until_ms,
            (SELECT count(*) FROM call
             WHERE call.line = line.id AND end_reason IS NULL) AS running
        FROM line_fee
        JOIN line ON line.id = line_fee.line
        JOIN org ON org.id = line.org
        WHERE line.org = $1) AS fact
    ORDER BY activated_ms, id LIMIT $2";

const ORG: &str = "
    SELECT zone, credits - debits - pending - disputed, last_ms
    FROM org JOIN account ON account.id = $1 JOIN clock ON clock.id = 1
    WHERE org.id = $2";

#[derive(sqlx::FromRow)]
struct Line {
    id: String,
    kind: String,
    state: String,
    activated_ms: i64,
    released_ms: Option<i64>,
    since_ms: i64,
    owed_start_ms: Option<i64>,
    owed_end_ms: Option<i64>,
    owed_amount: Option<i64>,
    mailed_day: Option<i64>,
    release_confirmed: i64,
    covered_until_ms: Option<i64>,
    running: i64,
    monthly: i64,
}

/// The facts of an organisation. Whoever runs reviews by the calendar knows whether the clock is to
/// be trusted (O11).
pub(super) async fn of_org(on: &mut impl Access, org: OrgId) -> Result<OrgFacts, StoreError> {
    let row: Option<(String, i64, i64)> = Query::new(ORG)
        .bind(credit_account(org))
        .bind(org.0.to_string())
        .fetch_optional(on)
        .await?;
    let (zone, available, last_ms) =
        row.ok_or_else(|| StoreError::NotFound("the organisation".to_owned()))?;
    let zone = Zone::named(&zone).map_err(|_| StoreError::Unreadable("time zone"))?;
    Ok(OrgFacts { zone, available: Micros(available), last_ms, clock_alarm: false })
}

/// The facts of all its lines that were ever activated, the oldest first.
pub(super) async fn of_lines(
    on: &mut impl Access,
    org: OrgId,
) -> Result<Vec<LineFacts>, StoreError> {
    let lines: Vec<Line> =
        Query::new(LINES).bind(org.0.to_string()).fetch_all(LINES_MAX + 1, on).await?;
    if lines.len() > LINES_MAX as usize {
        let why = format!("an organisation with more than {LINES_MAX} lines is not billed");
        return Err(StoreError::Conflict(why));
    }
    lines.into_iter().map(LineFacts::try_from).collect()
}

impl TryFrom<Line> for LineFacts {
    type Error = StoreError;

    fn try_from(row: Line) -> Result<Self, StoreError> {
        let unreadable = StoreError::Unreadable;
        let owed = match (row.owed_start_ms, row.owed_end_ms, row.owed_amount) {
            (Some(start_ms), Some(end_ms), Some(fee)) => {
                Some(Owed { period: Period { start_ms, end_ms }, fee: Micros(fee) })
            }
            _ => None,
        };
        let day = row.mailed_day.map(u32::try_from).transpose();
        Ok(Self {
            line: LineId(uuid(&row.id)?),
            kind: LineKind::from_name(&row.kind).ok_or(unreadable("kind"))?,
            activated_ms: row.activated_ms,
            released_ms: row.released_ms,
            state: LineState::from_name(&row.state).ok_or(unreadable("state"))?,
            since_ms: row.since_ms,
            covered_until_ms: row.covered_until_ms,
            owed,
            mailed_day: day.map_err(|_| unreadable("day"))?,
            monthly: Micros(row.monthly),
            // A number is not taken from under a call.
            release_confirmed: row.release_confirmed != 0 && row.running == 0,
        })
    }
}
