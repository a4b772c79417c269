//! After a crash: calls of a term that is over are settled at their last proof (M13, I8).

use linka_metering::{Rate, recover};
use linka_model::{CallId, EndReason};

use crate::calls::{close, open_holds, posted};
use crate::cards::rate;
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
    rate: Rate,
    /// The last proof: the last heartbeat, or the end of the last lease that was posted in full,
    /// whichever is later.
    proven_ms: Option<u64>,
}

type OrphanColumns = (String, i64, i64, i64, i64, i64, Option<i64>, Option<i64>);

impl Store {
    /// Settles open calls whose term is over, whosever they are, at most so many. Each is a
    /// transaction of its own: two nodes that do this at once share the work.
    pub(crate) async fn settle_orphans(
        &self,
        calls_max: u32,
        now_ms: i64,
    ) -> Result<Recovered, StoreError> {
        let mut recovered = Recovered::default();
        while recovered.calls < calls_max
            && let Some(free) = in_time(self.settle_one(now_ms)).await?
        {
            recovered.calls += 1;
            recovered.free += u32::from(free);
        }
        Ok(recovered)
    }

    /// Settles one call; says whether it cost nothing, or `None` where there is no call left.
    async fn settle_one(&self, now_ms: i64) -> Result<Option<bool>, StoreError> {
        let mut tx = self.begin().await?;
        let Some(orphan) = next_orphan(&mut tx).await? else { return Ok(None) };
        let open = open_holds(&mut tx, orphan.call).await?;
        let before = posted(&mut tx, orphan.call).await?;
        let closing = Closing {
            call: orphan.call,
            postings: recover(orphan.rate, orphan.proven_ms, before, &open),
            billable_s: Rate::billable_seconds(orphan.proven_ms.unwrap_or(0)),
            reason: EndReason::Crash,
        };
        let hour_ms = clock::hour(&mut tx, now_ms).await?;
        close(&mut tx, &closing, hour_ms).await?;
        tx.commit().await?;
        Ok(Some(orphan.proven_ms.is_none()))
    }
}

/// Any call will do: an order would read all that were ever settled. The kinds are named so that the
/// index of resolutions, which knows these two alone, serves.
pub(crate) const NEXT_ORPHAN: &str =
    "SELECT call.id, per_minute, first_s, step_s, setup, minimum, elapsed_ms,
         (SELECT max(hold.until_s) FROM entry AS hold
          JOIN entry AS post ON post.pending_id = hold.id AND post.kind IN ('post', 'void')
          WHERE hold.call = call.id AND post.kind = 'post')
     FROM call
     JOIN node ON node.id = call.node AND call.epoch < node.epoch
     JOIN rate ON rate.version = call.rate_version AND rate.origin = call.origin
     WHERE end_reason IS NULL
     LIMIT 1";

async fn next_orphan(tx: &mut Tx<'_>) -> Result<Option<Orphan>, StoreError> {
    let row: Option<OrphanColumns> = Query::new(NEXT_ORPHAN).fetch_optional(tx).await?;
    row.map(orphan).transpose()
}

fn orphan(
    (id, per_minute, first, step, setup, minimum, elapsed_ms, posted_s): OrphanColumns,
) -> Result<Orphan, StoreError> {
    let posted_ms = posted_s.map(|seconds| seconds.saturating_mul(1000));
    let proven_ms = elapsed_ms.max(posted_ms);
    Ok(Orphan {
        call: CallId(uuid(&id)?),
        rate: rate((per_minute, first, step, setup, minimum))?,
        proven_ms: proven_ms.and_then(|ms| u64::try_from(ms).ok()),
    })
}
