//! `linka partners`: who buys credit for others and pays by the month (M19).

use linka_engine::clock;
use linka_metering::EntryId;
use linka_metering::plan::Zone;
use linka_store::{NewPartner, PartnerId, PartnerRow, PartnerStated, StatedMonth, Store};
use serde_json::json;
use uuid::Uuid;

use crate::cli::{Listing, PartnerStatement, Partners, PartnersAction};
use crate::commands::existing;
use crate::commands::statements::bounds;
use crate::failure::Failure;
use crate::payments::statement;
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
        PartnersAction::Statement(args) => state(&args).await,
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

/// What it bought and paid in a month of its zone.
async fn state(args: &PartnerStatement) -> Result<(), Failure> {
    let store = existing(&args.data.data).await?;
    let partner = provision::partner(&store, &args.name).await?;
    let (month, now_ms) = (bounds(args.month, &partner.zone)?, clock::wall_ms());
    if now_ms < month.first_ms {
        return Err(Failure::new(format!("the month {} has not begun", month.name)));
    }
    let stated = store.partner_stated(partner.id, &month).await?;
    let unfinished = now_ms < month.end_ms;
    if args.json {
        return output::json(&stated_value(&partner, (&month, unfinished), &stated)?);
    }
    let mut rows = Vec::new();
    for debt in &stated.debts {
        let day = statement::day(&partner.zone, debt.at_ms)?.1;
        rows.push(vec![day, debt.about.clone(), debt.change.to_string()]);
    }
    output::line(format!("{} in {}: owed {} before", partner.name, month.name, stated.opening));
    output::table(&["day", "for whom", "amount"], &rows, "nothing happened");
    let end = if unfinished { "so far".to_owned() } else { due(&stated) };
    output::line(format!("owes {} {} {end}", stated.closing, partner.currency));
    Ok(())
}

/// Until when a month's debt is to be paid (M19).
fn due(stated: &PartnerStated) -> String {
    format!("at its end; overdue from {}", stated.overdue_from)
}

fn stated_value(
    partner: &PartnerRow,
    (month, unfinished): (&StatedMonth, bool),
    stated: &PartnerStated,
) -> Result<serde_json::Value, Failure> {
    let mut debts = Vec::new();
    for debt in &stated.debts {
        debts.push(json!({
            "day": statement::day(&partner.zone, debt.at_ms)?.1,
            "about": debt.about,
            "change": debt.change.to_string(),
        }));
    }
    Ok(json!({
        "partner": partner.name,
        "month": month.name,
        "zone": partner.zone.name(),
        "currency": partner.currency.as_str(),
        "unfinished": unfinished,
        "owed_before": stated.opening.to_string(),
        "debts": debts,
        "owes": stated.closing.to_string(),
        "overdue_from": stated.overdue_from,
    }))
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
