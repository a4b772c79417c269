//! `linka orgs`: organisations, what they can spend, and what is set for them.

use linka_engine::clock;
use linka_metering::plan::Zone;
use linka_model::Micros;
use linka_store::Store;

use crate::cli::{Listing, Orgs, OrgsAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::{output, provision};

/// Founds one, lists all, or sets what can be set.
pub(crate) async fn run(args: Orgs) -> Result<(), Failure> {
    match args.action {
        OrgsAction::Add { name, currency, data } => {
            let store = existing(&data.data).await?;
            let id = clock::new_org();
            store.create_org(id, &name, currency).await?;
            let overdraft = store.set_first_overdraft(id, clock::wall_ms()).await?;
            output::line(format!(
                "founded {name}; its account is kept in {currency}, its recordings may overdraw {overdraft}"
            ));
            Ok(())
        }
        OrgsAction::List(listing) => list(&listing).await,
        OrgsAction::Set { org, zone, overdraft, data } => {
            let store = existing(&data.data).await?;
            set(&store, &org, zone.as_deref(), overdraft).await
        }
    }
}

async fn set(
    store: &Store,
    name: &str,
    zone: Option<&str>,
    overdraft: Option<Micros>,
) -> Result<(), Failure> {
    let org = provision::org(store, name).await?;
    if let Some(zone) = zone {
        let zone = Zone::named(zone).map_err(|error| Failure::new(error.to_string()))?;
        store.set_zone(org, &zone).await?;
        output::line(format!("the days of {name} begin as in {}", zone.name()));
    }
    if let Some(limit) = overdraft {
        store.set_overdraft(org, limit).await?;
        output::line(format!("recordings of {name} may overdraw its credit by {limit}"));
    }
    Ok(())
}

async fn list(args: &Listing) -> Result<(), Failure> {
    let rows = existing(&args.data.data).await?.org_listing().await?;
    if args.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            let credit = format!("{} {}", Micros(row.balance_micro), row.currency);
            let overdraft = Micros(row.overdraft_micro).to_string();
            vec![row.name, credit, row.mode, row.zone, overdraft]
        })
        .collect();
    let head = ["organisation", "credit", "mode", "zone", "overdraft"];
    output::table(&head, &cells, "There is no organisation yet.");
    Ok(())
}
