//! How a number comes to a line and goes again. Number and line change in one transaction, and
//! writers take turns: of two who want the same number or the same order, the second is refused.

use linka_metering::calendar;
use linka_model::{Did, LineId, LineState};

use crate::database::in_time;
use crate::lines::{Find, find, no_line};
use crate::numbers::{self, NewNumber};
use crate::orders::{tell, waiting};
use crate::orgs::credit_account;
use crate::sql::{Query, Tx};
use crate::{FeeRound, LineRow, Notice, Store, StoreError, clock, fees};

/// The least that a released number rests, in days: people still dial it (decision 18).
pub const QUARANTINE_DAYS_MIN: u32 = 90;
/// The longest, in days.
pub const QUARANTINE_DAYS_MAX: u32 = 3_650;
/// So many days at least a line waits for its release before its number may go (M16).
pub(crate) const RELEASE_PENDING_DAYS: i64 = 14;
const DAY_MS: i64 = 86_400_000;

/// A number that is to be taken from its line.
#[derive(Clone, Debug)]
pub struct Release {
    /// The number, as a person confirmed it.
    pub did: Did,
    /// The organisation asked for it. Without its wish only a line whose fees were not paid, and
    /// that waits for this, loses its number.
    pub wished: bool,
    /// How long it rests, at least [`QUARANTINE_DAYS_MIN`].
    pub quarantine_days: u32,
}

impl Store {
    /// Gives an ordered line this number. One that was not in the pool comes into it. The line then
    /// waits for credit, or is ready at once where the organisation has some; past due, where that
    /// does not cover its first fee.
    pub async fn register_number(
        &self,
        line: LineId,
        did: &Did,
        now_ms: i64,
    ) -> Result<LineState, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let row = waiting(&mut tx, line).await?;
            let new = NewNumber { did: did.clone(), country: row.country.clone(), kind: row.kind };
            match numbers::known(&mut tx, &new).await?.as_deref() {
                None => numbers::insert(&mut tx, &new).await?,
                Some("free") => {}
                Some("assigned") => {
                    return Err(StoreError::Exists(format!("a line with the number {did}")));
                }
                Some(state) => return Err(StoreError::Conflict(format!("{did} is {state}"))),
            }
            let state = assign(&mut tx, &row, did, now_ms).await?;
            tx.commit().await?;
            Ok(state)
        })
        .await
    }

    /// Gives an ordered line the first free number of its country and kind.
    pub async fn assign_from_pool(
        &self,
        line: LineId,
        now_ms: i64,
    ) -> Result<(Did, LineState), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let row = waiting(&mut tx, line).await?;
            let did = first_free(&mut tx, &row).await?;
            let state = assign(&mut tx, &row, &did, now_ms).await?;
            tx.commit().await?;
            Ok((did, state))
        })
        .await
    }

    /// Takes its number from a line, for good. The number rests and is then free again. Gives back
    /// until when it rests, in milliseconds since 1970.
    pub async fn release_number(&self, release: &Release, now_ms: i64) -> Result<i64, StoreError> {
        let days = release.quarantine_days;
        if !(QUARANTINE_DAYS_MIN..=QUARANTINE_DAYS_MAX).contains(&days) {
            let why = format!(
                "a number rests for {QUARANTINE_DAYS_MIN} to {QUARANTINE_DAYS_MAX} days, not {days}"
            );
            return Err(StoreError::Conflict(why));
        }
        in_time(async {
            let mut tx = self.begin().await?;
            let row = find(&mut tx, Find::Did(&release.did)).await?.ok_or_else(no_line)?;
            refuse_unasked(&row, release)?;
            refuse_early(&mut tx, &row, release, now_ms).await?;
            refuse_in_call(&mut tx, &row).await?;
            let released_ms = clock::stamp(&mut tx, now_ms).await?;
            let until_ms = part(&mut tx, &row, days, released_ms).await?;
            // What came back may pay what another line owes.
            fees::settle(&mut tx, row.org, now_ms, &mut FeeRound::default()).await?;
            tx.commit().await?;
            Ok(until_ms)
        })
        .await
    }
}

async fn first_free(tx: &mut Tx<'_>, row: &LineRow) -> Result<Did, StoreError> {
    let free: Option<(String,)> = Query::new(
        "SELECT number FROM did WHERE state = 'free' AND country = $1 AND kind = $2
         ORDER BY number LIMIT 1",
    )
    .bind(row.country.as_str())
    .bind(row.kind.as_str())
    .fetch_optional(tx)
    .await?;
    let (number,) = free.ok_or_else(|| {
        let kind = row.kind.as_str();
        StoreError::NotFound(format!("a free {kind} number of {}", row.country))
    })?;
    number.parse().map_err(|_| StoreError::Unreadable("number"))
}

