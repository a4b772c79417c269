//! `linka partners`: who buys credit for others and pays by the month (M19).

use linka_engine::clock;
use linka_metering::EntryId;
use linka_metering::plan::Zone;
use linka_store::{NewPartner, PartnerId, PartnerRow, Store};
use serde_json::json;
use uuid::Uuid;

use crate::cli::{Listing, Partners, PartnersAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::{booking, output, provision};

/// Does what is asked.
pub(crate) async fn run(args: Partners) -> Result<(), Failure> {
    match args.action {
        PartnersAction::Add { name, currency, limit, zone, data } => {
            let zone = Zone::named(&zone).map_err(|error| Failure::new(error.to_string()))?;
            let id = PartnerId(Uuid::from_u128(clock::random()));
            let store = existing(&data.data).await?;
            let new = NewPartner { id, name: name.clone(), currency, limit, zone };
            store.create_partner(&new).await?;
            output::line(format!("{name} may owe up to {limit} {currency}"));
            Ok(())
        }
        PartnersAction::List(listing) => list(&existing(&listing.data.data).await?, &listing).await,
        PartnersAction::Paid { name, amount, data } => {
            let store = existing(&data.data).await?;
            let partner = provision::partner(&store, &name).await?;
            let id = EntryId(Uuid::from_u128(clock::random()));
            let pay = async || store.partner_paid(id, partner.id, amount, clock::wall_ms()).await;
            let owes = booking::certain(pay).await?;
            output::line(format!("{name} paid {amount} and owes {owes}"));
            Ok(())
        }
    }
}

async fn list(store: &Store, listing: &Listing) -> Result<(), Failure> {
    let rows = store.partners().await?;
    if listing.json {
        return output::json(&rows.iter().map(value).collect::<Vec<_>>());
    }
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    output::table(&["partner", "owes", "limit", "zone", "overdue from"], &cells, "no partner yet");
    Ok(())
}

fn cells(row: &PartnerRow) -> Vec<String> {
    vec![
        row.name.clone(),
        format!("{} {}", row.owes, row.currency),
        row.limit.to_string(),
        row.zone.name().to_owned(),
        row.overdue_from.clone().unwrap_or_default(),
    ]
}

fn value(row: &PartnerRow) -> serde_json::Value {
    json!({
        "name": row.name,
        "currency": row.currency.as_str(),
        "owes": row.owes.to_string(),
        "limit": row.limit.to_string(),
        "zone": row.zone.name(),
        "overdue_from": row.overdue_from,
    })
}
