//! Calls in the books: admitted with their first hold, proven by heartbeats, settled once.

use linka_metering::{EntryId, OpenHold, Posting, PostingResult};
use linka_model::{CallId, EndReason, LineId, LineState, Micros};
use serde_json::{Value, json};

use crate::orgs::uuid;
use crate::sql::{Query, Text, Tx};
use crate::term::Term;
use crate::{Pinned, StoreError, ledger};

/// A call that asks to be answered.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// Its identity.
    pub id: CallId,
    /// The line that was called.
    pub line: LineId,
    /// The price that it will have to its end.
    pub price: Pinned,
}

/// Whether a call may be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// Its first hold stands.
    Admitted,
    /// The credit does not cover the first hold. Nothing was written.
    NoCredit,
    /// The line is off, or in a state that takes no calls. Nothing was written.
    Closed,
    /// All channels of the line are in use. Nothing was written.
    LineFull,
    /// No answer: the call may stand or not. Close it, whichever it is.
    Unavailable,
    /// The node's term is over, or another call stands under the same name.
    Refused,
}

/// A proof that a call has lasted so long (M13). Only chargeable calls have any (M3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heartbeat {
    /// The call.
    pub call: CallId,
    /// How long it has lasted, in milliseconds.
    pub elapsed_ms: u64,
}

/// The end of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closing {
    /// The call.
    pub call: CallId,
    /// What closes it in the ledger.
    pub postings: Vec<Posting>,
    /// Billable seconds.
    pub billable_s: u32,
    /// Why it ended.
    pub reason: EndReason,
}

/// A call of two hours that extends by the least has 120 holds.
const HOLDS_MAX: u32 = 10_000;

/// Where a call stands: the columns line, rate_version, origin and end_reason.
type Known = (String, String, String, Option<String>);

