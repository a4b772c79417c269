//! Debits by which the operator sends back what a person has said goes back.

use linka_model::Micros;
use linka_payment::statement::Entry;

use super::Booked;
use super::written::{Fate, decide, write};
use crate::StoreError;
use crate::orgs::uuid;
use crate::sql::{Query, Tx};

/// Whether the entry is the debit that sends back what goes back: a part of a refund, or a payment that
/// a person has said goes back. Each is sent once.
pub(super) async fn sent_back(
    tx: &mut Tx<'_>,
    entry: &Entry,
) -> Result<Option<Booked>, StoreError> {
    let amount = Micros(entry.amount.0.saturating_neg());
    let symbol = entry.variable_symbol.and_then(|number| i64::try_from(number).ok());
    let goes_out = entry.booked && !entry.reversal && amount > Micros::ZERO;
    let (Some(symbol), true) = (symbol, goes_out) else { return Ok(None) };
    let settled = settled_refund(tx, symbol, amount).await?
        || settled_return(tx, &entry.identity.account, symbol, amount).await?;
    if !settled {
        return Ok(None);
    }
    let fate = Fate { state: "sent", purchase: None, reason: None, suggestion: None };
    write(tx, entry, &fate).await?;
    Ok(Some(Booked::SentBack { amount }))
}

/// A part of a refund that is owed by bank (`linka credit refund`).
async fn settled_refund(tx: &mut Tx<'_>, symbol: i64, amount: Micros) -> Result<bool, StoreError> {
    let sent = Query::new(
        "UPDATE bank_debt SET state = 'sent' WHERE id = (
             SELECT id FROM bank_debt WHERE state = 'to_send' AND symbol = $1 AND amount = $2
             ORDER BY since_day, id LIMIT 1)",
    )
    .bind(symbol)
    .bind(amount.0)
    .execute(tx)
    .await?;
    Ok(sent == 1)
}

/// A payment to this account that is noted to go back.
async fn settled_return(
    tx: &mut Tx<'_>,
    account: &str,
    symbol: i64,
    amount: Micros,
) -> Result<bool, StoreError> {
    let owed: Option<(String,)> = Query::new(
        "SELECT id FROM bank_entry
         WHERE state = 'returned' AND account = $1 AND amount = $2 AND symbol = $3
         ORDER BY day, id LIMIT 1",
    )
    .bind(account)
    .bind(amount.0)
    .bind(symbol)
    .fetch_optional(tx)
    .await?;
    let Some((owed,)) = owed else { return Ok(false) };
    decide(tx, uuid(&owed)?, "sent_back", None).await?;
    Ok(true)
}
