//! `linka statements`: what a month did to the credit of an organisation (M18).

use std::fs;
use std::path::Path;

use linka_engine::clock;
use linka_letters::{LetterError, Month, Statement};
use linka_metering::plan::Zone;
use linka_store::{Stated, StatedMonth};
use serde_json::{Value, json};

use crate::cli;
use crate::commands::existing;
use crate::config::{self, NodeConfig};
use crate::failure::Failure;
use crate::output;
use crate::payments::statement::{self, Facts, card, hour, kind, text};

/// How a statement becomes a file.
type Draw = fn(&Statement) -> Result<Vec<u8>, LetterError>;

/// Prints it, or writes the documents that are asked for.
pub(crate) async fn run(args: cli::Statements) -> Result<(), Failure> {
    let store = existing(&args.books).await?;
    let Some(org) = store.org_by_name(&args.org).await? else {
        let name = &args.org;
        return Err(Failure::new(format!(
            "there is no organisation `{name}`; `linka orgs list` lists them"
        )));
    };
    let zone = store.zone(org.id).await?;
    let (month, now_ms) = (bounds(args.month, &zone)?, clock::wall_ms());
    if now_ms < month.first_ms {
        return Err(Failure::new(format!("the month {} has not begun", month.name)));
    }
    let stated = store.stated(org.id, &month).await?;
    let unfinished = now_ms < month.end_ms || stated.running > 0;
    let facts = Facts { org: &org, zone: &zone, month: args.month, unfinished, stated: &stated };
    if args.json {
        output::json(&value(&facts)?)?;
    } else if args.pdf.is_none() && args.csv.is_none() {
        print(&facts)?;
    }
    documents(&args, &facts, now_ms)
}

/// The instants of a month in a zone.
pub(super) fn bounds(month: Month, zone: &Zone) -> Result<StatedMonth, Failure> {
    let beyond = || Failure::new(format!("{} lies beyond the calendar", month.iso()));
    let next = month.next().map_err(|_| beyond())?;
    let start = |month: Month| zone.month_start(month.year(), month.number()).ok_or_else(beyond);
    let (first_ms, end_ms) = (start(month)?, start(next)?);
    Ok(StatedMonth { name: month.iso(), first_ms, end_ms, next: next.iso() })
}

/// Writes what is asked for; all is made before anything is written.
fn documents(args: &cli::Statements, facts: &Facts<'_>, now_ms: i64) -> Result<(), Failure> {
    let Some(file) = &args.books.config else { return Ok(()) };
    if args.pdf.is_none() && args.csv.is_none() {
        return Ok(());
    }
    let config: NodeConfig = config::read(file)?;
    let of = (args.language.as_str(), args.address.clone());
    let statement = statement::letter(facts, &config.payments, of, now_ms)?;
    let wanted: [(_, Draw); 2] = [(&args.pdf, Statement::pdf), (&args.csv, Statement::csv)];
    let mut made = Vec::new();
    for (path, draw) in wanted {
        if let Some(path) = path {
            let bytes = draw(&statement).map_err(|error| Failure::new(error.to_string()))?;
            made.push((path, bytes));
        }
    }
    for (path, bytes) in made {
        write(path, &bytes)?;
        output::aside(format!("statement: {}", path.display()));
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}

fn print(facts: &Facts<'_>) -> Result<(), Failure> {
    let Facts { stated, zone, .. } = *facts;
    let mut rows = Vec::new();
    for sum in &stated.folded {
        let what = format!("{} calls, {} s", sum.calls, sum.billable_s);
        let name = card(&sum.card, sum.valid_from_ms);
        let what = format!("{what}, {}, {}, {name}", sum.line, sum.origin.as_str());
        rows.push(vec![facts.month.iso(), "calls".to_owned(), what, minus(sum.amount.0)]);
    }
    for call in &stated.calls {
        let name = card(&call.card, call.valid_from_ms);
        let what = format!("{}, {}, {} s", call.line, call.origin.as_str(), call.billable_s);
        let when = hour(zone, call.hour_ms)?.1;
        rows.push(vec![when, "call".to_owned(), format!("{what}, {name}"), minus(call.amount.0)]);
    }
    for moved in &stated.movements {
        let when = statement::day(zone, moved.at_ms)?.1;
        let name = kind(&moved.code).1.to_owned();
        rows.push(vec![when, name, text(moved).to_owned(), moved.change.to_string()]);
    }
    let Stated { opening, closing, .. } = stated;
    output::line(format!("{} in {}: {opening} brought forward", facts.org.name, facts.month.iso()));
    output::table(&["when", "what", "of what", "amount"], &rows, "nothing happened");
    let end = if facts.unfinished { "so far" } else { "carried forward" };
    output::line(format!("{closing} {} {end}", facts.org.currency));
    Ok(())
}

/// What something cost, as it changes the balance.
fn minus(cost: i64) -> String {
    linka_model::Micros(cost.saturating_neg()).to_string()
}

fn value(facts: &Facts<'_>) -> Result<Value, Failure> {
    let Facts { stated, zone, .. } = *facts;
    let mut calls = Vec::new();
    for call in &stated.calls {
        calls.push(json!({
            "hour": hour(zone, call.hour_ms)?.1,
            "line": call.line,
            "origin": call.origin.as_str(),
            "billable_seconds": call.billable_s,
            "card": card(&call.card, call.valid_from_ms),
            "amount": call.amount.to_string(),
        }));
    }
    let sums = stated.folded.iter().map(|sum| {
        json!({
            "line": sum.line,
            "origin": sum.origin.as_str(),
            "calls": sum.calls,
            "billable_seconds": sum.billable_s,
            "card": card(&sum.card, sum.valid_from_ms),
            "amount": sum.amount.to_string(),
        })
    });
    let mut movements = Vec::new();
    for moved in &stated.movements {
        movements.push(json!({
            "day": statement::day(zone, moved.at_ms)?.1,
            "kind": kind(&moved.code).1,
            "code": moved.code,
            "text": text(moved),
            "change": moved.change.to_string(),
        }));
    }
    Ok(json!({
        "organisation": facts.org.name,
        "month": facts.month.iso(),
        "zone": zone.name(),
        "currency": facts.org.currency.as_str(),
        "unfinished": facts.unfinished,
        "opening": stated.opening.to_string(),
        "folded_calls": sums.collect::<Vec<_>>(),
        "calls": calls,
        "movements": movements,
        "closing": stated.closing.to_string(),
    }))
}