/// Whether an organisation has credit. What running calls hold is credit still: most of it comes
/// back, and nothing else would open the line then.
async fn is_credited(tx: &mut Tx<'_>, row: &LineRow) -> Result<bool, StoreError> {
    let (left,): (i64,) =
        Query::new("SELECT credits - debits - disputed FROM account WHERE id = $1")
            .bind(credit_account(row.org))
            .fetch_one(tx)
            .await?;
    Ok(left > 0)
}

/// A free number and a line that waits for one find each other.
async fn assign(
    tx: &mut Tx<'_>,
    row: &LineRow,
    did: &Did,
    now_ms: i64,
) -> Result<LineState, StoreError> {
    let credited = is_credited(tx, row).await?;
    let state = if credited { LineState::Ready } else { LineState::TopUpCredit };
    Query::new("UPDATE did SET state = 'assigned', line = $1 WHERE number = $2")
        .bind(row.id.0.to_string())
        .bind(did.as_str())
        .execute(tx)
        .await?;
    Query::new("UPDATE line SET number = $1, state = $2 WHERE id = $3")
        .bind(did.as_str())
        .bind(state.as_str())
        .bind(row.id.0.to_string())
        .execute(tx)
        .await?;
    tell(tx, row.org, row.id, &Notice::NumberRegistered { line: row.id }, now_ms).await?;
    if !credited {
        return Ok(state);
    }
    fees::settle(tx, row.org, now_ms, &mut FeeRound::default()).await?;
    let row = find(tx, Find::Id(row.id)).await?.ok_or_else(no_line)?;
    Ok(row.state)
}

fn refuse_unasked(row: &LineRow, release: &Release) -> Result<(), StoreError> {
    if release.wished || row.state == LineState::ReleasePending {
        return Ok(());
    }
    let state = row.state.as_str();
    let why = format!(
        "the line `{}` is in the state {state}: without the organisation's wish only a line in release_pending loses its number",
        row.name
    );
    Err(StoreError::Conflict(why))
}

/// Without a wish a line has its days to be paid for (M16).
async fn refuse_early(
    tx: &mut Tx<'_>,
    row: &LineRow,
    release: &Release,
    now_ms: i64,
) -> Result<(), StoreError> {
    let since: Option<(i64,)> = Query::new("SELECT since_ms FROM line_fee WHERE line = $1")
        .bind(row.id.0.to_string())
        .fetch_optional(tx)
        .await?;
    let from_ms = since.map_or(0, |(ms,)| ms.saturating_add(RELEASE_PENDING_DAYS * DAY_MS));
    if release.wished || now_ms >= from_ms {
        return Ok(());
    }
    let day = calendar::day(from_ms);
    let why = format!("the line `{}` can be paid for until {day}: its number stays", row.name);
    Err(StoreError::Conflict(why))
}

async fn refuse_in_call(tx: &mut Tx<'_>, row: &LineRow) -> Result<(), StoreError> {
    let (calls,): (i64,) =
        Query::new("SELECT COUNT(*) FROM call WHERE line = $1 AND end_reason IS NULL")
            .bind(row.id.0.to_string())
            .fetch_one(tx)
            .await?;
    if calls == 0 {
        return Ok(());
    }
    let why = format!(
        "calls are running on the line `{}` ({calls}): switch it off and wait until they end",
        row.name
    );
    Err(StoreError::Conflict(why))
}

/// Number and line part: the number rests, the line has ended. Says until when it rests.
pub(crate) async fn part(
    tx: &mut Tx<'_>,
    row: &LineRow,
    days: u32,
    released_ms: i64,
) -> Result<i64, StoreError> {
    let did = row.did.as_ref().ok_or_else(|| StoreError::NotFound("the number".to_owned()))?;
    let until_ms = released_ms.saturating_add(i64::from(days) * DAY_MS);
    Query::new("UPDATE line SET number = NULL, is_on = 0, state = $1 WHERE id = $2")
        .bind(LineState::Released.as_str())
        .bind(row.id.0.to_string())
        .execute(tx)
        .await?;
    Query::new(
        "UPDATE did SET state = 'quarantined', line = NULL, released_ms = $1,
             quarantine_until_ms = $2
         WHERE number = $3",
    )
    .bind(released_ms)
    .bind(until_ms)
    .bind(did.as_str())
    .execute(tx)
    .await?;
    let released = Notice::Released { line: row.id, number: did.clone() };
    tell(tx, row.org, row.id, &released, released_ms).await?;
    fees::cancelled(tx, (row.org, row.id), released_ms).await?;
    Ok(until_ms)
}
