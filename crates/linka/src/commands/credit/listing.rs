//! `linka credit purchases`: what was ordered, and how it stands.

use serde_json::json;

use linka_store::PurchaseRow;

use crate::cli::Listing;
use crate::commands::existing;
use crate::failure::Failure;
use crate::output;

/// Lists purchases, the newest first.
pub(crate) async fn run(args: &Listing) -> Result<(), Failure> {
    let rows = existing(&args.data.data).await?.purchases().await?;
    if args.json {
        return output::json(&rows.iter().map(value).collect::<Vec<_>>());
    }
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let head =
        ["day", "organisation", "asked", "received", "returned", "state", "symbol", "purchase"];
    output::table(&head, &cells, "nothing was bought yet");
    Ok(())
}

fn cells(row: &PurchaseRow) -> Vec<String> {
    let purchase = &row.purchase;
    vec![
        row.created_day.clone(),
        row.org_name.clone(),
        format!("{} {}", purchase.asked(), purchase.currency()),
        purchase.received().to_string(),
        purchase.returned().to_string(),
        purchase.state().as_str().to_owned(),
        row.symbol.map_or_else(|| purchase.provider().as_str().to_owned(), |s| s.to_string()),
        purchase.id().to_string(),
    ]
}

fn value(row: &PurchaseRow) -> serde_json::Value {
    let purchase = &row.purchase;
    json!({
        "id": purchase.id().to_string(),
        "day": row.created_day,
        "organisation": row.org_name,
        "provider": purchase.provider().as_str(),
        "state": purchase.state().as_str(),
        "asked": purchase.asked().to_string(),
        "received": purchase.received().to_string(),
        "returned": purchase.returned().to_string(),
        "currency": purchase.currency().as_str(),
        "symbol": row.symbol.map(|symbol| symbol.to_string()),
        "payment": row.payment,
    })
}
