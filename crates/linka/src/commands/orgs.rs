//! `linka orgs`: organisations and what they can spend.

use linka_engine::clock;
use serde::Serialize;

use crate::cli::{Listing, Orgs, OrgsAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::output;

/// Founds one or lists all.
pub(crate) async fn run(args: Orgs) -> Result<(), Failure> {
    match args.action {
        OrgsAction::Add { name, currency, data } => {
            let store = existing(&data.data).await?;
            store.create_org(clock::new_org(), &name, currency).await?;
            output::line(format!("founded {name}; its account is kept in {currency}"));
            Ok(())
        }
        OrgsAction::List(listing) => list(&listing).await,
    }
}

#[derive(Serialize)]
struct Row {
    name: String,
    currency: String,
    balance_micro: i64,
}

async fn list(args: &Listing) -> Result<(), Failure> {
    let store = existing(&args.data.data).await?;
    let mut rows = Vec::new();
    for org in store.orgs().await? {
        let balance_micro = store.available(org.id).await?.0;
        rows.push(Row { name: org.name, currency: org.currency.to_string(), balance_micro });
    }
    if args.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            vec![row.name, format!("{} {}", linka_model::Micros(row.balance_micro), row.currency)]
        })
        .collect();
    output::table(&["organisation", "credit"], &cells, "There is no organisation yet.");
    Ok(())
}
