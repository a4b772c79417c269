//! `linka fees`: what lines pay by the month, and what they owe.

use linka_engine::clock;
use linka_metering::plan::Zone;
use linka_model::Micros;
use linka_store::FeeListing;

use crate::cli::{Fees, FeesAction, Listing};
use crate::commands::existing;
use crate::failure::Failure;
use crate::{jobs, output};

/// Lists fees, or takes those that are due.
pub(crate) async fn run(args: Fees) -> Result<(), Failure> {
    match args.action {
        None => list(&args.listing).await,
        Some(FeesAction::Run { data }) => {
            let round = existing(&data.data).await?.review_fees(clock::wall_ms()).await?;
            let done = jobs::fees::told(&round);
            output::line(if done.is_empty() { "there was nothing to do" } else { &done });
            Ok(())
        }
    }
}

async fn list(args: &Listing) -> Result<(), Failure> {
    let rows = existing(&args.data.data).await?.fees().await?;
    if args.json {
        return output::json(&rows);
    }
    let mut cells = Vec::new();
    for row in rows {
        cells.push(cells_of(row)?);
    }
    let head = ["organisation", "line", "number", "state", "since", "paid", "until", "owes"];
    output::table(&head, &cells, "No line was ever active.");
    Ok(())
}

fn cells_of(row: FeeListing) -> Result<Vec<String>, Failure> {
    let zone = Zone::named(&row.zone).map_err(|error| Failure::new(error.to_string()))?;
    let amount = |micros: Option<i64>| {
        let more = micros.filter(|&micros| micros > 0);
        more.map_or_else(String::new, |micros| format!("{} {}", Micros(micros), row.currency))
    };
    let paid = row.paid_micro.map(|paid| paid - row.returned_micro.unwrap_or(0));
    let free = if row.paid_micro == Some(0) { "included".to_owned() } else { amount(paid) };
    Ok(vec![
        row.organisation,
        row.line,
        row.number.unwrap_or_default(),
        row.state,
        day(&zone, Some(row.since_ms)),
        free,
        day(&zone, row.period_end_ms),
        amount(row.owed_micro),
    ])
}

/// The day that it is at an instant where the organisation is.
fn day(zone: &Zone, unix_ms: Option<i64>) -> String {
    let date = unix_ms.and_then(|ms| zone.date(ms));
    date.map_or_else(String::new, |(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
}
