//! Entries that wait for a person, and what people decide.

use linka_model::Micros;
use linka_payment::purchase::{Event, Provider, PurchaseId};
use uuid::Uuid;

use super::came::Came;
use super::written::{decide, no_entry};
use crate::database::in_time;
use crate::orgs::uuid;
use crate::purchases::{Find, PurchaseRow, find, nowhere, tell};
use crate::sql::{Access, Query, Tx};
use crate::{Store, StoreError};

/// So many unmatched entries are listed at most.
const UNMATCHED_MAX: u32 = 10_000;

/// An entry that waits for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnmatchedEntry {
    /// Its name.
    pub id: Uuid,
    /// The account it came to.
    pub account: String,
    /// The day of booking.
    pub day: String,
    /// How much: below zero where it takes something back.
    pub amount: Micros,
    /// In which currency.
    pub currency: String,
    /// The number that the payer gave.
    pub symbol: Option<i64>,
    /// What the payer wrote.
    pub note: String,
    /// Why it waits.
    pub reason: String,
    /// A purchase that it may be for.
    pub suggestion: Option<PurchaseId>,
}

impl Store {
    /// Entries that wait for a person, the oldest first.
    pub async fn unmatched(&self) -> Result<Vec<UnmatchedEntry>, StoreError> {
        in_time(async {
            let rows: Vec<UnmatchedColumns> = Query::new(
                "SELECT id, account, day, amount, currency, symbol, note, reason, suggestion
                 FROM bank_entry WHERE state = 'unmatched' ORDER BY day, id LIMIT $1",
            )
            .fetch_all(UNMATCHED_MAX, &mut self.reader().await?)
            .await?;
            rows.into_iter().map(UnmatchedEntry::try_from).collect()
        })
        .await
    }

    /// A person says which purchase an entry pays.
    pub async fn assign(
        &self,
        entry: Uuid,
        purchase: PurchaseId,
        now_ms: i64,
    ) -> Result<PurchaseRow, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (amount, currency, account) = waiting(&mut tx, entry).await?;
            let row = find(&mut tx, Find::Id(purchase)).await?.ok_or_else(nowhere)?;
            if row.purchase.provider() != Provider::Invoice {
                let why = "only a purchase on an invoice is paid by bank transfer";
                return Err(StoreError::Conflict(why.to_owned()));
            }
            let currency = currency.parse().map_err(|_| StoreError::Unreadable("currency"))?;
            let paid = Event::Paid { object: entry.to_string(), amount, currency };
            let row = tell(&mut tx, row, &[paid], now_ms).await?;
            decide(&mut tx, entry, "credited", Some(purchase)).await?;
            let came = Came { id: entry, amount, account: &account };
            came.tell(&mut tx, &row, now_ms).await?;
            tx.commit().await?;
            Ok(row)
        })
        .await
    }

    /// A person says that a debit took back a payment of this purchase, as the bank's reversals do by
    /// themselves. The credit goes, spent or not.
    pub async fn take_back(
        &self,
        entry: Uuid,
        purchase: PurchaseId,
        now_ms: i64,
    ) -> Result<PurchaseRow, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (amount, currency, _) = waiting_any(&mut tx, entry).await?;
            let amount = Micros(amount.0.saturating_neg());
            if amount <= Micros::ZERO {
                let why = "the entry brought money: it takes nothing back. Assign it to a purchase";
                return Err(StoreError::Conflict(why.to_owned()));
            }
            let row = find(&mut tx, Find::Id(purchase)).await?.ok_or_else(nowhere)?;
            let of = paid_by(&mut tx, purchase, amount).await?;
            let currency = currency.parse().map_err(|_| StoreError::Unreadable("currency"))?;
            let reversed = Event::Reversed { object: entry.to_string(), amount, currency };
            let row = tell(&mut tx, row, &[reversed], now_ms).await?;
            decide(&mut tx, of, "taken_back", Some(purchase)).await?;
            decide(&mut tx, entry, "reversal", Some(purchase)).await?;
            tx.commit().await?;
            Ok(row)
        })
        .await
    }

    /// A person will send the money back to the payer, or sees that it is not about credit. The debit
    /// that sends it back under the same symbol is recognised when it comes.
    pub async fn give_back(&self, entry: Uuid) -> Result<Micros, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (amount, ..) = waiting_any(&mut tx, entry).await?;
            decide(&mut tx, entry, "returned", None).await?;
            tx.commit().await?;
            Ok(amount)
        })
        .await
    }
}

/// A payment of this amount that the purchase was credited with, the newest.
async fn paid_by(
    tx: &mut Tx<'_>,
    purchase: PurchaseId,
    amount: Micros,
) -> Result<Uuid, StoreError> {
    let found: Option<(String,)> = Query::new(
        "SELECT id FROM bank_entry WHERE state = 'credited' AND purchase = $1 AND amount = $2
         ORDER BY day DESC, id LIMIT 1",
    )
    .bind(purchase.to_string())
    .bind(amount.0)
    .fetch_optional(tx)
    .await?;
    let (id,) = found.ok_or_else(|| {
        StoreError::Conflict(format!("no payment of {amount} is credited to this purchase"))
    })?;
    uuid(&id)
}

/// Amount, currency and account of an entry that brought money and waits for a person.
async fn waiting(tx: &mut Tx<'_>, entry: Uuid) -> Result<(Micros, String, String), StoreError> {
    let found = waiting_any(tx, entry).await?;
    if found.0 > Micros::ZERO {
        Ok(found)
    } else {
        let why =
            "the entry took money out: it pays nothing. Take the credit back, or note it as yours";
        Err(StoreError::Conflict(why.to_owned()))
    }
}

async fn waiting_any(
    on: &mut impl Access,
    entry: Uuid,
) -> Result<(Micros, String, String), StoreError> {
    let row: Option<(i64, String, String)> = Query::new(
        "SELECT amount, currency, account FROM bank_entry WHERE id = $1 AND state = 'unmatched'",
    )
    .bind(entry.to_string())
    .fetch_optional(on)
    .await?;
    let (amount, currency, account) = row.ok_or_else(no_entry)?;
    Ok((Micros(amount), currency, account))
}

/// A row of the queue.
#[derive(sqlx::FromRow)]
struct UnmatchedColumns {
    id: String,
    account: String,
    day: String,
    amount: i64,
    currency: String,
    symbol: Option<i64>,
    note: String,
    reason: String,
    suggestion: Option<String>,
}

impl TryFrom<UnmatchedColumns> for UnmatchedEntry {
    type Error = StoreError;

    fn try_from(row: UnmatchedColumns) -> Result<Self, StoreError> {
        let suggestion = row.suggestion.as_deref().map(uuid).transpose()?;
        Ok(Self {
            id: uuid(&row.id)?,
            account: row.account,
            day: row.day,
            amount: Micros(row.amount),
            currency: row.currency,
            symbol: row.symbol,
            note: row.note,
            reason: row.reason,
            suggestion: suggestion.map(PurchaseId),
        })
    }
}
