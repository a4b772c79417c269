//! What stands in the books that an entry may be about.

use linka_model::Micros;
use linka_payment::matching::{CreditedEntry, OpenOrder, symbols};
use linka_payment::purchase::{Purchase, PurchaseId};
use linka_payment::statement::{Entry, Identity};

use crate::StoreError;
use crate::orgs::uuid;
use crate::purchases::{Find, find};
use crate::sql::{Query, Tx};

/// So many entries of one amount and symbol are looked at when one is taken back.
const STANDING_MAX: u32 = 100;

pub(super) async fn is_known(tx: &mut Tx<'_>, identity: &Identity) -> Result<bool, StoreError> {
    let known: Option<(String,)> = Query::new("SELECT id FROM bank_entry WHERE id = $1")
        .bind(identity.id().to_string())
        .fetch_optional(tx)
        .await?;
    Ok(known.is_some())
}

/// The orders whose symbols the entry bears: as far as they lack money, where it brings some.
pub(super) async fn candidates(
    tx: &mut Tx<'_>,
    entry: &Entry,
) -> Result<Vec<OpenOrder>, StoreError> {
    let mut orders = Vec::new();
    for symbol in symbols(entry) {
        let Some(row) = find(tx, Find::Symbol(symbol)).await? else { continue };
        if entry.amount < Micros::ZERO || lacks_money(&row.purchase) {
            orders.push(OpenOrder {
                order: row.purchase.id(),
                symbol,
                currency: row.purchase.currency(),
                asked: row.purchase.asked(),
                received: row.purchase.received(),
            });
        }
    }
    Ok(orders)
}

pub(super) fn lacks_money(purchase: &Purchase) -> bool {
    purchase.received() < purchase.asked()
}

/// Credited entries of this amount, by their symbol or by that of the purchase that a person gave
/// them to: a debit could take them back, and a credit could be one of them once more.
pub(super) async fn standing(
    tx: &mut Tx<'_>,
    entry: &Entry,
) -> Result<Vec<CreditedEntry>, StoreError> {
    let amount = Micros(entry.amount.0.saturating_abs());
    let symbol = entry.variable_symbol.and_then(|number| i64::try_from(number).ok());
    let Some(symbol) = symbol else { return Ok(Vec::new()) };
    let rows: Vec<(String, String, String)> = Query::new(
        "SELECT bank_reference, day, purchase FROM bank_entry
         WHERE state = 'credited' AND account = $1 AND amount = $2
             AND (symbol = $3 OR purchase = (SELECT id FROM purchase WHERE symbol = $3))
         ORDER BY day, bank_reference LIMIT $4",
    )
    .bind(&entry.identity.account)
    .bind(amount.0)
    .bind(symbol)
    .fetch_all(STANDING_MAX, tx)
    .await?;
    let known = |(bank_reference, day, purchase): (String, String, String)| {
        let date = day.parse().map_err(|_| StoreError::Unreadable("day"))?;
        let account = entry.identity.account.clone();
        let identity = Identity { account, bank_reference, amount, date };
        let order = PurchaseId(uuid(&purchase)?);
        Ok(CreditedEntry { order, identity, symbol: entry.variable_symbol })
    };
    rows.into_iter().map(known).collect()
}
