//! Postings of calls in the ledger (M7, M8): each is written once, whatever is repeated.

use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::{CallId, Micros, OrgId};

use crate::StoreError;
use crate::orgs::{House, credit_account, uuid};
use crate::outage::ORGS_MAX;
use crate::sql::{Access, Query, Tx};
use crate::term::Term;

/// Writes a posting, or finds that it stands already. `hour_ms` is the stamp. After anything but
/// `Done` nothing was written.
pub(crate) async fn apply(
    tx: &mut Tx<'_>,
    posting: &Posting,
    hour_ms: i64,
) -> Result<PostingResult, StoreError> {
    match *posting {
        Posting::Hold { id, call, org, amount, until_s, grace } => {
            let hold = Hold { id, call, org, amount, until_s, grace };
            reserve(tx, &hold, hour_ms).await
        }
        Posting::Post { id, pending, amount } => {
            resolve(tx, &Resolution { id, pending, amount, kind: "post" }, hour_ms).await
        }
        Posting::Void { id, pending } => {
            let void = Resolution { id, pending, amount: Micros::ZERO, kind: "void" };
            resolve(tx, &void, hour_ms).await
        }
    }
}

/// Reserves what was promised while the database was away: of what is available, and where that
/// does not cover it, of the overdraft, as grace (O2). A hold that stands, stands as it is.
pub(crate) async fn reserve_afterwards(
    tx: &mut Tx<'_>,
    posting: &Posting,
    hour_ms: i64,
) -> Result<PostingResult, StoreError> {
    let Posting::Hold { id, call, org, amount, until_s, .. } = *posting else {
        return Ok(PostingResult::Refused);
    };
    let mut answer = PostingResult::Refused;
    for grace in [false, true] {
        let hold = Hold { id, call, org, amount, until_s, grace };
        answer = reserve(tx, &hold, hour_ms).await?;
        if answer == PostingResult::Done {
            break;
        }
    }
    Ok(answer)
}

/// What an organisation can spend at most, credit and overdraft together.
pub(crate) async fn left(tx: &mut impl Access, org: OrgId) -> Result<Micros, StoreError> {
    let row: Option<(i64,)> = Query::new(
        "SELECT credits - disputed - debits - pending + overdraft_limit FROM account WHERE id = $1",
    )
    .bind(credit_account(org))
    .fetch_optional(tx)
    .await?;
    Ok(row.map_or(Micros::ZERO, |(left,)| Micros(left)))
}

/// The same of all organisations whose calls this term carries.
pub(crate) async fn left_of_running(
    on: &mut impl Access,
    term: &Term,
) -> Result<Vec<(OrgId, Micros)>, StoreError> {
    let rows: Vec<(String, i64)> = Query::new(
        "SELECT account.org, credits - disputed - debits - pending + overdraft_limit
         FROM account
         WHERE kind = 'credit' AND org IN (SELECT line.org FROM call JOIN line ON line.id = call.line
             WHERE call.node = $1 AND call.epoch = $2 AND end_reason IS NULL)
         ORDER BY account.org LIMIT $3",
    )
    .bind(term.node.to_string())
    .bind(term.epoch)
    .fetch_all(ORGS_MAX, on)
    .await?;
    rows.into_iter().map(|(org, left)| Ok((OrgId(uuid(&org)?), Micros(left)))).collect()
}

struct Hold {
    id: EntryId,
    call: CallId,
    org: OrgId,
    amount: Micros,
    until_s: u32,
    /// Whether the overdraft may be used: for a recording under way, never for a new call (O5).
    grace: bool,
}

impl Hold {
    const fn code(&self) -> &'static str {
        if self.grace { "grace" } else { "call" }
    }
}

struct Resolution {
    id: EntryId,
    pending: EntryId,
    amount: Micros,
    kind: &'static str,
}

/// The columns kind, code, debit, amount, call and until_s of an entry.
type HoldColumns = (String, String, String, i64, Option<String>, Option<i64>);

/// A hold as it stands.
#[derive(sqlx::FromRow)]
struct Pending {
    debit: String,
    credit: String,
    amount: i64,
    code: String,
    call: String,
    /// What resolved it, where it is resolved.
    resolved_by: Option<String>,
    resolved_amount: Option<i64>,
}

