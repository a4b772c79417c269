//! After a crash: calls of an older term are settled at their last proof (M13, I8).

use linka_metering::{Rate, recover};
use linka_model::{CallId, EndReason};
use sqlx::SqliteConnection;

use crate::calls::{close, open_holds, posted};
use crate::cards::rate;
use crate::database::in_time;
use crate::orgs::uuid;
use crate::{Closing, Store, StoreError, clock};

/// What the start of a term found and settled.
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
    /// Settles every open call of a term before `epoch`.
    pub(crate) async fn settle_older_terms(
        &self,
        epoch: i64,
        now_ms: i64,
    ) -> Result<Recovered, StoreError> {
        let mut recovered = Recovered::default();
        // Every round settles one call for good, so this ends.
        while let Some(free) = in_time(self.settle_one(epoch, now_ms)).await? {
            recovered.calls += 1;
            recovered.free += u32::from(free);
        }
        Ok(recovered)
    }

    /// Settles one call; says whether it cost nothing, or `None` where there is no call left.
    async fn settle_one(&self, epoch: i64, now_ms: i64) -> Result<Option<bool>, StoreError> {
        let mut tx = self.begin().await?;
        let Some(orphan) = next_orphan(&mut tx, epoch).await? else { return Ok(None) };
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

async fn next_orphan(tx: &mut SqliteConnection, epoch: i64) -> Result<Option<Orphan>, StoreError> {
    let row: Option<OrphanColumns> = sqlx::query_as(
        "SELECT call.id, per_minute, first_s, step_s, setup, minimum, elapsed_ms,
             (SELECT max(hold.until_s) FROM entry AS hold
              JOIN entry AS post ON post.pending_id = hold.id AND post.kind = 'post'
              WHERE hold.call = call.id)
         FROM call JOIN rate ON rate.version = call.rate_version AND rate.origin = call.origin
         WHERE end_reason IS NULL AND epoch < $1
         ORDER BY call.id LIMIT 1",
    )
    .bind(epoch)
    .fetch_optional(tx)
    .await?;
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