/// Writes the call and its first hold, or nothing.
pub(crate) async fn admit(
    tx: &mut Tx<'_>,
    call: &NewCall,
    hold: &Posting,
    (term, hour_ms): (&Term, i64),
) -> Result<Admission, StoreError> {
    if let Some(known) = find(tx, call.id).await? {
        return repeated(tx, call, hold, &known, hour_ms).await;
    }
    if let Some(refusal) = line_refuses(tx, call.line).await? {
        return Ok(refusal);
    }
    Query::new(
        "INSERT INTO call (id, line, origin, rate_version, node, epoch, hour_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(call.id.0.to_string())
    .bind(call.line.0.to_string())
    .bind(call.price.origin.as_str())
    .bind(call.price.version.0.to_string())
    .bind(term.node.to_string())
    .bind(term.epoch)
    .bind(hour_ms)
    .execute(tx)
    .await?;
    Ok(admission(ledger::apply(tx, hold, hour_ms).await?))
}

/// The same call asked for again: the same answer (I5).
async fn repeated(
    tx: &mut Tx<'_>,
    call: &NewCall,
    hold: &Posting,
    (line, version, origin, end): &Known,
    hour_ms: i64,
) -> Result<Admission, StoreError> {
    let same = *line == call.line.0.to_string()
        && *version == call.price.version.0.to_string()
        && *origin == call.price.origin.as_str();
    if same && end.is_none() {
        Ok(admission(ledger::apply(tx, hold, hour_ms).await?))
    } else {
        Ok(Admission::Refused)
    }
}

const fn admission(result: PostingResult) -> Admission {
    match result {
        PostingResult::Done => Admission::Admitted,
        PostingResult::NoCredit => Admission::NoCredit,
        PostingResult::Unavailable => Admission::Unavailable,
        PostingResult::Refused => Admission::Refused,
    }
}

async fn find(tx: &mut Tx<'_>, call: CallId) -> Result<Option<Known>, StoreError> {
    Query::new("SELECT line, rate_version, origin, end_reason FROM call WHERE id = $1")
        .bind(call.0.to_string())
        .fetch_optional(tx)
        .await
}

/// What keeps a line from taking one more call, if anything.
async fn line_refuses(tx: &mut Tx<'_>, line: LineId) -> Result<Option<Admission>, StoreError> {
    let row: Option<(String, i64, i64, i64)> = Query::new(
        "SELECT state, is_on, channels,
             (SELECT count(*) FROM call WHERE call.line = line.id AND end_reason IS NULL)
         FROM line WHERE id = $1",
    )
    .bind(line.0.to_string())
    .fetch_optional(tx)
    .await?;
    let Some((state, is_on, channels, running)) = row else { return Ok(Some(Admission::Refused)) };
    let open = is_on != 0 && LineState::from_name(&state).is_some_and(LineState::admits_calls);
    Ok(match (open, running < channels) {
        (false, _) => Some(Admission::Closed),
        (true, false) => Some(Admission::LineFull),
        (true, true) => None,
    })
}

/// Calls and milliseconds stand in `$1` as JSON: `[["5c…", 61000], …]`. Proof never shrinks.
const PROVE: Text = Text::Either {
    sqlite: "UPDATE call SET elapsed_ms = beat.ms
         FROM (SELECT value ->> 0 AS id, max(value ->> 1) AS ms FROM json_each($1) GROUP BY 1) AS beat
         WHERE call.id = beat.id AND end_reason IS NULL
             AND (elapsed_ms IS NULL OR elapsed_ms < beat.ms)",
    postgres: "UPDATE call SET elapsed_ms = beat.ms
         FROM (SELECT value ->> 0 AS id, max(CAST(value ->> 1 AS BIGINT)) AS ms
             FROM json_array_elements(CAST($1 AS JSON)) GROUP BY 1) AS beat
         WHERE call.id = beat.id AND end_reason IS NULL
             AND (elapsed_ms IS NULL OR elapsed_ms < beat.ms)",
};

/// Writes down how long running calls have lasted: one statement, so that a thousand calls on a
/// distant server are proven in time.
pub(crate) async fn prove(tx: &mut Tx<'_>, heartbeats: &[Heartbeat]) -> Result<(), StoreError> {
    let row = |beat: &Heartbeat| {
        let elapsed_ms = i64::try_from(beat.elapsed_ms).unwrap_or(i64::MAX);
        json!([beat.call.0.to_string(), elapsed_ms])
    };
    let rows: Value = heartbeats.iter().map(row).collect();
    Query::new(PROVE).bind(rows.to_string()).execute(tx).await?;
    Ok(())
}

/// Settles a call: its postings, whatever is still held voided, its row completed. Gives back what
/// the call cost by the ledger. Settling it again with the same outcome changes nothing.
pub(crate) async fn close(
    tx: &mut Tx<'_>,
    closing: &Closing,
    hour_ms: i64,
) -> Result<Micros, StoreError> {
    for posting in &closing.postings {
        if ledger::apply(tx, posting, hour_ms).await? != PostingResult::Done {
            return Err(StoreError::Conflict("a closing posting was refused".to_owned()));
        }
    }
    for OpenHold { hold, .. } in open_holds(tx, closing.call).await? {
        let void = Posting::Void { id: EntryId::void(hold), pending: hold };
        ledger::apply(tx, &void, hour_ms).await?;
    }
    let amount = posted(tx, closing.call).await?;
    if settled_before(tx, closing, amount).await? {
        return Ok(amount);
    }
    Query::new(
        "UPDATE call SET billable_s = $1, amount = $2, end_reason = $3, elapsed_ms = NULL
         WHERE id = $4 AND end_reason IS NULL",
    )
    .bind(i64::from(closing.billable_s))
    .bind(amount.0)
    .bind(closing.reason.as_str())
    .bind(closing.call.0.to_string())
    .execute(tx)
    .await?;
    Ok(amount)
}

async fn settled_before(
    tx: &mut Tx<'_>,
    closing: &Closing,
    amount: Micros,
) -> Result<bool, StoreError> {
    let row: Option<(Option<i64>, Option<i64>, Option<String>)> =
        Query::new("SELECT billable_s, amount, end_reason FROM call WHERE id = $1")
            .bind(closing.call.0.to_string())
            .fetch_optional(tx)
            .await?;
    match row {
        // Never admitted: there is nothing to settle.
        None => Ok(true),
        Some((None, None, None)) => Ok(false),
        Some((Some(seconds), Some(known), Some(reason)))
            if (seconds, known) == (i64::from(closing.billable_s), amount.0)
                && reason == closing.reason.as_str() =>
        {
            Ok(true)
        }
        Some(_) => Err(StoreError::Conflict("the call was settled otherwise".to_owned())),
    }
}

/// The kinds are named so that the index of resolutions, which knows these two alone, serves.
pub(crate) const OPEN_HOLDS: &str = "SELECT id, amount FROM entry AS hold
     WHERE call = $1 AND kind = 'pending'
         AND NOT EXISTS (SELECT 1 FROM entry AS done
             WHERE done.pending_id = hold.id AND done.kind IN ('post', 'void'))
     ORDER BY until_s LIMIT $2";

/// The holds of a call that nothing has resolved, in the order of their boundaries.
pub(crate) async fn open_holds(tx: &mut Tx<'_>, call: CallId) -> Result<Vec<OpenHold>, StoreError> {
    let rows: Vec<(String, i64)> =
        Query::new(OPEN_HOLDS).bind(call.0.to_string()).fetch_all(HOLDS_MAX, tx).await?;
    let hold = |(id, amount): (String, i64)| {
        Ok(OpenHold { hold: EntryId(uuid(&id)?), amount: Micros(amount) })
    };
    rows.into_iter().map(hold).collect()
}

/// The sum of the posts of a call.
pub(crate) async fn posted(tx: &mut Tx<'_>, call: CallId) -> Result<Micros, StoreError> {
    let (sum,): (i64,) = Query::new(
        "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM entry
         WHERE call = $1 AND kind = 'post'",
    )
    .bind(call.0.to_string())
    .fetch_one(tx)
    .await?;
    Ok(Micros(sum))
}
