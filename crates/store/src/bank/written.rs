//! What is written of an entry, once, and what becomes of it later.

use linka_payment::purchase::PurchaseId;
use linka_payment::statement::Entry;
use uuid::Uuid;

use crate::StoreError;
use crate::sql::{Query, Tx};

/// Longest note that is kept, in characters.
const NOTE_CHARS_MAX: usize = 600;

/// What is written of an entry beside what the bank says.
pub(super) struct Fate {
    pub(super) state: &'static str,
    pub(super) purchase: Option<PurchaseId>,
    pub(super) reason: Option<String>,
    pub(super) suggestion: Option<PurchaseId>,
}

impl Fate {
    pub(super) const fn of(state: &'static str, purchase: PurchaseId) -> Self {
        Self { state, purchase: Some(purchase), reason: None, suggestion: None }
    }

    /// What the payer wrote, where a person has to read it.
    fn note(&self, entry: &Entry) -> String {
        if self.reason.is_none() {
            return String::new();
        }
        let parts = [entry.reference.as_deref().unwrap_or_default(), entry.text.as_str()];
        let note = parts.join(" ");
        note.trim().chars().take(NOTE_CHARS_MAX).collect()
    }
}

pub(super) async fn write(tx: &mut Tx<'_>, entry: &Entry, fate: &Fate) -> Result<(), StoreError> {
    let identity = &entry.identity;
    let symbol = entry.variable_symbol.and_then(|number| i64::try_from(number).ok());
    Query::new(
        "INSERT INTO bank_entry (id, account, bank_reference, amount, currency, day, symbol, note,
             state, reason, suggestion, purchase)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(identity.id().to_string())
    .bind(&identity.account)
    .bind(&identity.bank_reference)
    .bind(identity.amount.0)
    .bind(entry.currency.as_str())
    .bind(identity.date.to_string())
    .bind(symbol)
    .bind(fate.note(entry))
    .bind(fate.state)
    .bind(fate.reason.clone())
    .bind(fate.suggestion.map(|purchase| purchase.to_string()))
    .bind(fate.purchase.map(|purchase| purchase.to_string()))
    .execute(tx)
    .await?;
    Ok(())
}

/// An entry leaves the queue, or no longer stands.
pub(super) async fn decide(
    tx: &mut Tx<'_>,
    entry: Uuid,
    state: &'static str,
    purchase: Option<PurchaseId>,
) -> Result<(), StoreError> {
    let decided = Query::new(
        "UPDATE bank_entry SET state = $1, purchase = $2, reason = NULL, note = '' WHERE id = $3",
    )
    .bind(state)
    .bind(purchase.map(|purchase| purchase.to_string()))
    .bind(entry.to_string())
    .execute(tx)
    .await?;
    if decided == 1 { Ok(()) } else { Err(no_entry()) }
}

pub(super) fn no_entry() -> StoreError {
    StoreError::NotFound("the unmatched entry".to_owned())
}
