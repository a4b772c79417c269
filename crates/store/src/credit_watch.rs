//! Warnings of low credit (M10): once a crossing, armed again by a top-up.
//!
//! The watch looks at balances and not at bookings. So a crossing is found whatever caused it, none
//! is lost with a process, and the way of a call is not one statement longer. It looks once an hour,
//! since a mail that comes a minute after a call says when the call was (O9); an hour's talk at the
//! dearest price is what the first threshold leaves until then.

use linka_metering::{Rate, Shortage, Thresholds, calendar};
use linka_model::{Micros, OrgId};
use uuid::Uuid;

use crate::cards::rate;
use crate::database::in_time;
use crate::orgs::{credit_account, uuid};
use crate::sql::{Access, Query, Tx};
use crate::{LowCredit, Notice, Store, StoreError, outbox};

/// Organisations that are read at a time.
const PAGE: u32 = 500;
/// Pages that are read at most: as many as all organisations fill.
const PAGES_MAX: u32 = 20;
/// Different prices of an organisation that are looked at.
const RATES_MAX: u32 = 1000;

/// What is known of an organisation's credit.
#[derive(sqlx::FromRow)]
struct Seen {
    available: i64,
    /// The last top-up.
    top_up: String,
    topped_up: i64,
    /// The top-up since which `warned` counts; empty where nothing was seen yet.
    armed_by: String,
    warned: i64,
    refused: i64,
    refused_hour_ms: i64,
}

/// What is to be told, and remembered.
struct Verdict {
    warned: i64,
    shortage: Option<Notice>,
    refusals: Option<Notice>,
}

