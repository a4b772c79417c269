//! The months of an organisation's credit, as the ledger has them (M18).
//!
//! A call belongs to the month in which it began, with all that was posted for it: so what a month
//! opens and closes with follows from the entries, however long a call went on after midnight.

use linka_metering::plan::Zone;
use linka_model::{Micros, OrgId, OriginClass};

use crate::orgs::{self, credit_account};
use crate::sql::{Query, Tx};
use crate::{Store, StoreError};

/// Rows of one kind in one month; an organisation with more has to be told by another programme.
pub const STATED_MAX: usize = 100_000;
/// So many rows are read at once. A page begins after an instant and an identity; the first one after
/// the first instant and no identity.
pub(crate) const PAGE: u32 = 1000;

/// A month of the civil calendar in a zone: its name and its two instants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatedMonth {
    /// `2026-10`.
    pub name: String,
    /// Its first instant, in milliseconds since 1970.
    pub first_ms: i64,
    /// The first instant of the next one.
    pub end_ms: i64,
    /// The name of the next one.
    pub next: String,
}

/// What happened to the credit of an organisation in a month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stated {
    /// Balance brought forward.
    pub opening: Micros,
    /// Calls that began in the month, by hour; within an hour their order says nothing.
    pub calls: Vec<StatedCall>,
    /// Sums of calls that are folded already (O9).
    pub folded: Vec<StatedSum>,
    /// Everything else, in its order.
    pub movements: Vec<StatedMovement>,
    /// Balance carried forward, recomputed from all entries before the month's end.
    pub closing: Micros,
    /// Calls among [`Self::calls`] that still run: they are stated with what was posted so far.
    pub running: u64,
}

/// A call (M18): nothing of the caller's, and no minute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatedCall {
    /// The hour in which it began, in milliseconds since 1970.
    pub hour_ms: i64,
    /// The line's name.
    pub line: String,
    /// The class of origin that it was priced by.
    pub origin: OriginClass,
    /// Billable seconds.
    pub billable_s: u64,
    /// The rate card that it was priced by.
    pub card: String,
    /// From when on that version is in force.
    pub valid_from_ms: i64,
    /// What was posted for it.
    pub amount: Micros,
}

/// What the calls to a line of a class of origin at a price came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatedSum {
    /// The line's name.
    pub line: String,
    /// The class of origin.
    pub origin: OriginClass,
    /// The rate card.
    pub card: String,
    /// From when on that version is in force.
    pub valid_from_ms: i64,
    /// How many calls.
    pub calls: u64,
    /// Their billable seconds.
    pub billable_s: u64,
    /// What was posted for them.
    pub amount: Micros,
}

/// An entry that is no call's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatedMovement {
    /// When it was written, in milliseconds since 1970.
    pub at_ms: i64,
    /// What it is, as the ledger calls it: `fee`, `grant`, `top_up_bank`, …
    pub code: String,
    /// Why, as it stands in the books.
    pub reason: String,
    /// What it did to the balance.
    pub change: Micros,
}

impl Store {
    /// Where the months of an organisation begin.
    pub async fn zone(&self, org: OrgId) -> Result<Zone, StoreError> {
        let mut tx = self.snapshot().await?;
        orgs::currency(&mut tx, org).await?;
        zone(&mut tx, org).await
    }

    /// What a month did to the credit of an organisation: one state of the books, read page by page.
    /// It has no deadline; run it off the path of calls.
    pub async fn stated(&self, org: OrgId, month: &StatedMonth) -> Result<Stated, StoreError> {
        let mut tx = self.snapshot().await?;
        orgs::currency(&mut tx, org).await?;
        let opening = balance(&mut tx, org, month.first_ms, &month.name).await?;
        let closing = balance(&mut tx, org, month.end_ms, &month.next).await?;
        let (calls, running) = calls(&mut tx, org, month).await?;
        let folded = folded(&mut tx, org, month).await?;
        let movements = movements(&mut tx, org, month).await?;
        Ok(Stated { opening, calls, folded, movements, closing, running })
    }
}

/// Where the months of an organisation begin.
pub(crate) async fn zone(tx: &mut Tx<'_>, org: OrgId) -> Result<Zone, StoreError> {
    let (name,): (String,) = Query::new("SELECT zone FROM org WHERE id = $1")
        .bind(org.0.to_string())
        .fetch_one(tx)
        .await?;
    Zone::named(&name).map_err(|_| StoreError::Unreadable("time zone"))
}

/// What entries before an instant make of the account: those of calls count with the hour in which
/// their call began, and those of folded calls with its month.
const BALANCE: &str = "
    SELECT CAST(
        (SELECT coalesce(sum(amount), 0) FROM entry
         WHERE credit = $1 AND kind = 'plain' AND at_ms < $2)
        - (SELECT coalesce(sum(amount), 0) FROM entry
           WHERE debit = $1 AND kind = 'plain' AND at_ms < $2)
        - (SELECT coalesce(sum(entry.amount), 0) FROM entry JOIN call ON call.id = entry.call
           WHERE entry.debit = $1 AND entry.kind = 'post' AND call.hour_ms < $2)
        - (SELECT coalesce(sum(amount), 0) FROM call_month WHERE debit = $1 AND month < $3)
        AS BIGINT)";

async fn balance(
    tx: &mut Tx<'_>,
    org: OrgId,
    before_ms: i64,
    month: &str,
) -> Result<Micros, StoreError> {
    let query = Query::new(BALANCE).bind(credit_account(org)).bind(before_ms).bind(month);
    let (balance,): (i64,) = query.fetch_one(tx).await?;
    Ok(Micros(balance))
}

