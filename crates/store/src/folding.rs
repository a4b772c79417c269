//! Folding: after 90 days calls are kept as sums of a month, and their entries go (O9).
//!
//! A sum stands in the table `call_month`, which balances are recomputed from as from entries (I3).
//! Nothing else changes: what an account has and had is the same before and after.

use std::collections::BTreeMap;

use linka_metering::plan::Zone;
use linka_model::{Currency, OrgId};
use uuid::Uuid;

use crate::database::in_time;
use crate::orgs::{House, uuid};
use crate::sql::{Query, Tx};
use crate::{Store, StoreError, clock, statements};

/// So long calls are kept one by one, at least, and an hour longer at most while a node runs.
const KEPT_MS: i64 = 90 * 86_400_000;
/// Calls of one transaction: the books are not kept from calls for long.
const BATCH: u32 = 100;
/// Transactions of one round.
const BATCHES_MAX: u32 = 100;

/// Settled calls whose entries agree with them: what does not add up stays for the audit to name.
const OLD: &str = "
    SELECT call.id, call.line, line.org, org.currency, account.id AS debit, call.origin,
        call.rate_version, call.hour_ms, call.billable_s, call.amount
    FROM call
    JOIN line ON line.id = call.line
    JOIN org ON org.id = line.org
    JOIN account ON account.org = line.org AND account.kind = 'credit'
    WHERE call.hour_ms <= $1 AND call.end_reason IS NOT NULL
        AND call.amount = (SELECT coalesce(sum(entry.amount), 0) FROM entry
            WHERE entry.call = call.id AND entry.kind = 'post' AND entry.debit = account.id)
        AND call.amount = (SELECT coalesce(sum(entry.amount), 0) FROM entry
            WHERE entry.call = call.id AND entry.kind = 'post')
        AND NOT EXISTS (SELECT 1 FROM entry AS hold
            WHERE hold.call = call.id AND hold.kind = 'pending' AND NOT EXISTS
                (SELECT 1 FROM entry AS done
                 WHERE done.pending_id = hold.id AND done.kind IN ('post', 'void')))
    ORDER BY call.hour_ms, call.id LIMIT $2";

#[derive(sqlx::FromRow)]
struct Old {
    id: String,
    line: String,
    org: String,
    currency: String,
    debit: String,
    origin: String,
    rate_version: String,
    hour_ms: i64,
    billable_s: i64,
    amount: i64,
}

/// What calls have in common that are folded into one sum.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sheaf {
    pub(crate) line: String,
    pub(crate) origin: String,
    pub(crate) rate_version: String,
    pub(crate) month: String,
    pub(crate) debit: String,
    pub(crate) credit: String,
}

/// What they come to: the columns calls, billable_s and amount.
pub(crate) type Sums = (i64, i64, i64);

impl Sheaf {
    /// The identity of the row.
    pub(crate) fn id(&self) -> String {
        let Self { line, origin, rate_version, month, .. } = self;
        let name = format!("call_month {line} {origin} {rate_version} {month}");
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
    }

    /// Follows from all that the row says: another content has another seal.
    pub(crate) fn seal(&self, (calls, billable_s, amount): Sums) -> String {
        let Self { debit, credit, .. } = self;
        let text = format!("{} {debit} {credit} {calls} {billable_s} {amount}", self.id());
        Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
    }
}

impl Store {
    /// Folds calls that began 90 days ago or earlier, some ten thousand in one go; says how many.
    /// Repeating it changes nothing.
    pub async fn fold_calls(&self, now_ms: i64) -> Result<u64, StoreError> {
        let mut folded = 0;
        for _ in 0..BATCHES_MAX {
            let some = in_time(self.fold_some(now_ms)).await?;
            folded += some;
            if some < u64::from(BATCH) {
                break;
            }
        }
        Ok(folded)
    }

    async fn fold_some(&self, now_ms: i64) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let until_ms = clock::hour(&mut tx, now_ms).await?.saturating_sub(KEPT_MS);
        let old: Vec<Old> = Query::new(OLD).bind(until_ms).fetch_all(BATCH, &mut tx).await?;
        if old.is_empty() {
            return Ok(0);
        }
        for (sheaf, sums) in sheaves(&mut tx, &old).await? {
            add(&mut tx, &sheaf, sums).await?;
        }
        remove(&mut tx, &old).await?;
        tx.commit().await?;
        Ok(u64::try_from(old.len()).unwrap_or(u64::MAX))
    }
}

