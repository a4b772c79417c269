//! `linka reports` and `linka calls`.

use std::process::ExitCode;

use serde::Serialize;

use crate::cli::Listing;
use crate::commands::{existing, folder as data_folder};
use crate::failure::Failure;
use crate::{damage, output};

use linka_model::{Consent, Lang, Micros, ReportId};
use linka_store::reports::Folder;

/// How many calls are listed at most, the newest first.
const CALLS_MAX: u32 = 10_000;

#[derive(Serialize)]
struct ReportRow {
    id: ReportId,
    line: String,
    language: Lang,
    category: Option<String>,
    unit: Option<String>,
    consent: Consent,
    seconds: u32,
    ended: &'static str,
    audio: std::path::PathBuf,
    day: String,
}

/// Lists reports, and fails where some cannot be read: nobody shall take the list for whole.
pub(crate) fn reports(args: &Listing) -> Result<ExitCode, Failure> {
    let data = data_folder(&args.data.data)?;
    let folder = Folder::open(&data)?;
    list_reports(args, &folder)?;
    let damaged = damage::unreadable(&data, &folder);
    if damaged.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    output::aside(format!("{} reports cannot be read:", damaged.len()));
    damaged.iter().for_each(|path| output::aside(format!("  {}", path.display())));
    Ok(ExitCode::FAILURE)
}

/// A report that is being recorded is not one yet.
fn list_reports(args: &Listing, folder: &Folder) -> Result<(), Failure> {
    let rows: Vec<ReportRow> = folder
        .list()?
        .into_iter()
        .filter(|row| row.ended != "recording")
        .map(|row| ReportRow {
            id: row.id,
            line: row.line_name,
            language: row.language,
            category: row.category,
            unit: row.unit,
            consent: row.consent,
            seconds: row.seconds,
            ended: row.ended,
            audio: row.audio,
            day: row.day,
        })
        .collect();
    if args.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            vec![
                row.day,
                row.line,
                row.language.to_string(),
                row.category.unwrap_or_else(|| "-".into()),
                row.unit.unwrap_or_else(|| "-".into()),
                format!("{} s", row.seconds),
                row.ended.to_owned(),
                row.audio.display().to_string(),
            ]
        })
        .collect();
    let head = ["day", "line", "language", "category", "unit", "length", "ended", "audio"];
    output::table(&head, &cells, "No report has been left yet.");
    Ok(())
}

/// Lists calls.
pub(crate) async fn calls(args: &Listing) -> Result<(), Failure> {
    let store = existing(&args.data.data).await?;
    let rows = store.call_listing(CALLS_MAX).await?;
    if args.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            vec![
                row.hour,
                row.line,
                row.origin,
                format!("{} s", row.billable_s),
                format!("{} {}", Micros(row.amount_micro), row.currency),
                row.rate_card,
                row.end_reason,
            ]
        })
        .collect();
    let head = ["hour", "line", "caller from", "billed", "amount", "rate card", "ended by"];
    output::table(&head, &cells, "No call has been answered yet.");
    Ok(())
}
