//! `linka credit refunds`: money that is still on its way back, and what a person knows of it.

use linka_engine::clock;
use linka_metering::calendar;
use linka_store::{BankDebt, RefundRow, Store};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::{CreditRefunds, RefundsAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::output;

/// So many refunds by card are read in one go.
const PAGE: u32 = 500;
/// So many are listed at most.
const LISTED_MAX: usize = 10_000;

/// Lists, or does what a person says.
pub(crate) async fn run(args: CreditRefunds) -> Result<(), Failure> {
    match args.action {
        None => list(&existing(&args.listing.data.data).await?, args.listing.json).await,
        Some(RefundsAction::Sent { refund, data }) => {
            let amount = sent(&existing(&data.data).await?, refund).await?;
            output::line(format!("{amount} of refund {refund} is sent"));
            Ok(())
        }
        Some(RefundsAction::Release { refund, data }) => {
            let amount = existing(&data.data).await?.release_refund(refund).await?;
            output::line(format!("{amount} of refund {refund} can be spent again"));
            Ok(())
        }
    }
}

/// A person has sent the money, by bank as it is owed, or for a card that takes none any more.
async fn sent(store: &Store, refund: Uuid) -> Result<linka_model::Micros, Failure> {
    if store.open_refund(refund).await?.is_some() {
        return Ok(store.refunded_by_hand(refund, clock::wall_ms()).await?);
    }
    Ok(store.bank_debt_sent(refund).await?)
}

async fn list(store: &Store, as_json: bool) -> Result<(), Failure> {
    let debts = store.bank_debts().await?;
    let cards = all_by_card(store).await?;
    if as_json {
        let values = debts.iter().map(debt_value).chain(cards.iter().map(card_value));
        return output::json(&values.collect::<Vec<_>>());
    }
    let cells = debts.iter().map(debt_cells).chain(cards.iter().map(card_cells));
    let head = ["since", "organisation", "amount", "way", "refund"];
    output::table(&head, &cells.collect::<Vec<_>>(), "no refund is on its way");
    Ok(())
}

async fn all_by_card(store: &Store) -> Result<Vec<RefundRow>, Failure> {
    let mut all: Vec<RefundRow> = Vec::new();
    while all.len() < LISTED_MAX {
        let page = store.open_refunds(all.last(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    Ok(all)
}

fn debt_cells(debt: &BankDebt) -> Vec<String> {
    let currency = debt.currency.map(|currency| currency.to_string()).unwrap_or_default();
    vec![
        debt.since_day.clone(),
        debt.org_name.clone().unwrap_or_default(),
        format!("{} {currency}", debt.amount),
        format!("send by bank, variable symbol {}", debt.symbol),
        debt.id.to_string(),
    ]
}

fn card_cells(row: &RefundRow) -> Vec<String> {
    let purchase = &row.part.purchase;
    let provider =
        row.refund.as_ref().map_or("card, not sent yet".to_owned(), |name| format!("card, {name}"));
    vec![
        calendar::day(row.since_ms),
        purchase.org_name.clone(),
        format!("{} {}", row.part.amount, purchase.purchase.currency()),
        provider,
        row.part.id.to_string(),
    ]
}

fn debt_value(debt: &BankDebt) -> Value {
    json!({
        "id": debt.id.to_string(),
        "way": "bank",
        "since": debt.since_day,
        "organisation": debt.org_name,
        "purchase": debt.purchase.map(|purchase| purchase.to_string()),
        "amount": debt.amount.to_string(),
        "currency": debt.currency.map(|currency| currency.to_string()),
        "symbol": debt.symbol.to_string(),
    })
}

fn card_value(row: &RefundRow) -> Value {
    let purchase = &row.part.purchase;
    json!({
        "id": row.part.id.to_string(),
        "way": "card",
        "since": calendar::day(row.since_ms),
        "organisation": purchase.org_name,
        "purchase": purchase.purchase.id().to_string(),
        "amount": row.part.amount.to_string(),
        "currency": purchase.purchase.currency().to_string(),
        "provider": row.refund,
    })
}