/// Binds calls together, each by the month of its organisation's zone.
async fn sheaves(tx: &mut Tx<'_>, old: &[Old]) -> Result<BTreeMap<Sheaf, Sums>, StoreError> {
    let mut zones: BTreeMap<&str, Zone> = BTreeMap::new();
    let mut sheaves = BTreeMap::new();
    for call in old {
        let zone = match zones.get(call.org.as_str()) {
            Some(zone) => zone.clone(),
            None => statements::zone(tx, OrgId(uuid(&call.org)?)).await?,
        };
        let sheaf = call.sheaf(&zone)?;
        zones.insert(&call.org, zone);
        let sums = sheaves.entry(sheaf).or_insert((0, 0, 0));
        *sums = sum(*sums, (1, call.billable_s, call.amount))?;
    }
    Ok(sheaves)
}

impl Old {
    fn sheaf(&self, zone: &Zone) -> Result<Sheaf, StoreError> {
        let currency: Currency =
            self.currency.parse().map_err(|_| StoreError::Unreadable("currency"))?;
        Ok(Sheaf {
            line: self.line.clone(),
            origin: self.origin.clone(),
            rate_version: self.rate_version.clone(),
            month: zone.month(self.hour_ms).ok_or(StoreError::Unreadable("hour of a call"))?,
            debit: self.debit.clone(),
            credit: House::RevenueCalls.account(currency),
        })
    }
}

fn sum(a: Sums, b: Sums) -> Result<Sums, StoreError> {
    let added = || Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?, a.2.checked_add(b.2)?));
    added().ok_or_else(|| StoreError::Conflict("a sum of calls is too large".to_owned()))
}

/// Adds to the sums that stand already, unless somebody changed them.
async fn add(tx: &mut Tx<'_>, sheaf: &Sheaf, sums: Sums) -> Result<(), StoreError> {
    let id = sheaf.id();
    let stands: Option<(i64, i64, i64, String)> =
        Query::new("SELECT calls, billable_s, amount, seal FROM call_month WHERE id = $1")
            .bind(&id)
            .fetch_optional(tx)
            .await?;
    let all = match stands {
        None => sums,
        Some((calls, billable_s, amount, seal)) => {
            let known = (calls, billable_s, amount);
            if sheaf.seal(known) != seal {
                let why = format!("the sum of folded calls {id} was changed: audit the ledger");
                return Err(StoreError::Conflict(why));
            }
            sum(known, sums)?
        }
    };
    Query::new(
        "INSERT INTO call_month (id, line, origin, rate_version, month, debit, credit, calls,
             billable_s, amount, seal)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id) DO UPDATE SET calls = excluded.calls,
             billable_s = excluded.billable_s, amount = excluded.amount, seal = excluded.seal",
    )
    .bind(id)
    .bind(&sheaf.line)
    .bind(&sheaf.origin)
    .bind(&sheaf.rate_version)
    .bind(&sheaf.month)
    .bind(&sheaf.debit)
    .bind(&sheaf.credit)
    .bind(all.0)
    .bind(all.1)
    .bind(all.2)
    .bind(sheaf.seal(all))
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes calls and their entries out; triggers refuse that to calls that are not listed as folded.
async fn remove(tx: &mut Tx<'_>, old: &[Old]) -> Result<(), StoreError> {
    for call in old {
        Query::new("INSERT INTO folding (call) VALUES ($1)").bind(&call.id).execute(tx).await?;
    }
    // What resolves a hold goes before the hold, and the call that they are of last.
    for text in [
        "DELETE FROM entry WHERE pending_id IS NOT NULL AND call IN (SELECT call FROM folding)",
        "DELETE FROM entry WHERE call IN (SELECT call FROM folding)",
        "DELETE FROM call WHERE id IN (SELECT call FROM folding)",
        "DELETE FROM folding",
    ] {
        Query::new(text).execute(tx).await?;
    }
    Ok(())
}
