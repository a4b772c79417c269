//! Monthly fees (M15, M16): the plan decides, and what it decides is carried out here.
//!
//! A review reads the facts, asks the plan and carries its steps out, all in one transaction: one
//! that breaks off left nothing, and of two at once the second finds nothing to do. It is repeated
//! until nothing comes.

mod cancel;
mod facts;
mod listing;
mod steps;

use linka_metering::plan::review;
use linka_model::{LineId, LineState, Micros, OrgId};

pub(crate) use cancel::cancelled;
pub use listing::FeeListing;

use crate::assignment::RELEASE_PENDING_DAYS;
use crate::database::in_time;
use crate::lines::{Find, find, no_line};
use crate::orgs::uuid;
use crate::sql::{Query, Tx};
use crate::{Store, StoreError, clock};

/// Organisations that are read at a time.
const PAGE: u32 = 500;
/// Steps of one transaction: so many are written well within the deadline of a query.
const STEPS_MAX: usize = 100;
/// Reviews of one organisation in a row; what is left then comes with the next round. A line that
/// nobody has looked at for twenty years takes 240.
const REVIEWS_MAX: u32 = 1_000;
const DAY_MS: i64 = 86_400_000;

/// What reviews of fees came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeeRound {
    /// Fees that were taken.
    pub charged: u32,
    /// Periods that cost nothing.
    pub covered: u32,
    /// Lines that began to owe.
    pub owing: u32,
    /// Lines that were paid for and are as before.
    pub restored: u32,
    /// Lines that were suspended.
    pub suspended: u32,
    /// Lines that began to wait for their release.
    pub release_pending: u32,
    /// Lines that lost their number.
    pub released: u32,
}

impl FeeRound {
    const fn count(&mut self, state: LineState) {
        match state {
            LineState::Ready => self.restored += 1,
            LineState::Suspended => self.suspended += 1,
            LineState::ReleasePending => self.release_pending += 1,
            LineState::Released => self.released += 1,
            // Counted as owing.
            LineState::PastDue
            | LineState::ProcessingOrder
            | LineState::TopUpCredit
            | LineState::Rejected => {}
        }
    }
}

impl Store {
    /// Reviews the fees of all organisations: takes what is due, and moves lines whose fee cannot be
    /// paid through their states. Repeating it changes nothing. What is wrong with one organisation
    /// keeps no other from its review; it is told at the end.
    pub async fn review_fees(&self, now_ms: i64) -> Result<FeeRound, StoreError> {
        let (mut round, mut after) = (FeeRound::default(), String::new());
        let mut trouble = Ok(());
        loop {
            let page = self.billed_orgs(&after).await?;
            let Some(last) = page.last() else { return trouble.map(|()| round) };
            after.clone_from(last);
            for org in page {
                match self.review_org(OrgId(uuid(&org)?), now_ms, &mut round).await {
                    Err(StoreError::Unavailable) => return Err(StoreError::Unavailable),
                    reviewed => trouble = trouble.and(reviewed),
                }
            }
        }
    }

    async fn billed_orgs(&self, after: &str) -> Result<Vec<String>, StoreError> {
        in_time(async {
            let rows: Vec<(String,)> = Query::new(
                "SELECT id FROM org WHERE id > $1 AND EXISTS (SELECT 1 FROM line
                     WHERE line.org = org.id AND state IN
                         ('ready', 'past_due', 'suspended', 'release_pending'))
                 ORDER BY id LIMIT $2",
            )
            .bind(after)
            .fetch_all(PAGE, &mut self.reader().await?)
            .await?;
            Ok(rows.into_iter().map(|(org,)| org).collect())
        })
        .await
    }

    async fn review_org(
        &self,
        org: OrgId,
        now_ms: i64,
        round: &mut FeeRound,
    ) -> Result<(), StoreError> {
        for _ in 0..REVIEWS_MAX {
            let more = in_time(async {
                let mut tx = self.begin().await?;
                let mut counted = *round;
                let more = settle(&mut tx, org, now_ms, &mut counted).await?;
                tx.commit().await?;
                *round = counted;
                Ok(more)
            });
            if !more.await? {
                break;
            }
        }
        Ok(())
    }

    /// A person confirms that the number of a line may go (M16). It goes now, where the line has
    /// waited for it long enough; otherwise with the first review from the instant that is given back,
    /// in milliseconds since 1970. A top-up that covers the fee still brings the line back.
    pub async fn confirm_release(&self, line: LineId, now_ms: i64) -> Result<i64, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let row = find(&mut tx, Find::Id(line)).await?.ok_or_else(no_line)?;
            if row.state != LineState::ReleasePending {
                let state = row.state.as_str();
                let why = format!(
                    "the line `{}` is in the state {state}: only one that waits for its release is released",
                    row.name
                );
                return Err(StoreError::Conflict(why));
            }
            let (since_ms,): (i64,) = Query::new(
                "UPDATE line_fee SET release_confirmed = 1 WHERE line = $1 RETURNING since_ms",
            )
            .bind(line.0.to_string())
            .fetch_one(&mut tx)
            .await?;
            settle(&mut tx, row.org, now_ms, &mut FeeRound::default()).await?;
            tx.commit().await?;
            Ok(since_ms.saturating_add(RELEASE_PENDING_DAYS * DAY_MS))
        })
        .await
    }
}

/// Reviews an organisation once within a transaction; says whether anything was done.
pub(crate) async fn settle(
    tx: &mut Tx<'_>,
    org: OrgId,
    now_ms: i64,
    round: &mut FeeRound,
) -> Result<bool, StoreError> {
    activate(tx, org, now_ms).await?;
    let about = facts::of_org(tx, org).await?;
    let lines = facts::of_lines(tx, org).await?;
    let steps = review(&about, &lines, now_ms);
    let at_ms = if steps.is_empty() { now_ms } else { clock::stamp(tx, now_ms).await? };
    let mut last = None;
    for (count, step) in steps.iter().enumerate() {
        // The steps of one line are never torn apart.
        if count >= STEPS_MAX && last != Some(step.line) {
            break;
        }
        let facts = lines.iter().find(|line| line.line == step.line);
        let monthly = facts.map_or(Micros::ZERO, |line| line.monthly);
        steps::carry_out(tx, (org, monthly), step, at_ms, round).await?;
        last = Some(step.line);
    }
    Ok(!steps.is_empty())
}

/// Lines that are ready for the first time begin to count.
async fn activate(tx: &mut Tx<'_>, org: OrgId, now_ms: i64) -> Result<(), StoreError> {
    let new: Option<(i64,)> = Query::new(
        "SELECT count(*) FROM line WHERE org = $1 AND state = 'ready'
             AND NOT EXISTS (SELECT 1 FROM line_fee WHERE line_fee.line = line.id)
         HAVING count(*) > 0",
    )
    .bind(org.0.to_string())
    .fetch_optional(tx)
    .await?;
    if new.is_none() {
        return Ok(());
    }
    let at_ms = clock::stamp(tx, now_ms).await?;
    Query::new(
        "INSERT INTO line_fee (line, activated_ms, since_ms)
         SELECT id, $1, $2 FROM line WHERE org = $3 AND state = 'ready'
             AND NOT EXISTS (SELECT 1 FROM line_fee WHERE line_fee.line = line.id)",
    )
    .bind(at_ms)
    .bind(at_ms)
    .bind(org.0.to_string())
    .execute(tx)
    .await?;
    Ok(())
}
