//! Writing a journal into the database that is back (M12): under the same names, and under the term
//! of whoever wrote it.

use std::collections::BTreeSet;

use linka_metering::{Posting, PostingResult, Rate, recover};
use linka_model::{CallId, Micros};

use crate::cards::rate;
use crate::database::in_time;
use crate::journal::Record;
use crate::sql::{Query, Tx};
use crate::term::Term;
use crate::{Closing, Heartbeat, Store, StoreError, calls, clock, ledger};

/// So many records are written in one transaction at most; fewer where the database is slow.
const RECORDS_AT_ONCE: usize = 50;

/// So many of them are remembered.
const SHORT_MAX: usize = 10_000;

/// Calls that got less than the journal promised them: the credit and the overdraft of their
/// organisation were used up by others. What is beyond is the operator's loss (O2), and nothing more
/// is reserved for them.
pub(crate) type Short = BTreeSet<CallId>;

impl Store {
    /// Writes the records in their order. [`StoreError::TermOver`] says that another node has
    /// settled these calls: the rest counts no more (I20).
    pub(crate) async fn replay(
        &self,
        term: &Term,
        records: &[Record],
        short: &mut Short,
    ) -> Result<(), StoreError> {
        let (mut rest, mut at_once) = (records, RECORDS_AT_ONCE);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(at_once.min(rest.len()));
            match in_time(self.replay_some(term, now, short)).await {
                Ok(()) => rest = later,
                Err(StoreError::Unavailable) if at_once > 1 => at_once /= 2,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn replay_some(
        &self,
        term: &Term,
        records: &[Record],
        short: &mut Short,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if !term.prove(&mut tx).await? {
            return Err(StoreError::TermOver);
        }
        for record in records {
            let mut savepoint = tx.savepoint().await?;
            match write(&mut savepoint, record, short).await {
                Ok(()) => savepoint.commit().await?,
                // It stands otherwise: a former replay that broke off had settled it.
                Err(StoreError::Conflict(_)) => savepoint.rollback().await?,
                Err(error) => return Err(error),
            }
        }
        tx.commit().await
    }
}

async fn write(tx: &mut Tx<'_>, record: &Record, short: &mut Short) -> Result<(), StoreError> {
    match record {
        Record::Term { .. } => Ok(()),
        Record::Prove { heartbeats } => {
            let beat = |&(call, elapsed_ms): &(CallId, u64)| Heartbeat { call, elapsed_ms };
            calls::prove(tx, &heartbeats.iter().map(beat).collect::<Vec<_>>()).await
        }
        Record::Post { postings, hour_ms } => {
            let hour_ms = clock::hour(tx, *hour_ms).await?;
            for posting in postings {
                post(tx, posting, hour_ms, short).await?;
            }
            Ok(())
        }
        Record::Close { call, postings, billable_s, reason, hour_ms } => {
            let hour_ms = clock::hour(tx, *hour_ms).await?;
            let postings = postings.clone();
            let closing =
                Closing { call: *call, postings, billable_s: *billable_s, reason: *reason };
            close(tx, &closing, hour_ms, short).await.map(drop)
        }
    }
}

async fn post(
    tx: &mut Tx<'_>,
    posting: &Posting,
    hour_ms: i64,
    short: &mut Short,
) -> Result<(), StoreError> {
    let &Posting::Hold { call, .. } = posting else {
        // What resolves a hold that was never granted is refused, and changes nothing.
        return ledger::apply(tx, posting, hour_ms).await.map(drop);
    };
    if !short.contains(&call)
        && ledger::reserve_afterwards(tx, posting, hour_ms).await? != PostingResult::Done
    {
        short.insert(call);
        if short.len() > SHORT_MAX {
            short.pop_first();
        }
    }
    Ok(())
}

/// Settles a call; one that came up short up to the last boundary that stands.
pub(crate) async fn close(
    tx: &mut Tx<'_>,
    closing: &Closing,
    hour_ms: i64,
    short: &Short,
) -> Result<Micros, StoreError> {
    if !short.contains(&closing.call) {
        return calls::close(tx, closing, hour_ms).await;
    }
    let cut = match standing(tx, closing.call).await? {
        Some(standing) => cut(tx, closing, standing).await?,
        // Never admitted: there is nothing to settle.
        None => closing.clone(),
    };
    calls::close(tx, &cut, hour_ms).await
}

/// The price of a call, and the last boundary that is reserved for it.
async fn standing(tx: &mut Tx<'_>, call: CallId) -> Result<Option<(Rate, u32)>, StoreError> {
    type Columns = (i64, i64, i64, i64, i64, i64);
    let row: Option<Columns> = Query::new(
        "SELECT per_minute, first_s, step_s, setup, minimum,
             (SELECT coalesce(max(until_s), 0) FROM entry
              WHERE entry.call = call.id AND kind = 'pending')
         FROM call
         JOIN rate ON rate.version = call.rate_version AND rate.origin = call.origin
         WHERE call.id = $1",
    )
    .bind(call.0.to_string())
    .fetch_optional(tx)
    .await?;
    let standing = |(per_minute, first, step, setup, minimum, until): Columns| {
        let until_s = u32::try_from(until).map_err(|_| StoreError::Unreadable("boundary"))?;
        Ok((rate((per_minute, first, step, setup, minimum))?, until_s))
    };
    row.map(standing).transpose()
}

async fn cut(
    tx: &mut Tx<'_>,
    closing: &Closing,
    (rate, until_s): (Rate, u32),
) -> Result<Closing, StoreError> {
    let open = calls::open_holds(tx, closing.call).await?;
    let before = calls::posted(tx, closing.call).await?;
    let billable_s = closing.billable_s.min(until_s);
    let proven_ms = (closing.billable_s > 0).then(|| u64::from(billable_s) * 1000);
    let postings = recover(rate, proven_ms, before, &open);
    Ok(Closing { call: closing.call, postings, billable_s, reason: closing.reason })
}