impl Store {
    /// Adds to the count of calls that were turned away for want of credit.
    pub async fn count_refused(&self, refused: &[(OrgId, u32)]) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            for (org, calls) in refused {
                Query::new(
                    "INSERT INTO credit_watch (org, refused) VALUES ($1, $2)
                     ON CONFLICT (org) DO UPDATE SET refused = credit_watch.refused + $2",
                )
                .bind(org.0.to_string())
                .bind(i64::from(*calls))
                .execute(&mut tx)
                .await?;
            }
            tx.commit().await
        })
        .await
    }

    /// Looks at the credit of all organisations and puts the warnings that are due into the outbox.
    /// Gives back of how many organisations there was something to tell.
    pub async fn watch_credit(&self, now_ms: i64) -> Result<u32, StoreError> {
        let (mut told, mut last) = (0, String::new());
        for _ in 0..PAGES_MAX {
            let page = in_time(async { page(&mut self.reader().await?, &last).await }).await?;
            let Some(end) = page.last() else { break };
            last.clone_from(end);
            for org in page {
                let org = OrgId(uuid(&org)?);
                told += u32::from(in_time(self.watch_one(org, now_ms)).await?);
            }
        }
        Ok(told)
    }

    /// Reads without a lock first: mostly there is nothing to tell.
    async fn watch_one(&self, org: OrgId, now_ms: i64) -> Result<bool, StoreError> {
        if look(&mut self.reader().await?, org, now_ms).await?.is_none() {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let Some((seen, verdict)) = look(&mut tx, org, now_ms).await? else { return Ok(false) };
        tell(&mut tx, org, (&seen, &verdict), now_ms).await?;
        remember(&mut tx, org, (&seen, &verdict), now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn page(on: &mut impl Access, after: &str) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = Query::new("SELECT id FROM org WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .fetch_all(PAGE, on)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What is to be told of an organisation, if anything.
async fn look(
    on: &mut impl Access,
    org: OrgId,
    now_ms: i64,
) -> Result<Option<(Seen, Verdict)>, StoreError> {
    let Some(seen) = seen(on, org).await? else { return Ok(None) };
    let rates = active_rates(on, org, now_ms).await?;
    let verdict = judge(&seen, Thresholds::new(Micros(seen.topped_up), rates), now_ms);
    let something = verdict.shortage.is_some() || verdict.refusals.is_some();
    Ok(something.then_some((seen, verdict)))
}

/// Decides what is told.
fn judge(seen: &Seen, thresholds: Option<Thresholds>, now_ms: i64) -> Verdict {
    let available = Micros(seen.available);
    let before = if seen.armed_by == seen.top_up { seen.warned } else { 0 };
    let (level, notice) = match thresholds.and_then(|thresholds| thresholds.below(available)) {
        None => (0, None),
        Some(Shortage::Low) => (1, Some(Notice::LowCredit { level: LowCredit::Low, available })),
        Some(Shortage::OneCall) => {
            (2, Some(Notice::LowCredit { level: LowCredit::OneCall, available }))
        }
        Some(Shortage::Exhausted) => (3, Some(Notice::CreditExhausted { available })),
    };
    let calls = u32::try_from(seen.refused).unwrap_or(u32::MAX);
    let is_due = calls > 0 && calendar::hour_start(now_ms) != seen.refused_hour_ms;
    Verdict {
        warned: level.max(before),
        shortage: notice.filter(|_| level > before),
        refusals: is_due.then_some(Notice::CallsRefused { calls, available }),
    }
}

async fn seen(on: &mut impl Access, org: OrgId) -> Result<Option<Seen>, StoreError> {
    Query::new(
        "SELECT account.credits - debits - pending - disputed AS available,
             entry.id AS top_up, entry.amount AS topped_up,
             coalesce(credit_watch.top_up, '') AS armed_by, coalesce(warned, 0) AS warned,
             coalesce(refused, 0) AS refused, coalesce(refused_hour_ms, 0) AS refused_hour_ms
         FROM account
         JOIN last_top_up ON last_top_up.account = account.id
         JOIN entry ON entry.id = last_top_up.entry
         LEFT JOIN credit_watch ON credit_watch.org = account.org
         WHERE account.id = $1",
    )
    .bind(credit_account(org))
    .fetch_optional(on)
    .await
}

/// The prices in force of all lines that take calls.
async fn active_rates(
    on: &mut impl Access,
    org: OrgId,
    now_ms: i64,
) -> Result<Vec<Rate>, StoreError> {
    let rows: Vec<(i64, i64, i64, i64, i64)> = Query::new(
        "SELECT DISTINCT rate.per_minute, rate.first_s, rate.step_s, rate.setup, rate.minimum
         FROM line_row AS line
         JOIN rate_card AS card ON card.country = line.country AND card.kind = line.kind
             AND card.currency = line.currency AND valid_from_ms =
                 (SELECT max(valid_from_ms) FROM rate_card AS version
                  WHERE version.card = card.card AND version.valid_from_ms <= $2)
         JOIN rate ON rate.version = card.id
         WHERE line.org = $1 AND line.state IN ('ready', 'past_due')
         LIMIT $3",
    )
    .bind(org.0.to_string())
    .bind(now_ms)
    .fetch_all(RATES_MAX, on)
    .await?;
    rows.into_iter().map(rate).collect()
}

async fn tell(
    tx: &mut Tx<'_>,
    org: OrgId,
    (seen, verdict): (&Seen, &Verdict),
    now_ms: i64,
) -> Result<(), StoreError> {
    let shortage = format!("credit {} {}", seen.top_up, verdict.warned);
    let refusals = format!("refused {}", calendar::hour_start(now_ms));
    for (notice, name) in [(&verdict.shortage, shortage), (&verdict.refusals, refusals)] {
        if let Some(notice) = notice {
            let id = Uuid::new_v5(&org.0, name.as_bytes());
            outbox::queue(tx, Some(org), notice, id, now_ms).await?;
        }
    }
    Ok(())
}

async fn remember(
    tx: &mut Tx<'_>,
    org: OrgId,
    (seen, verdict): (&Seen, &Verdict),
    now_ms: i64,
) -> Result<(), StoreError> {
    let (refused, hour_ms) = match verdict.refusals {
        Some(_) => (0, calendar::hour_start(now_ms)),
        None => (seen.refused, seen.refused_hour_ms),
    };
    Query::new(
        "INSERT INTO credit_watch (org, top_up, warned, refused, refused_hour_ms)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (org) DO UPDATE SET top_up = excluded.top_up, warned = excluded.warned,
             refused = excluded.refused, refused_hour_ms = excluded.refused_hour_ms",
    )
    .bind(org.0.to_string())
    .bind(&seen.top_up)
    .bind(verdict.warned)
    .bind(refused)
    .bind(hour_ms)
    .execute(tx)
    .await?;
    Ok(())
}
