//! After a crash: calls of a term that is over are settled at their last proof (M13, I8).

use linka_metering::{Rate, recover};
use linka_model::{CallId, EndReason};

use crate::calls::{close, open_holds, posted};
use crate::cards::rate;
use crate::complaint::Complaint;
use crate::database::in_time;
use crate::orgs::uuid;
use crate::sql::{Query, Tx};
use crate::{Closing, Store, StoreError, clock};

/// What was found of terms that are over, and settled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Recovered {
    /// Calls that a former term left open.
    pub calls: u32,
    /// Those among them that had no proof and so cost nothing.
    pub free: u32,
}

/// A call that its term left open.
struct Orphan {
    call: CallId,
    /// `None` where the books have lost it: then nothing can be charged.
    rate: Option<Rate>,
    /// The last proof: the last heartbeat, or the end of the last lease that was posted in full,
    /// whichever is later.
    proven_ms: Option<u64>,
}

/// What became of one call.
enum Settled {
    /// Whether it cost nothing.
    Done { free: bool },
    /// The books hold it in a form that cannot be settled; which, and why.
    Damaged(String, StoreError),
}

/// So many calls that cannot be settled are passed over; they are left to a person.
const DAMAGED_MAX: usize = 100;

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    per_minute: Option<i64>,
    first_s: Option<i64>,
    step_s: Option<i64>,
    setup: Option<i64>,
    minimum: Option<i64>,
    elapsed_ms: Option<i64>,
    posted_s: Option<i64>,
}

impl Store {
    /// Settles open calls whose term is over, whosever they are, at most so many. Each is a
    /// transaction of its own: two nodes that do this at once share the work. One that is damaged
    /// keeps neither the others from being settled nor a node from starting.
    pub(crate) async fn settle_orphans(
        &self,
        calls_max: u32,
        now_ms: i64,
        complaint: &mut Complaint,
    ) -> Result<Recovered, StoreError> {
        let (mut recovered, mut damaged) = (Recovered::default(), Vec::new());
        while recovered.calls < calls_max
            && let Some(settled) = in_time(self.settle_one(&damaged, now_ms)).await?
        {
            match settled {
                Settled::Done { free } => {
                    recovered.calls += 1;
                    recovered.free += u32::from(free);
                }
                Settled::Damaged(call, error) => damaged.push((call, error)),
            }
        }
        if let Some((call, error)) = damaged.first() {
            let others = damaged.len() - 1;
            let what = format!(
                "the call {call} of a former term cannot be settled, nor can {others} others; `linka ledger audit` says more"
            );
            complaint.say(&what, error);
        }
        Ok(recovered)
    }

    /// Settles one call that is not among those that are known to be damaged; `None` where there is
    /// no call left.
    async fn settle_one(
        &self,
        damaged: &[(String, StoreError)],
        now_ms: i64,
    ) -> Result<Option<Settled>, StoreError> {
        if damaged.len() >= DAMAGED_MAX {
            return Ok(None);
        }
        let ids: Vec<&str> = damaged.iter().map(|(id, _)| id.as_str()).collect();
        let mut tx = self.begin().await?;
        let row: Option<Columns> =
            Query::new(NEXT_ORPHAN).bind(ids.join(" ")).fetch_optional(&mut tx).await?;
        let Some(row) = row else { return Ok(None) };
        let id = row.id.clone();
        match settle(&mut tx, row, now_ms).await {
            Ok(free) => {
                tx.commit().await?;
                Ok(Some(Settled::Done { free }))
            }
            Err(StoreError::Unavailable) => Err(StoreError::Unavailable),
            Err(error) => Ok(Some(Settled::Damaged(id, error))),
        }
    }
}

/// Settles a call at its last proof; says whether it cost nothing.
async fn settle(tx: &mut Tx<'_>, row: Columns, now_ms: i64) -> Result<bool, StoreError> {
    let Orphan { call, rate, proven_ms } = row.try_into()?;
    let proven_ms = proven_ms.filter(|_| rate.is_some());
    let open = open_holds(tx, call).await?;
    let before = posted(tx, call).await?;
    let closing = Closing {
        call,
        // Holds that no posting resolves are voided at the end.
        postings: rate.map_or_else(Vec::new, |rate| recover(rate, proven_ms, before, &open)),
        billable_s: Rate::billable_seconds(proven_ms.unwrap_or(0)),
        reason: EndReason::Crash,
    };
    let hour_ms = clock::hour(tx, now_ms).await?;
    close(tx, &closing, hour_ms).await?;
    Ok(proven_ms.is_none())
}

/// Any call will do: an order would read all that were ever settled. The kinds are named so that the
/// index of resolutions, which knows these two alone, serves. `$1` names those to be passed over.
pub(crate) const NEXT_ORPHAN: &str =
    "SELECT call.id, per_minute, first_s, step_s, setup, minimum, elapsed_ms,
         (SELECT max(hold.until_s) FROM entry AS hold
          JOIN entry AS post ON post.pending_id = hold.id AND post.kind IN ('post', 'void')
          WHERE hold.call = call.id AND post.kind = 'post') AS posted_s
     FROM call
     JOIN node ON node.id = call.node AND call.epoch < node.epoch
     LEFT JOIN rate ON rate.version = call.rate_version AND rate.origin = call.origin
     WHERE end_reason IS NULL AND $1 NOT LIKE '%' || call.id || '%'
     LIMIT 1";

impl TryFrom<Columns> for Orphan {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let posted_ms = row.posted_s.map(|seconds| seconds.saturating_mul(1000));
        let proven_ms = row.elapsed_ms.max(posted_ms);
        let price = row.per_minute.zip(row.first_s.zip(row.step_s));
        let price = price.zip(row.setup.zip(row.minimum));
        let price = price.map(|((per_minute, (first, step)), (setup, minimum))| {
            rate((per_minute, first, step, setup, minimum))
        });
        Ok(Self {
            call: CallId(uuid(&row.id)?),
            rate: price.transpose()?,
            proven_ms: proven_ms.and_then(|ms| u64::try_from(ms).ok()),
        })
    }
}