async fn reserve(tx: &mut Tx<'_>, hold: &Hold, hour_ms: i64) -> Result<PostingResult, StoreError> {
    let debit = credit_account(hold.org);
    if let Some(same) = known_hold(tx, hold, &debit).await? {
        return Ok(if same { PostingResult::Done } else { PostingResult::Refused });
    }
    if hold.amount < Micros::ZERO || !is_running(tx, hold.call).await? {
        return Ok(PostingResult::Refused);
    }
    // The one place where credit is tested and taken, in one statement: two calls can never be
    // admitted on the same money (I10).
    let reserved: Option<(String,)> = Query::new(
        "UPDATE account SET pending = pending + $1
         WHERE id = $2 AND credits - disputed - debits - pending
             + CASE WHEN $3 = 1 THEN overdraft_limit ELSE 0 END >= $1
         RETURNING currency",
    )
    .bind(hold.amount.0)
    .bind(&debit)
    .bind(i64::from(hold.grace))
    .fetch_optional(tx)
    .await?;
    let Some((currency,)) = reserved else { return Ok(PostingResult::NoCredit) };
    let currency = currency.parse().map_err(|_| StoreError::Unreadable("currency"))?;
    Query::new(
        "INSERT INTO entry (id, kind, debit, credit, amount, code, call, until_s, at_ms)
         VALUES ($1, 'pending', $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(hold.id.0.to_string())
    .bind(&debit)
    .bind(House::RevenueCalls.account(currency))
    .bind(hold.amount.0)
    .bind(hold.code())
    .bind(hold.call.0.to_string())
    .bind(i64::from(hold.until_s))
    .bind(hour_ms)
    .execute(tx)
    .await?;
    Ok(PostingResult::Done)
}

/// Whether an entry stands under the hold's name, and if so whether it is this hold.
async fn known_hold(tx: &mut Tx<'_>, hold: &Hold, debit: &str) -> Result<Option<bool>, StoreError> {
    let known: Option<HoldColumns> =
        Query::new("SELECT kind, code, debit, amount, call, until_s FROM entry WHERE id = $1")
            .bind(hold.id.0.to_string())
            .fetch_optional(tx)
            .await?;
    let asked: HoldColumns = (
        "pending".to_owned(),
        hold.code().to_owned(),
        debit.to_owned(),
        hold.amount.0,
        Some(hold.call.0.to_string()),
        Some(i64::from(hold.until_s)),
    );
    Ok(known.map(|known| known == asked))
}

async fn is_running(tx: &mut Tx<'_>, call: CallId) -> Result<bool, StoreError> {
    let open: Option<(i64,)> =
        Query::new("SELECT CAST(1 AS BIGINT) FROM call WHERE id = $1 AND end_reason IS NULL")
            .bind(call.0.to_string())
            .fetch_optional(tx)
            .await?;
    Ok(open.is_some())
}

async fn resolve(
    tx: &mut Tx<'_>,
    resolution: &Resolution,
    hour_ms: i64,
) -> Result<PostingResult, StoreError> {
    let Some(pending) = find_pending(tx, resolution.pending).await? else {
        // A hold that was never written needs no giving back; posting it is a mistake.
        let nothing_to_do = resolution.amount == Micros::ZERO;
        return Ok(if nothing_to_do { PostingResult::Done } else { PostingResult::Refused });
    };
    if let Some(by) = &pending.resolved_by {
        let same = *by == resolution.id.0.to_string()
            && pending.resolved_amount == Some(resolution.amount.0);
        return Ok(if same { PostingResult::Done } else { PostingResult::Refused });
    }
    if resolution.amount.0 > pending.amount {
        return Ok(PostingResult::Refused);
    }
    move_money(tx, &pending, resolution.amount).await?;
    Query::new(
        "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(resolution.id.0.to_string())
    .bind(resolution.kind)
    .bind(&pending.debit)
    .bind(&pending.credit)
    .bind(resolution.amount.0)
    .bind(resolution.pending.0.to_string())
    .bind(&pending.code)
    .bind(&pending.call)
    .bind(hour_ms)
    .execute(tx)
    .await?;
    Ok(PostingResult::Done)
}

async fn find_pending(tx: &mut Tx<'_>, hold: EntryId) -> Result<Option<Pending>, StoreError> {
    let row = Query::new(
        "SELECT hold.debit, hold.credit, hold.amount, hold.code, hold.call,
             done.id AS resolved_by, done.amount AS resolved_amount
         FROM entry AS hold
         LEFT JOIN entry AS done ON done.pending_id = hold.id AND done.kind IN ('post', 'void')
         WHERE hold.id = $1 AND hold.kind = 'pending'",
    )
    .bind(hold.0.to_string())
    .fetch_optional(tx)
    .await?;
    Ok(row)
}

/// Gives the reservation back and takes what is due out of it, from one account to the other.
async fn move_money(tx: &mut Tx<'_>, pending: &Pending, due: Micros) -> Result<(), StoreError> {
    Query::new("UPDATE account SET pending = pending - $1, debits = debits + $2 WHERE id = $3")
        .bind(pending.amount)
        .bind(due.0)
        .bind(&pending.debit)
        .execute(tx)
        .await?;
    Query::new("UPDATE account SET credits = credits + $1 WHERE id = $2")
        .bind(due.0)
        .bind(&pending.credit)
        .execute(tx)
        .await?;
    Ok(())
}
