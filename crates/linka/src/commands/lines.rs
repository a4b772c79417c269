//! `linka lines`: the list, the toggle, and the end of a line that was not paid for.

use linka_engine::clock;
use linka_metering::calendar;
use linka_model::Did;
use linka_store::Store;
use serde::Serialize;

use crate::cli::{Books, Lines, LinesAction, Listing};
use crate::commands::existing;
use crate::commands::numbers::confirmed;
use crate::failure::Failure;
use crate::{output, provision};

/// Lists lines, switches one, or lets its number go.
pub(crate) async fn run(args: Lines) -> Result<(), Failure> {
    match args.action {
        None => list(&args.listing).await,
        Some(LinesAction::On { number, data }) => switch(&data.data, &number, true).await,
        Some(LinesAction::Off { number, data }) => switch(&data.data, &number, false).await,
        Some(LinesAction::Release { number, confirm, data }) => {
            let did = confirmed(&number, &confirm)?;
            output::line(release(&existing(&data.data).await?, &did).await?);
            Ok(())
        }
    }
}

/// Writes the confirmation down; says what becomes of the number.
async fn release(store: &Store, did: &Did) -> Result<String, Failure> {
    let row = store.find_by_did(did).await?.ok_or_else(|| {
        Failure::new(format!("no line has the number {did}; `linka lines` lists them"))
    })?;
    let from_ms = store.confirm_release(row.id, clock::wall_ms()).await?;
    let gone = store.find_by_did(did).await?.is_none();
    let (name, day) = (row.name, calendar::day(from_ms));
    Ok(if gone {
        format!("{name}: {did} is released and rests; `linka numbers list` says until when")
    } else {
        format!("{name}: confirmed. {did} goes on {day}, unless the fee is paid before")
    })
}

async fn switch(data: &Books, number: &str, on: bool) -> Result<(), Failure> {
    let store = existing(data).await?;
    let name = provision::switch(&store, number, on).await?;
    let (word, effect) = if on { ("on", "answered") } else { ("off", "refused") };
    output::line(format!("{name} ({number}) is {word}: the next call is {effect}"));
    Ok(())
}

#[derive(Serialize)]
struct Row {
    name: String,
    number: Option<String>,
    state: &'static str,
    on: bool,
    organisation: String,
    balance_micro: i64,
    currency: String,
}

async fn list(args: &Listing) -> Result<(), Failure> {
    let store = existing(&args.data.data).await?;
    let rows: Vec<Row> = store
        .line_listing()
        .await?
        .into_iter()
        .map(|row| Row {
            name: row.name,
            number: row.number,
            state: row.state,
            on: row.on,
            organisation: row.organisation,
            balance_micro: row.balance_micro,
            currency: row.currency,
        })
        .collect();
    if args.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            let balance = linka_model::Micros(row.balance_micro);
            vec![
                row.organisation,
                row.name,
                row.number.unwrap_or_default(),
                row.state.to_owned(),
                if row.on { "on" } else { "off" }.to_owned(),
                format!("{balance} {}", row.currency),
            ]
        })
        .collect();
    let head = ["organisation", "line", "number", "state", "switch", "credit"];
    output::table(&head, &cells, "There are no lines yet.");
    Ok(())
}