/// A running call has been paid for up to the end of its last posted hold.
const CALLS: &str = "
    SELECT call.id, call.hour_ms, line.name AS line, call.origin, rate_card.card,
        rate_card.valid_from_ms, coalesce(call.billable_s,
            (SELECT max(hold.until_s) FROM entry AS hold
             JOIN entry AS post ON post.pending_id = hold.id AND post.kind = 'post'
             WHERE hold.call = call.id), 0) AS billable_s,
        (SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM entry
         WHERE entry.call = call.id AND kind = 'post') AS amount,
        CAST(CASE WHEN call.end_reason IS NULL THEN 1 ELSE 0 END AS BIGINT) AS running
    FROM call
    JOIN line ON line.id = call.line
    JOIN rate_card ON rate_card.id = call.rate_version
    WHERE line.org = $1 AND call.hour_ms < $2
        AND (call.hour_ms > $3 OR (call.hour_ms = $3 AND call.id > $4))
    ORDER BY call.hour_ms, call.id LIMIT $5";

#[derive(sqlx::FromRow)]
struct CallColumns {
    id: String,
    hour_ms: i64,
    line: String,
    origin: String,
    card: String,
    valid_from_ms: i64,
    billable_s: i64,
    amount: i64,
    running: i64,
}

async fn calls(
    tx: &mut Tx<'_>,
    org: OrgId,
    month: &StatedMonth,
) -> Result<(Vec<StatedCall>, u64), StoreError> {
    let (mut calls, mut running) = (Vec::new(), 0);
    let mut after = (month.first_ms, String::new());
    loop {
        let query = Query::new(CALLS).bind(org.0.to_string()).bind(month.end_ms);
        let page: Vec<CallColumns> = query.bind(after.0).bind(&after.1).fetch_all(PAGE, tx).await?;
        let Some(last) = page.last() else { return Ok((calls, running)) };
        after = (last.hour_ms, last.id.clone());
        running += page.iter().map(|row| count(row.running)).sum::<u64>();
        for row in page {
            calls.push(row.stated()?);
        }
        within_limit(calls.len(), "calls")?;
    }
}

impl CallColumns {
    fn stated(self) -> Result<StatedCall, StoreError> {
        Ok(StatedCall {
            hour_ms: self.hour_ms,
            line: self.line,
            origin: origin(&self.origin)?,
            billable_s: count(self.billable_s),
            card: self.card,
            valid_from_ms: self.valid_from_ms,
            amount: Micros(self.amount),
        })
    }
}

const FOLDED: &str = "
    SELECT line.name, call_month.origin, rate_card.card, rate_card.valid_from_ms, call_month.calls,
        call_month.billable_s, call_month.amount
    FROM call_month
    JOIN line ON line.id = call_month.line
    JOIN rate_card ON rate_card.id = call_month.rate_version
    WHERE line.org = $1 AND call_month.month = $2
    ORDER BY line.name, rate_card.valid_from_ms, call_month.origin, call_month.id LIMIT $3";

async fn folded(
    tx: &mut Tx<'_>,
    org: OrgId,
    month: &StatedMonth,
) -> Result<Vec<StatedSum>, StoreError> {
    type Columns = (String, String, String, i64, i64, i64, i64);
    let most = u32::try_from(STATED_MAX).unwrap_or(u32::MAX).saturating_add(1);
    let query = Query::new(FOLDED).bind(org.0.to_string()).bind(&month.name);
    let rows: Vec<Columns> = query.fetch_all(most, tx).await?;
    within_limit(rows.len(), "sums of calls")?;
    let sum = |(line, class, card, valid_from_ms, calls, billable_s, amount): Columns| {
        Ok(StatedSum {
            line,
            origin: origin(&class)?,
            card,
            valid_from_ms,
            calls: count(calls),
            billable_s: count(billable_s),
            amount: Micros(amount),
        })
    };
    rows.into_iter().map(sum).collect()
}

const MOVEMENTS: &str = "
    SELECT id, at_ms, code, coalesce(reason, ''),
        CASE WHEN credit = $1 THEN amount ELSE -amount END
    FROM entry
    WHERE kind = 'plain' AND (credit = $1 OR debit = $1) AND at_ms < $2
        AND (at_ms > $3 OR (at_ms = $3 AND id > $4))
    ORDER BY at_ms, id LIMIT $5";

async fn movements(
    tx: &mut Tx<'_>,
    org: OrgId,
    month: &StatedMonth,
) -> Result<Vec<StatedMovement>, StoreError> {
    let mut movements = Vec::new();
    let mut after = (month.first_ms, String::new());
    loop {
        let query = Query::new(MOVEMENTS).bind(credit_account(org)).bind(month.end_ms);
        let page: Vec<(String, i64, String, String, i64)> =
            query.bind(after.0).bind(&after.1).fetch_all(PAGE, tx).await?;
        let Some((id, at_ms, ..)) = page.last() else { return Ok(movements) };
        after = (*at_ms, id.clone());
        movements.extend(page.into_iter().map(|(_, at_ms, code, reason, change)| StatedMovement {
            at_ms,
            code,
            reason,
            change: Micros(change),
        }));
        within_limit(movements.len(), "movements")?;
    }
}

pub(crate) fn within_limit(rows: usize, what: &str) -> Result<(), StoreError> {
    if rows <= STATED_MAX {
        return Ok(());
    }
    Err(StoreError::Conflict(format!("the month has more than {STATED_MAX} {what}")))
}

fn origin(name: &str) -> Result<OriginClass, StoreError> {
    let class = OriginClass::ALL.into_iter().find(|class| class.as_str() == name);
    class.ok_or(StoreError::Unreadable("class of origin"))
}

/// A count, which the table keeps at zero or more.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
